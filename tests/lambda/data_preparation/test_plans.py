"""What Spark shuffles, by its physical plans: what the work needs, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.spark.measurements import as_csv, measurements
from tests.spark.session import Preparation
from tests.toolkit import needs_toolkit

pytestmark = needs_toolkit
FEATURES = {
    "entity": ["ward"],
    "as_of": "as_of",
    "aggregates": [{"name": "radius_mean_7d", "function": "mean", "column": "radius", "days": 7}],
}


def exchanges(plan: str) -> list[str]:
    """How records are moved between workers, from the last to the first."""
    return re.findall(r"(BroadcastExchange|Exchange \w+\([\w.]+)", plan)


@pytest.fixture(scope="module")
def known(prepared: Callable[..., Preparation]) -> Preparation:
    """A table that knows some records already."""
    made = prepared(features=FEATURES)
    made.create_tables()
    made.deliver("one.csv", [*as_csv(measurements(30))])
    made.whole("first")
    made.deliver("two.csv", [*as_csv(measurements(60))])
    made.stage("ingest", "second")
    return made


def plan(known: Preparation, stage: str, place: str = "") -> str:
    """What Spark would do."""
    told = {"stage": stage, "settings": str(known.settings), "table": f"glue_catalog.{known.table}", "place": place}
    found: str = known.spark.ask(plan=told)
    return re.sub(r"#\d+L?", "", found)


def test_ingest_moves_nothing_and_sorts_nothing(known: Preparation) -> None:
    found = plan(known, "ingest", f"file://{known.inbox}/")
    assert exchanges(found) == []
    assert "Sort" not in found
    assert found.count("FileScan csv") == 1, "files are read once"


def test_a_rule_about_all_records_moves_them_once(known: Preparation, prepared: Callable[..., Preparation]) -> None:
    options = {"kind": "unique", "name": "u", "fails": False, "columns": ["ward"], "options": {"key": ["sample_id"]}}
    unique = prepared(rules=[options])
    found = plan(unique, "ingest", f"file://{known.inbox}/")
    assert exchanges(found) == ["Exchange hashpartitioning(ward"]


def test_curating_moves_each_side_to_its_key_once(known: Preparation) -> None:
    known.spark.sql("SET spark.sql.autoBroadcastJoinThreshold=-1")
    found = plan(known, "curate", f"file://{known.state}/runs/second/records/_verdict=accepted")
    # The records for the latest of each key, which are then where the join wants them; and the table.
    assert exchanges(found) == ["Exchange hashpartitioning(sample_id", "Exchange hashpartitioning(_known_sample_id"]
    assert "WindowGroupLimit" in found, "a worker moves one record of each key, and not all that it has"
    assert found.index("WindowGroupLimit [sample_id]") < found.index("FileScan parquet")
    known.spark.sql("SET spark.sql.autoBroadcastJoinThreshold=10MB")


def test_a_small_table_is_not_moved_but_copied(known: Preparation) -> None:
    found = plan(known, "curate", f"file://{known.state}/runs/second/records/_verdict=accepted")
    assert exchanges(found) == ["Exchange hashpartitioning(sample_id", "BroadcastExchange"]


def test_a_merge_rewrites_the_files_that_change_partition_by_partition(known: Preparation) -> None:
    found = plan(known, "merge", f"file://{known.state}/runs/first/changes")
    assert sorted(exchanges(found)) == [
        # Which keys change, to find the files that have them; and which files these are.
        "BroadcastExchange",
        "Exchange hashpartitioning(_file",
        # Both sides of the join.
        "Exchange hashpartitioning(sample_id",
        "Exchange hashpartitioning(sample_id",
        # A partition is written by one worker, so that it has few files.
        "Exchange hashpartitioning(staticinvoke",
    ]


def test_features_move_one_row_of_each_entity_and_worker(known: Preparation) -> None:
    found = plan(known, "features")
    assert exchanges(found) == ["Exchange hashpartitioning(ward"]
    assert found.index("partial_avg") > found.index("Exchange"), "aggregates are made before anything moves"
