"""A preparation runs on the emulator, with what Glue and S3 answer told beforehand, on every way that it can go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.data.preparation.conftest import parts
from tests.executions import Answers, Run, executions
from tests.sagemaker.jobs.definitions import definition

NOT_MINE: Answers = {"0": {"Throw": {"Error": "DynamoDB.ConditionalCheckFailedException", "Cause": "somebody has it"}}}


def returns(*answers: Any) -> Answers:
    """What a service answers, call by call."""
    return {str(index): {"Return": answer} for index, answer in enumerate(answers)}


def throws(error: str, cause: str = "for a test") -> Answers:
    """A service that refuses, however often it is asked."""
    return {"0": {"Throw": {"Error": error, "Cause": cause}}}


def told(**report: Any) -> Answers:
    """What a stage left in its report."""
    return returns({"Body": json.dumps(report)})


def ingested(verdict: str, **report: Any) -> Answers:
    """What ingest reports."""
    usual = {"records": 10, "quarantined": 1, "quarantined_percent": 10.0, "files": 2, "unreadable_files": 0}
    return told(**{**usual, "verdict": verdict, "failures": [], **report})


RAN = returns({"JobRunState": "SUCCEEDED", "Id": "jr_1"})
FAILED = throws("States.TaskFailed", '{"ErrorMessage": "LostRecordsError"}')
TURN: dict[str, Answers] = {
    "TakeTurn": returns({}),
    "LeavePlace": NOT_MINE,
    "GiveBack": returns({}),
    "GiveBackAfterFailure": returns({}),
}
COUNTED: dict[str, Answers] = {"Count": returns({}), "CountCurated": returns({})}
PASSED: dict[str, Answers] = {**TURN, **COUNTED, "Ingest": RAN, "ReadReport": ingested("passed"), "Curate": RAN}
CURATED = told(curated=8, duplicates=1)

CASES: dict[str, dict[str, dict[str, Answers]]] = {
    "Orders": {
        "Prepared": {**PASSED, "ReadCurated": CURATED, "Features": RAN},
        "NothingNew": {**PASSED, "ReadCurated": told(curated=0, duplicates=9)},
        "NothingThere": {**TURN, **COUNTED, "Ingest": RAN, "ReadReport": ingested("empty", records=0)},
        "Refused": {**TURN, **COUNTED, "Ingest": RAN, "ReadReport": ingested("refused", failures=["too old", "half"])},
        "NotIngested": {**TURN, "Ingest": FAILED},
        "NotReported": {**TURN, "Ingest": RAN, "ReadReport": throws("S3.NoSuchKeyException")},
        "NotCounted": {**TURN, "Ingest": RAN, "ReadReport": ingested("passed"), "Count": throws("CloudWatch.Busy")},
        "NotCurated": {**PASSED, "Curate": FAILED},
        "NoFeatures": {**PASSED, "ReadCurated": CURATED, "Features": FAILED},
        "NotGivenBack": {**TURN, "Ingest": FAILED, "GiveBackAfterFailure": throws("DynamoDB.InternalServerError")},
        "Waited": {
            **PASSED,
            "TakeTurn": {**NOT_MINE, "1": {"Return": {}}},
            "TakePlace": returns({}),
            "LeavePlace": returns({}),
            "ReadCurated": CURATED,
            "Features": RAN,
        },
        "SomebodyWaits": {"TakeTurn": NOT_MINE, "TakePlace": NOT_MINE},
    },
    "Plain": {"Prepared": {**PASSED, "ReadCurated": CURATED}},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a case."""
    shop = parts()
    machines = {"Orders": shop.make(features=shop.features).machine, "Plain": shop.make("Plain").machine}
    definitions = {name: definition(machine) for name, machine in machines.items()}
    with executions(tmp_path_factory.mktemp("mock"), definitions, CASES) as runner:
        yield runner


def test_a_run_goes_through_the_gate_into_table_and_features(run: Run) -> None:
    ended = run("Orders", "Prepared", {"detail": {"object": {"key": "incoming/1.jsonl"}}})
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == [
        *("TakeTurn", "LeavePlace", "Ingest", "ReadReport", "Count", "Gate"),
        *("Curate", "ReadCurated", "CountCurated", "Changed", "Features", "GiveBack", "Done"),
    ]


@pytest.mark.parametrize(
    ("machine", "case", "last"),
    [
        ("Orders", "NothingNew", ["CountCurated", "Changed", "GiveBack", "Done"]),
        ("Orders", "NothingThere", ["Count", "Gate", "GiveBack", "Done"]),
        ("Plain", "Prepared", ["ReadCurated", "CountCurated", "GiveBack", "Done"]),
    ],
)
def test_what_is_not_needed_is_not_run(run: Run, machine: str, case: str, last: list[str]) -> None:
    ended = run(machine, case)
    assert (ended["status"], ended["entered"][-4:]) == ("SUCCEEDED", last), ended


@pytest.mark.parametrize(
    ("case", "error", "cause"),
    [
        ("Refused", "QualityGateRefused", '["too old","half"]'),
        ("NotIngested", "States.TaskFailed", "LostRecordsError"),
        ("NotReported", "S3.NoSuchKeyException", "for a test"),
        ("NotCounted", "CloudWatch.Busy", "for a test"),
        ("NotCurated", "States.TaskFailed", "LostRecordsError"),
        ("NoFeatures", "States.TaskFailed", "LostRecordsError"),
        ("NotGivenBack", "States.TaskFailed", "LostRecordsError"),
    ],
)
def test_a_run_that_fails_says_why_and_lets_the_next_one_run(run: Run, case: str, error: str, cause: str) -> None:
    ended = run("Orders", case)
    assert (ended["status"], ended["error"]) == ("FAILED", error), ended
    assert cause in ended["cause"].replace('", "', '","')
    assert ended["entered"][-2:] == ["GiveBackAfterFailure", "Failed"]


def test_a_second_run_waits_for_the_first(run: Run) -> None:
    ended = run("Orders", "Waited")
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"][:5] == ["TakeTurn", "TakePlace", "WaitForTurn", "TakeTurn", "LeavePlace"]


def test_a_third_run_leaves_its_files_to_the_second(run: Run) -> None:
    ended = run("Orders", "SomebodyWaits")
    assert (ended["status"], ended["entered"]) == ("SUCCEEDED", ["TakeTurn", "TakePlace", "SomebodyWaits"])
