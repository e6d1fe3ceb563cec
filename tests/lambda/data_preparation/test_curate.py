"""Curating and features, with Spark and Iceberg: the latest event wins, and what is known already changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.spark.measurements import as_csv, at, measurements
from tests.spark.session import Preparation, SparkError
from tests.toolkit import needs_toolkit

pytestmark = needs_toolkit
Make = Callable[..., Preparation]

FEATURES = {
    "entity": ["ward"],
    "as_of": "as_of",
    "aggregates": [
        {"name": "measured_1d", "function": "count", "column": "sample_id", "days": 1},
        {"name": "radius_mean_7d", "function": "mean", "column": "radius", "days": 7},
        {"name": "radius_max_1d", "function": "max", "column": "radius", "days": 1},
    ],
}
FEATURE_COLUMNS = "ward string, as_of timestamp_ntz, measured_1d bigint, radius_mean_7d double, radius_max_1d double"


def test_the_same_input_twice_changes_nothing(prepared: Make) -> None:
    made = prepared()
    made.create_tables()
    rows = measurements()
    rows[5]["radius"] = "wide"
    made.deliver("one.csv", [*as_csv([*rows, rows[0]])])
    report, curated = made.whole("first")
    assert (report["records"], report["quarantined"]) == (570, 1)
    assert (curated["curated"], curated["inserted"], curated["duplicates"]) == (568, 568, 1)
    before, snapshots = made.rows(), made.snapshots()
    assert (len(before), len(snapshots)) == (568, 1)

    # The same run again, the same files again, and the same records in another file.
    assert made.stage("curate", "first") == curated
    assert made.stage("ingest", "second")["verdict"] == "empty"
    made.deliver("again.csv", [*as_csv([*rows, rows[0]])])
    _, again = made.whole("third")
    assert (again["curated"], again["known"], again["superseded"], again["quarantined"]) == (0, 568, 1, 1)
    assert made.snapshots() == snapshots
    assert made.rows() == before


def test_the_latest_event_wins_whenever_it_arrives(prepared: Make) -> None:
    made = prepared(key=["ward"])
    made.create_tables()
    row = measurements(1)[0]

    def record(day: int, radius: float, ward: str = "A") -> dict[str, Any]:
        return {**row, "ward": ward, "measured_at": f"2026-10-{day:02}T00:00:00Z", "radius": radius}

    made.deliver("1.csv", [*as_csv([record(3, 3.0), record(5, 5.0), record(4, 4.0)])])
    _, curated = made.whole("first")
    assert (curated["curated"], curated["superseded"]) == (1, 2)
    # Late, and older than what is known: it changes nothing. Late, and of a ward that nobody knew: it is merged.
    made.deliver("2.csv", [*as_csv([record(1, 1.0), record(1, 1.0, "B")])])
    _, late = made.whole("second")
    assert (late["inserted"], late["updated"], late["known"]) == (1, 0, 1)
    made.deliver("3.csv", [*as_csv([record(6, 6.0)])])
    _, newer = made.whole("third")
    assert (newer["inserted"], newer["updated"]) == (0, 1)
    assert [(each["ward"], each["radius"]) for each in made.rows("ward")] == [("A", 6.0), ("B", 1.0)]


def test_the_table_is_the_same_in_whatever_order_files_come(prepared: Make) -> None:
    found = []
    for seed in range(2):
        made = prepared()
        made.create_tables()
        rows = [
            {**row, "measured_at": at(index % 3), "radius": row["radius"] + change}
            for index, row in enumerate(measurements(12))
            for change in (0.0, 0.5, 1.0)
        ]
        Random(seed).shuffle(rows)
        for part in range(2):
            made.deliver(f"{part}.csv", [*as_csv(rows[part::2])])
            made.whole(f"run-{part}")
        found.append(made.rows())
    assert found[0] == found[1]
    assert len(found[0]) == 12


def test_an_attempt_that_failed_after_the_merge_is_told_as_if_it_had_not(prepared: Make) -> None:
    made = prepared()
    made.create_tables()
    made.deliver("one.csv", [*as_csv(measurements(3))])
    _, curated = made.whole("first")
    (made.state / "runs/first/curated.json").unlink()
    (made.state / "taken.json").unlink()
    assert made.stage("curate", "first") == curated
    assert curated["curated"] == 3
    assert made.stage("ingest", "second")["verdict"] == "empty"


def test_a_file_that_is_overwritten_is_new_and_one_that_is_gone_is_forgotten(prepared: Make) -> None:
    made = prepared()
    made.create_tables()
    rows = measurements(3)
    made.deliver("one.csv", [*as_csv(rows[:1])])
    gone = made.deliver("two.csv", [*as_csv(rows[1:2])])
    made.whole("first")
    gone.unlink()
    made.deliver("one.csv", [*as_csv(rows)])
    report, curated = made.whole("second")
    assert (report["files"], report["records"], curated["inserted"]) == (1, 3, 1)
    assert "two.csv" not in (made.state / "taken.json").read_text()


def test_what_does_not_add_up_fails(prepared: Make) -> None:
    made = prepared()
    made.create_tables()
    made.deliver("one.csv", [*as_csv(measurements(3))])
    made.stage("ingest", "first")
    with pytest.raises(SparkError, match="was not ingested"):
        made.stage("curate", "never")
    row = "SELECT 1L, TIMESTAMP_NTZ '2026-01-01 00:00:00', 'A', 1D, 1D, true"
    made.spark.sql(f"INSERT INTO glue_catalog.{made.table} {row} UNION ALL {row}")
    with pytest.raises(SparkError, match="LostRecordsError: 3 records met 4 of the table"):
        made.stage("curate", "first")
    (lost, *_) = made.state.glob("runs/first/records/_verdict=accepted/part*")
    lost.unlink()
    with pytest.raises(SparkError, match="LostRecordsError: 3 records were accepted, and 0 are there"):
        made.stage("curate", "first")


def test_features_are_of_the_days_before_the_latest_event(prepared: Make) -> None:
    made = prepared(features=FEATURES)
    made.create_tables(features=FEATURE_COLUMNS)
    rows = measurements(200)
    made.deliver("one.csv", [*as_csv(rows)])
    made.whole("first")
    report = made.stage("features", "first")
    assert report == {"run": "first", "as_of": "2026-10-17 22:00:00", "features": 3, "changed": 3}

    def expected(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        found = []
        for ward in "ABC":
            of = [(row["sample_id"], row["radius"]) for row in rows if row["ward"] == ward]
            day = [radius for id, radius in of if id > 199 - 12]
            week = [radius for id, radius in of if id > 199 - 84]
            found.append((ward, len(day), pytest.approx(sum(week) / len(week)), max(day)))
        return found

    def there() -> list[tuple[Any, ...]]:
        rows = made.spark.sql(f"SELECT * FROM glue_catalog.{made.table}_features ORDER BY ward")
        return [(row["ward"], row["measured_1d"], row["radius_mean_7d"], row["radius_max_1d"]) for row in rows]

    assert there() == expected(rows)
    assert made.stage("features", "again")["changed"] == 0

    # What comes late changes features of a time that is known already.
    rows.append({**rows[199], "sample_id": 500, "ward": "B", "measured_at": at(198), "radius": 40.0})
    made.deliver("late.csv", [*as_csv(rows[-1:])])
    made.whole("second")
    assert made.stage("features", "second")["changed"] == 1
    assert there()[1][1::2] == (5, 40.0)
