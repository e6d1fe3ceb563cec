"""Types have the names that views in Athena give them."""

from __future__ import annotations

import pytest

from cdk_ml.data.athena.types import trino
from cdk_ml.data.catalog.types import parse_type


@pytest.mark.parametrize(
    ("hive", "expected"),
    [
        ("string", "varchar"),
        ("int", "integer"),
        ("bigint", "bigint"),
        ("float", "real"),
        ("binary", "varbinary"),
        ("timestamp", "timestamp(6)"),
        ("decimal(10,2)", "decimal(10,2)"),
        ("varchar(20)", "varchar(20)"),
        ("array<map<string,double>>", "array(map(varchar, double))"),
        ("struct<id:bigint,of:array<date>>", "row(id bigint, of array(date))"),
        ("timestamptz", None),
        ("array<uuid>", None),
    ],
)
def test_a_type_of_the_catalog_is_called_as_trino_calls_it(hive: str, expected: str | None) -> None:
    assert trino(parse_type(hive)) == expected
