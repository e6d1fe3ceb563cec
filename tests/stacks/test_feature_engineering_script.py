"""The Spark script of the stack makes features of real measurements, on PySpark, and twice the same."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stacks.feature_engineering import FEATURES, MEASURES, SCRIPTS
from tests.conftest import ROOT
from tests.spark.measurements import wines
from tests.spark.session import Spark
from tests.toolkit import needs_toolkit

pytestmark = needs_toolkit

FIRST, SECOND = "2026-11-10T03:00:00Z", "2026-11-11T03:00:00Z"
SECOND_INBOX = "features-20261111T030000Z-00000.jsonl"


def reading(sample: int, measure: str, value: Any, at: str, **more: Any) -> str:
    return json.dumps({"sample_id": f"w-{sample:03}", "measure": measure, "value": value, "measured_at": at, **more})


class Runs:
    """What came of the runs, in their order."""

    def __init__(self, spark: Spark, folder: Path) -> None:
        self.wines = wines()
        lines = [
            reading(number, measure, wine[measure], f"2026-11-{1 + number % 9:02}T{number % 24:02}:00:00Z")
            for number, wine in enumerate(self.wines)
            for measure in MEASURES
        ]
        later = [
            *lines[:70],  # The first ten samples again: nothing new.
            reading(3, "alcohol", 11.5, "2026-11-10T12:00:00+00:00"),  # Corrected.
            reading(4, "alcohol", 99.0, "2026-10-01T00:00:00Z"),  # Late: what is known is newer.
            reading(5, "hue", 0.5, "2026-11-30T00:00:00Z"),  # Not yet.
            reading(500, "alcohol", "12.25", "2026-11-10T12:00:00Z", device="b"),  # New, with a field nobody knows.
            "{not json",
            reading(6, "temperature", 20.0, "2026-11-10T12:00:00Z"),
            reading(7, "hue", "NaN", "yesterday"),
            json.dumps({"measure": "hue", "value": 1, "measured_at": "2026-11-10T12:00:00Z"}),
            reading(8, "hue", [1], "2026-11-10T12:00:00Z"),
        ]
        half = len(lines) // 2
        first, second = self._arguments(folder, FIRST), self._arguments(folder, SECOND)
        steps = [
            {"arguments": first},
            {
                "write": {"readings/a.json": "\n".join(lines[half:]), "readings/b.json": "\n".join(lines[:half][::-1])},
                "arguments": first,
            },
            {"arguments": first},
            {"write": {"readings/c.json": "\n".join(later)}, "arguments": second},
            {"arguments": second},
            # As if the run had been interrupted after it had delivered.
            {"remove": ["features/snapshot=2026-11-11"], "arguments": second},
        ]
        self.nothing, self.one, self.one_again, self.two, self.two_again, self.two_resumed = spark.ask(
            laboratory={"scripts": str(SCRIPTS), "folder": str(folder), "steps": steps}
        )

    def _arguments(self, folder: Path, until: str) -> list[str]:
        places = {name: f"{folder}/{name}/" for name in ("readings", "features", "quarantine", "inbox")}
        told = {**places, "summary": f"{folder}/summary/", "run": "one", "measures": ",".join(MEASURES), "until": until}
        return [word for name, value in told.items() for word in (f"--{name}", value)]


@pytest.fixture(scope="module")
def runs(spark: Spark, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(spark, tmp_path_factory.mktemp("laboratory") / "data")


def samples(run: dict[str, Any], day: str) -> dict[str, dict[str, Any]]:
    return {row["sample_id"]: row for row in run["features"][f"snapshot={day}"]}


def test_without_readings_there_is_nothing_and_nothing_is_wrong(runs: Runs) -> None:
    assert runs.nothing["counted"] == {"readings": 0, "bad": 0, "samples": 0, "changed": 0}
    assert runs.nothing["files"] == {}


def test_every_wine_gets_its_features(runs: Runs) -> None:
    assert runs.one["counted"] == {"readings": 178 * len(MEASURES), "bad": 0, "samples": 178, "changed": 178}
    made = samples(runs.one, "2026-11-10")
    for number, wine in enumerate(runs.wines):
        row = made[f"w-{number:03}"]
        assert {name: row[name] for name in MEASURES} == {name: wine[name] for name in MEASURES}
        assert row["color_intensity_per_alcohol"] == pytest.approx(wine["color_intensity"] / wine["alcohol"], abs=1e-6)
        assert (row["readings"], row["changed_at"]) == (len(MEASURES), FIRST)


def test_all_of_them_are_delivered_in_one_file_in_order(runs: Runs) -> None:
    ((name, text),) = runs.one["inbox"].items()
    assert name == "features-20261110T030000Z-00000.jsonl"
    records = [json.loads(line) for line in text.splitlines()]
    assert [record["sample_id"] for record in records] == [f"w-{number:03}" for number in range(178)]


def test_a_second_run_touches_no_file(runs: Runs) -> None:
    assert runs.one_again["counted"] == {**runs.one["counted"], "changed": 0}
    assert runs.one_again["files"] == runs.one["files"]


def test_only_what_changed_is_delivered(runs: Runs) -> None:
    assert runs.two["counted"]["changed"] == 3
    made = samples(runs.two, "2026-11-11")
    changed = {id for id, row in made.items() if row["changed_at"] == SECOND}
    assert changed == {"w-003", "w-004", "w-500"}
    assert made["w-003"]["alcohol"] == 11.5
    # The late reading is counted, and changes no value.
    assert made["w-004"]["alcohol"] == runs.wines[4]["alcohol"]
    assert made["w-004"]["readings"] == len(MEASURES) + 1
    # A reading that was told again is none, and one of tomorrow none yet.
    assert made["w-005"] == samples(runs.one, "2026-11-10")["w-005"]
    delivered = [json.loads(line)["sample_id"] for line in runs.two["inbox"][SECOND_INBOX].splitlines()]
    assert delivered == ["w-003", "w-004", "w-500"]


def test_what_is_not_known_is_left_out(runs: Runs) -> None:
    (new,) = (json.loads(line) for line in runs.two["inbox"][SECOND_INBOX].splitlines() if "w-500" in line)
    assert new == {"sample_id": "w-500", "readings": 1, "alcohol": 12.25, "changed_at": SECOND}


def test_bad_readings_are_kept_with_every_reason(runs: Runs) -> None:
    assert runs.two["counted"]["bad"] == 5
    assert sorted(row["reason"] for row in runs.two["quarantine"]) == [
        "is no JSON",
        "measure is temperature",
        "sample_id is missing",
        "value is no number: NaN; measured_at is no time: yesterday",
        "value is no number: [1]",
    ]
    (corrupt,) = (row for row in runs.two["quarantine"] if row["reason"] == "is no JSON")
    assert corrupt["_corrupt"] == "{not json"


def test_bad_readings_are_not_kept_twice(runs: Runs) -> None:
    assert runs.two_again["counted"] == {**runs.two["counted"], "changed": 0}
    assert sorted(map(str, runs.two_again["quarantine"])) == sorted(map(str, runs.two["quarantine"]))
    assert runs.two_again["features"] == runs.two["features"]
    assert runs.two_again["inbox"] == runs.two["inbox"]


def test_a_run_that_was_interrupted_is_made_good(runs: Runs) -> None:
    assert runs.two_resumed["counted"] == runs.two["counted"]
    assert runs.two_resumed["features"] == runs.two["features"]
    assert runs.two_resumed["inbox"] == runs.two["inbox"]


def test_the_feature_group_takes_what_is_delivered(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the checks of the ingestion's own function, against the schema of the stack's group."""
    monkeypatch.syspath_prepend(str(ROOT / "lambda/feature_ingestion"))
    for name in ("feature_files", "feature_records"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import feature_files  # type: ignore[import-not-found]
    import feature_records  # type: ignore[import-not-found]

    types = {name: type_.value for name, type_ in FEATURES.items()}
    schema = feature_records.Schema(types=types, identifier="sample_id", event_time="changed_at")
    now = datetime(2026, 11, 12, tzinfo=UTC)
    taken = 0
    for name, text in runs.two["inbox"].items():
        for row in feature_files.rows(name, text.encode().splitlines(keepends=True), schema):
            assert row.problem == ""
            record = feature_records.checked(row.values, schema, now)
            assert record.identifier.startswith("w-")
            taken += 1
    assert taken == 178 + 3
