"""Partitions are made of columns whose types they can be made of."""

from __future__ import annotations

import pytest

from cdk_ml.data.catalog.partitions import Partition, parse_partition, partition_problems, spec_fields
from cdk_ml.data.catalog.types import parse_type

TYPES = {
    "bought_at": parse_type("timestamptz"),
    "born_on": parse_type("date"),
    "customer_id": parse_type("bigint"),
    "amount": parse_type("double"),
    "country": parse_type("string"),
    "skus": parse_type("array<string>"),
    "bought_at_day": parse_type("date"),
}


@pytest.mark.parametrize(
    ("text", "partition", "name", "transform"),
    [
        ("country", Partition("identity", "country"), "country", "identity"),
        ("identity(country)", Partition("identity", "country"), "country", "identity"),
        ("hour(bought_at)", Partition("hour", "bought_at"), "bought_at_hour", "hour"),
        ("bucket(16, customer_id)", Partition("bucket", "customer_id", 16), "customer_id_bucket", "bucket[16]"),
        ("bucket[16](customer_id)", Partition("bucket", "customer_id", 16), "customer_id_bucket", "bucket[16]"),
        ("truncate(4, country)", Partition("truncate", "country", 4), "country_trunc", "truncate[4]"),
    ],
)
def test_a_partition_is_read_and_named_as_engines_name_it(
    text: str, partition: Partition, name: str, transform: str
) -> None:
    found = parse_partition(text)
    assert found == partition
    assert (partition.name, str(partition)) == (name, transform)


def test_fields_of_partitions_are_numbered_from_1000_in_their_order() -> None:
    fields = spec_fields(
        [Partition("day", "bought_at"), Partition("identity", "country")], {"bought_at": 4, "country": 2}
    )
    assert fields == [
        {"sourceId": 4, "transform": "day", "name": "bought_at_day", "fieldId": 1000},
        {"sourceId": 2, "transform": "identity", "name": "country", "fieldId": 1001},
    ]


# What Iceberg 1.10.2 made tables of when Spark asked for each transform of each type; it refused the others.
_TIMES = {"timestamp", "timestamptz"}
ACCEPTED = {
    "identity": {"boolean", "int", "bigint", "float", "double", "decimal(9,2)", "date", "string", "binary", *_TIMES},
    "year": {"date", *_TIMES},
    "month": {"date", *_TIMES},
    "day": {"date", *_TIMES},
    "hour": _TIMES,
    "bucket": {"int", "bigint", "decimal(9,2)", "date", "string", "binary", *_TIMES},
    "truncate": {"int", "bigint", "decimal(9,2)", "string", "binary"},
}


@pytest.mark.parametrize("transform", ACCEPTED)
def test_a_transform_takes_the_types_that_icebergs_own_code_takes(transform: str) -> None:
    written = f"{transform}(4, c)" if transform in ("bucket", "truncate") else f"{transform}(c)"
    types = {*ACCEPTED["identity"], "array<int>"}
    accepted = {text for text in types if not [*partition_problems([written], {"c": parse_type(text)})]}
    assert accepted == ACCEPTED[transform]


@pytest.mark.parametrize(
    ("partitions", "message"),
    [
        (("by day",), "partitions='by day' is not a partition. Write day(event_time), bucket(16, user_id), "),
        (
            ("days(born_on)",),
            "partitions='days(born_on)' has the transform days, which Iceberg does not know. Use one of ",
        ),
        (("bucket(customer_id)",), "is not how bucket is written. Write bucket(16, customer_id)."),
        (("day(3, born_on)",), "is not how day is written. Write day(born_on)."),
        (("bucket[4](4, customer_id)",), "is not how bucket is written. Write bucket(16, customer_id)."),
        (("bucket(0, customer_id)",), "has 0 for bucket. Use 1 to 2147483647."),
        (("day(sold_at)",), "is about sold_at, which is not a column of the table. Use one of bought_at, born_on, "),
        (("skus",), "partitions='skus' is about skus, which has parts. Use a column without parts."),
        (("hour(born_on)",), "cannot be made of born_on, which is a date. hour takes timestamp, timestamptz."),
        (
            ("bucket(8, amount)",),
            "cannot be made of amount, which is a double. bucket takes int, long, decimal, date, ",
        ),
        (("truncate(8, born_on)",), "cannot be made of born_on, which is a date. truncate takes int, long, decimal, "),
        (
            ("year(born_on)", "month(born_on)"),
            "and year(born_on) are the same partition to Iceberg. Keep the finer one",
        ),
        (
            ("bucket(4, country)", "bucket(8, country)"),
            "and bucket(4, country) would both be named country_bucket. Keep ",
        ),
        (("day(bought_at)",), "would be named bought_at_day, and so is a column. Call the column something else than "),
    ],
)
def test_what_iceberg_would_refuse_is_refused_with_the_fix(partitions: tuple[str, ...], message: str) -> None:
    (problem,) = partition_problems(partitions, TYPES)
    assert message in str(problem)


def test_what_fits_passes() -> None:
    assert [
        *partition_problems(
            ("year(born_on)", "born_on", "bucket(4, customer_id)", "truncate(8, customer_id)", "amount"), TYPES
        )
    ] == []
