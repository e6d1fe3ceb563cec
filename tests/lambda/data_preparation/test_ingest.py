"""Ingest, with Spark: what arrives is accepted or in quarantine, with a reason, and counted; nothing is lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.spark.measurements import as_csv, measurements
from tests.spark.session import Preparation, Spark, SparkError
from tests.toolkit import needs_toolkit

pytestmark = needs_toolkit
Make = Callable[..., Preparation]


def rule(kind: str, *columns: str, fails: bool = False, **options: Any) -> dict[str, Any]:
    """A rule as the settings have it."""
    name = f"{kind} {', '.join(columns)}".strip()
    return {"kind": kind, "name": name, "columns": [*columns], "fails": fails, "options": options}


def reasons(made: Preparation, run: str) -> list[list[str]]:
    """Why records are in quarantine."""
    return [each["reasons"] for each in made.in_quarantine(run)]


def test_measurements_that_are_in_order_are_accepted_all(prepared: Make) -> None:
    made = prepared()
    made.deliver("a/one.csv", [*as_csv(measurements())])
    report = made.stage("ingest", "first")
    assert (report["records"], report["accepted"], report["quarantined"]) == (569, 569, 0)
    assert (report["verdict"], report["files"], report["new_columns"]) == ("passed", 1, [])
    assert not made.quarantine.exists()


def test_a_new_column_is_kept_aside_and_reported(prepared: Make) -> None:
    made = prepared()
    rows = measurements(4)
    made.deliver("old.csv", [*as_csv(rows[:2])])
    made.deliver("new.csv", [*as_csv({**row, "device": f"d{row['sample_id']}"} for row in rows[2:])])
    report = made.stage("ingest", "first")
    assert (report["accepted"], report["new_columns"]) == (4, ["device"])
    kept = [json.loads(line) for file in made.state.glob("runs/first/aside/part*") for line in file.open()]
    assert sorted((each["sample_id"], json.loads(each["_extra"])) for each in kept) == [
        (2, {"device": "d2"}),
        (3, {"device": "d3"}),
    ]


def test_a_file_that_lacks_a_column_is_in_quarantine_record_by_record(prepared: Make) -> None:
    made = prepared(optional=["ward"])
    rows = measurements(5)
    made.deliver("good.csv", [*as_csv({name: row[name] for name in row if name != "ward"} for row in rows[:2])])
    made.deliver("bad.csv", [*as_csv({name: row[name] for name in row if name != "radius"} for row in rows[2:])])
    report = made.stage("ingest", "first")
    assert (report["records"], report["accepted"], report["quarantined"]) == (5, 2, 3)
    assert reasons(made, "first") == [["the file lacks the column radius"]] * 3
    (one, *_) = made.in_quarantine("first")
    assert (one["run"], one["file"].rpartition("/")[2]) == ("first", "bad.csv")
    assert json.loads(one["record"])["sample_id"] == "2"


def test_values_of_another_type_are_in_quarantine_with_the_value(prepared: Make) -> None:
    made = prepared()
    rows = measurements(4)
    rows[1]["radius"] = "12,5"
    rows[2]["sample_id"] = "2.5"
    rows[3]["measured_at"] = "yesterday"
    made.deliver("one.csv", [*as_csv({**row, "radius": f'"{row["radius"]}"'} for row in rows)])
    assert made.stage("ingest", "first")["accepted"] == 1
    assert sorted(reasons(made, "first")) == [
        ["measured_at is no timestamp: yesterday", "sample_id, measured_at not null"],
        ["radius is no double: 12,5"],
        ["sample_id is no bigint: 2.5", "sample_id, measured_at not null"],
    ]


def test_lines_of_csv_that_are_none_are_in_quarantine_as_they_came(prepared: Make) -> None:
    made = prepared()
    lines = [*as_csv(measurements(3))]
    lines[2] = "1,2026-10-01T10:00:00Z"
    lines += ["", f"{lines[3]},more"]
    made.deliver("one.csv", lines)
    report = made.stage("ingest", "first")
    assert (report["records"], report["accepted"]) == (4, 2)
    found = {each["record"]: each["reasons"][0] for each in made.in_quarantine("first")}
    wrong = "is no record of as many values as the header has names"
    assert found == {lines[2]: wrong, lines[5]: wrong}


def test_files_that_cannot_be_read_are_in_quarantine_and_the_rest_goes_on(prepared: Make) -> None:
    made = prepared()
    good = made.deliver("good.csv", [*as_csv(measurements(3))])
    packed = gzip.compress("\n".join(as_csv(measurements() * 40)).encode())
    (made.inbox / "whole.csv.gz").write_bytes(gzip.compress(good.read_bytes()))
    (made.inbox / "half.csv.gz").write_bytes(packed[: len(packed) // 2])
    (made.inbox / "none.csv.gz").write_bytes(b"no gzip at all")
    made.deliver("twice.csv", ["sample_id,sample_id", "1,1"])
    made.deliver("empty.csv", [])
    report = made.stage("ingest", "first")
    assert (report["files"], report["unreadable_files"]) == (6, 3)
    assert (report["records"], report["accepted"], report["quarantined"]) == (9, 6, 3)
    found = {each["file"].rpartition("/")[2]: each["reasons"] for each in made.in_quarantine("first")}
    assert found["twice.csv"] == ["the header names sample_id more than once"]
    assert found["half.csv.gz"][0].startswith("cannot be read: ")
    assert found["none.csv.gz"][0].startswith("cannot be read: ")


def test_json_says_record_by_record_what_it_holds(prepared: Make) -> None:
    made = prepared(format="json", optional=["ward"])
    rows: list[dict[str, Any]] = measurements(7)
    del rows[1]["ward"], rows[2]["radius"]
    rows[3]["device"] = {"id": 7}
    rows[4]["radius"] = {"mm": 4}
    lines = [json.dumps(row) for row in rows]
    lines[5] = lines[5][:-10]
    lines[6] += lines[6]
    made.deliver("one.jsonl", [*lines, "[1, 2]", "", '{"sample_id": 1} and more', "null"])
    report = made.stage("ingest", "first")
    assert (report["records"], report["accepted"], report["new_columns"]) == (10, 3, ["device"])
    found = {each["record"]: each["reasons"] for each in made.in_quarantine("first")}
    assert found[lines[2]] == ["lacks radius"]
    assert found[lines[4]] == ['radius is no double: {"mm":4}']
    for text in (lines[5], lines[6], "[1, 2]", '{"sample_id": 1} and more', "null"):
        assert found[text][0] == "is not one object of JSON", text


def test_parquet_says_file_by_file_what_it_holds(prepared: Make, spark: Spark) -> None:
    made = prepared(format="parquet")
    values = "1 AS sample_id, TIMESTAMP '2026-10-01 08:00:00' AS measured_at, 'A' AS ward"
    rest = "CAST(1.5 AS DOUBLE) AS radius, CAST(0.5 AS FLOAT) AS concave_points, true AS malignant"
    for name, query in {
        # An int is a bigint, and a float a double; a column more is kept aside.
        "good": f"SELECT {values}, {rest}, 'x' AS device",
        "retyped": f"SELECT {values}, {rest}".replace("CAST(1.5 AS DOUBLE)", "'1.5'"),
        "lacking": f"SELECT {values}, {rest}".replace("'A' AS ward,", ""),
    }.items():
        spark.ask(parquet=query, place=f"file://{made.inbox}/{name}")
    (part,) = (made.inbox / "good").glob("part*")
    (made.inbox / "broken.parquet").write_bytes(part.read_bytes()[:-40])
    page = bytearray(part.read_bytes())
    page[4:60] = bytes(56)
    (made.inbox / "damaged.parquet").write_bytes(page)
    report = made.stage("ingest", "first")
    assert (report["records"], report["accepted"], report["new_columns"]) == (5, 1, ["device"])
    assert (report["unreadable_files"], report["hidden_files"]) == (2, 3)
    said = {
        each["file"].split("/incoming/")[1].split("/")[0]: each["reasons"][0] for each in made.in_quarantine("first")
    }
    assert said["retyped"] == "the file has the column radius as string, and not as double"
    assert said["lacking"] == "the file lacks the column ward"
    assert {"broken.parquet", "damaged.parquet"} < {*said}


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_where_nothing_arrived_there_is_nothing(prepared: Make, format: str) -> None:
    made = prepared(format=format)
    report = made.stage("ingest", "first")
    assert (report["verdict"], report["records"], report["files"]) == ("empty", 0, 0)


def test_rules_reject_records_and_say_which(prepared: Make) -> None:
    rules = [
        rule("not_null", "radius"),
        rule("in_range", "radius", minimum=5, maximum=30),
        rule("one_of", "ward", values=["A", "B"]),
        rule("matches", "ward", pattern="^[A-Z]$"),
        rule("in_range", "measured_at", minimum="2026-10-01", maximum=None),
    ]
    made = prepared(rules=rules)
    rows = measurements(7)
    rows[0]["radius"] = None
    rows[1]["radius"] = 30.5
    rows[3]["radius"] = "NaN"
    rows[4]["ward"] = None
    rows[6] |= {"measured_at": "2025-10-01T00:00:00Z", "ward": "AA"}
    made.deliver("one.csv", [*as_csv(rows)])
    report = made.stage("ingest", "first")
    assert report["accepted"] == 1, "what has no value breaks no rule but the one that asks for it"
    assert report["broken_rules"] == {
        "not_null radius": 1,
        "in_range radius": 2,
        "one_of ward": 3,
        "matches ward": 1,
        "in_range measured_at": 1,
    }
    assert report["verdict"] == "passed"


def test_a_value_that_belongs_to_two_keys_is_no_good_in_either(prepared: Make) -> None:
    made = prepared(rules=[rule("unique", "radius", key=["sample_id"])])
    rows = measurements(4)
    rows[1]["radius"] = rows[0]["radius"]
    rows[2]["radius"] = None
    made.deliver("one.csv", [*as_csv([*rows, rows[3], {**rows[2], "sample_id": 9}])])
    report = made.stage("ingest", "first")
    assert (report["accepted"], report["broken_rules"]) == (4, {"unique radius": 2})


def test_rules_about_the_run_refuse_it(prepared: Make) -> None:
    rules = [
        rule("complete", "ward", share=0.9),
        rule("fresh", hours=48),
        rule("not_null", "radius", fails=True),
    ]
    made = prepared(rules=rules, most_quarantined=0.2)
    rows = measurements(4)
    rows[0]["radius"] = rows[1]["ward"] = None
    made.deliver("one.csv", [*as_csv(rows)])
    report = made.stage("ingest", "first")
    assert report["verdict"] == "refused"
    assert report["failures"] == [
        "1 of 4 records are in quarantine, a share of 0.25 of at most 0.2",
        "complete ward: 3 of 4 records have a value, and a share of 0.9 has to",
        "fresh: the latest event is of 2026-10-01T14:00:00+00:00",
        "not_null radius: 1 records break it",
    ]
    with pytest.raises(SparkError, match="The run first was refused"):
        made.stage("curate", "first")


def test_a_run_that_is_tried_again_says_the_same(prepared: Make) -> None:
    made = prepared()
    rows = measurements(6)
    rows[2]["radius"] = "wide"
    made.deliver("one.csv", [*as_csv(rows)])
    first = made.stage("ingest", "first")
    assert made.stage("ingest", "first") == first
    assert len(made.in_quarantine("first")) == 1
