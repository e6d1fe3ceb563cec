"""A record is what the Feature Store takes, or says everything that is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "lambda" / "feature_ingestion"))
    import feature_records  # type: ignore[import-not-found]

    return feature_records  # type: ignore[no-any-return]


def checked(records: ModuleType, event_time: str = "Fractional", **values: Any) -> Any:
    types = {"id": "String", "at": event_time, "n": "Integral", "x": "Fractional", "s": "String"}
    schema = records.Schema(types=types, identifier="id", event_time="at")
    return records.checked({"id": "c-1", "at": 1_700_000_000, **values}, schema, NOW)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"n": 2**63 - 1}, "9223372036854775807"),
        ({"n": "-7"}, "-7"),
        ({"x": 1}, "1"),
        ({"x": " 2.5e-3 "}, "2.5e-3"),
        ({"s": "ü"}, "ü"),
        ({"s": ""}, ""),
    ],
)
def test_a_value_becomes_text(records: ModuleType, values: dict[str, Any], text: str) -> None:
    (name,) = values
    assert checked(records, **values).values[name] == text


def test_a_value_that_is_not_there_is_left_out(records: ModuleType) -> None:
    assert set(checked(records, n=None, x="").values) == {"id", "at"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"n": 2**63}, "n is 9223372036854775808, which does not fit into 64 bits"),
        ({"n": "12.0"}, "n is '12.0', which is no Integral value"),
        ({"n": "9" * 40}, f"n is '{'9' * 40}', which is no Integral value"),
        ({"n": True}, "n is True, which is no Integral value"),
        ({"x": float("nan")}, "x is nan, which is no Fractional value"),
        ({"x": 10**400}, "x is 1" + "0" * 56 + "..., which is no Fractional value"),
        ({"x": "inf"}, "x is 'inf', which is no Fractional value"),
        ({"x": "1e999"}, "x is '1e999', which is no Fractional value"),
        ({"s": 5}, "s is 5, which is no String value"),
        ({"s": "\ud800"}, "s is '\\ud800', which is no String value"),
        ({"s": ["a"]}, "s is ['a'], which is no String value"),
        ({"s": "x" * 400_000}, "the record has 400018 bytes, but 358400 is the most"),
        ({"id": "x" * 3_000}, "id has 3000 bytes, but 2048 is the most"),
        ({"id": ""}, "id is missing"),
        (
            {"at": 1_700_000_000_000},
            "at is '1700000000000', in the future, perhaps in milliseconds instead of seconds",
        ),
        ({"z": 1, "n": "a"}, "z is no feature of the group; n is 'a', which is no Integral value"),
    ],
)
def test_a_bad_record_says_all_that_is_wrong(records: ModuleType, values: dict[str, Any], reason: str) -> None:
    with pytest.raises(records.BadRecordError) as error:
        checked(records, **values)
    assert str(error.value) == reason


@pytest.mark.parametrize("text", ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123Z"])
def test_a_time_in_the_two_forms_that_there_are(records: ModuleType, text: str) -> None:
    assert checked(records, "String", at=text).moment == pytest.approx(1769860800, abs=1)


@pytest.mark.parametrize("text", ["2026-01-31", "2026-01-31T12:00:00+01:00", "2026-01-31T12:00:00.1Z", "now"])
def test_any_other_time_is_bad(records: ModuleType, text: str) -> None:
    with pytest.raises(records.BadRecordError, match="not a time such as"):
        checked(records, "String", at=text)


def test_a_clock_that_is_a_little_ahead_is_forgiven(records: ModuleType) -> None:
    assert checked(records, at=NOW.timestamp() + 600).moment > NOW.timestamp()
    with pytest.raises(records.BadRecordError, match="in the future"):
        checked(records, at=NOW.timestamp() + 1_000)
