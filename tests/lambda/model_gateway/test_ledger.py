"""What teams have used: nobody overshoots, whoever asks at once; nothing is counted twice, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.runtime import Runtime


@pytest.fixture
def ledger(load: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name, value in {"TABLE": "usage", "NAMESPACE": "n", "GATEWAY": "g"}.items():
        monkeypatch.setenv(name, value)
    return load("model_gateway", "ledger")


@pytest.fixture
def team(ledger: ModuleType) -> Any:
    return ledger.Team("claims", (), (), "tokens", 1_000, {})


def test_of_many_calls_at_once_only_those_get_through_that_fit(ledger: ModuleType, team: Any, usage: Any) -> None:
    book = ledger.Ledger(usage.client)

    def call(number: int) -> Any:
        try:
            return book.reserve(team, str(number), 300)
        except ledger.RefusedError as refused:
            return refused.status

    with ThreadPoolExecutor(16) as pool:
        results = [*pool.map(call, range(40))]
        held = [each for each in results if each != 429]
        assert len(held) == 3
        assert (usage.used(), len(usage.in_flight())) == (900, 3)
        # What they did not use is there for others; who used more is counted in full.
        settled = [*pool.map(lambda pair: pair[0].settle(pair[1]), zip(held, (10, 20, 400), strict=True))]
    assert max(settled) >= 430
    assert (usage.used(), usage.in_flight()) == (430, [])
    assert book.reserve(team, "next", 570).month == usage.month


def test_a_call_is_settled_once(ledger: ModuleType, team: Any, usage: Any) -> None:
    held = ledger.Ledger(usage.client).reserve(team, "1", 100)
    assert (held.settle(7), held.settle(99)) == (7, None)
    assert usage.used() == 7


def test_a_call_that_is_over_after_the_month_counts_for_the_month_it_began_in(
    ledger: ModuleType, team: Any, usage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = ledger.Ledger(usage.client)
    monkeypatch.setattr(ledger, "now", lambda: datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
    held = book.reserve(team, "1", 900)
    with pytest.raises(ledger.RefusedError, match=r"until 2027-01-01 \(UTC\)") as refused:
        book.reserve(team, "2", 900)
    assert refused.value.headers == {"Retry-After": "2"}
    monkeypatch.setattr(ledger, "now", lambda: datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC))
    other = book.reserve(team, "3", 900)
    held.settle(40)
    assert (usage.used(month="2026-12"), usage.used(month="2027-01")) == (40, 900)
    other.settle(0)
    assert usage.used(month="2027-01") == 0
    kept = int(usage.item(month="2026-12")["expires"]["N"]) - datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    assert kept == 400 * 86_400


def test_a_reservation_that_was_sent_twice_counts_once(ledger: ModuleType, team: Any, usage: Any) -> None:
    """The client sends a write again when it does not hear of the first."""

    def twice(**arguments: Any) -> Any:
        usage.client.update_item(**arguments)
        return usage.client.update_item(**arguments)

    client = SimpleNamespace(update_item=twice, get_item=usage.client.get_item)
    held = ledger.Ledger(client).reserve(team, "1", 600)
    assert (usage.used(), len(usage.in_flight())) == (600, 1)
    # The same for what is settled: the second one finds nothing to settle.
    assert held.settle(5) is None
    assert (usage.used(), usage.in_flight()) == (5, [])


def test_more_than_a_whole_month_is_refused_at_once(ledger: ModuleType, team: Any, usage: Any) -> None:
    with pytest.raises(ledger.RefusedError, match="This call may use 1001 tokens"):
        ledger.Ledger(usage.client).reserve(team, "1", 1_001)
    assert usage.item() == {}


def test_what_cannot_be_settled_counts_in_full_and_is_told(
    ledger: ModuleType, team: Any, usage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    held = ledger.Ledger(usage.client).reserve(team, "1", 300)

    def broken(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "InternalServerError"}}, "UpdateItem")

    held._client = SimpleNamespace(update_item=broken)
    assert held.settle(5) is None
    assert usage.used() == 300
    said = capsys.readouterr().out
    assert '"used": 5' in said
    assert '"Unsettled": 1' in said


def test_functions_at_once_do_not_overshoot(
    usage: Any, model: Any, called: Any, variables: Any, answer_of: Any
) -> None:
    """Three environments of the function, in processes of their own: two calls fit, and the third is refused."""

    def run(_: int) -> int:
        with Runtime() as runtime:
            bedrock = runtime.service = model()
            bedrock.seconds = 8.0
            ((_, streamed),) = runtime.stream("model_gateway", called({}), **variables)
            return int(answer_of(streamed).status)

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(run, range(3))) == [200, 200, 429]
    assert (usage.used(), usage.in_flight()) == (50, [])
