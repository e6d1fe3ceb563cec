"""The watcher says how long the oldest open review has been waiting."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

Opened = Callable[..., str]


def put(**item: Any) -> None:
    boto3.resource("dynamodb").Table("reviews").put_item(Item=item)


@pytest.fixture
def oldest(load: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """Runs the watcher and gives what it printed."""

    def run() -> dict[str, Any]:
        returned = load("watch").handler({}, None)
        printed: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert printed["OldestWaiting"] == returned
        return printed

    return run


def test_without_reviews_nothing_waits(oldest: Callable[[], dict[str, Any]]) -> None:
    printed = oldest()
    assert printed["OldestWaiting"] == 0
    assert printed["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "CdkMl/HumanReview",
            "Dimensions": [["Review"]],
            "Metrics": [{"Name": "OldestWaiting", "Unit": "Seconds"}],
        }
    ]
    assert printed["Review"] == "reviews"
    assert abs(printed["_aws"]["Timestamp"] / 1000 - time.time()) < 60


def test_the_oldest_counts_though_another_is_more_urgent(oldest: Callable[[], dict[str, Any]]) -> None:
    now = int(time.time())
    put(id="urgent", open="yes", title="", opened=now - 10, deadline=now + 60)
    put(id="old", open="yes", title="", opened=now - 5000, deadline=now + 6000)
    assert oldest()["OldestWaiting"] == pytest.approx(5000, abs=5)


def test_what_is_decided_or_over_does_not_wait(oldest: Callable[[], dict[str, Any]]) -> None:
    now = int(time.time())
    put(id="over", open="yes", title="", opened=now - 5000, deadline=now - 1)
    put(id="decided", title="", opened=now - 5000, deadline=now + 60)
    assert oldest()["OldestWaiting"] == 0


def test_every_page_of_reviews_is_looked_at(
    load: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(time.time())
    for number in range(5):
        put(id=str(number), open="yes", title="", opened=now - 100 * (number + 1), deadline=now + 60 + number)
    module = load("watch")
    query = module.table.query
    module.table.query = lambda **given: query(**given, Limit=2)
    assert module.handler({}, None) == pytest.approx(500, abs=5)
    assert capsys.readouterr().out
