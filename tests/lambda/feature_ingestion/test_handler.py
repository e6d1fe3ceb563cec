"""Every record of a file is written once, or is in quarantine with the reason, whatever happens in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import ROOT

BUCKET = "inbox"
RECEIPT, QUARANTINE = "receipts/incoming/customers.jsonl.json", "quarantine/incoming/customers.jsonl"
Arrive = Callable[..., dict[str, Any]]
Read = Callable[[str], list[Any]]


class Context:
    """What Lambda gives a handler: how much time is left, each time that it asks."""

    def __init__(self, *milliseconds: int) -> None:
        self.left = list(milliseconds)

    def get_remaining_time_in_millis(self) -> int:
        return self.left.pop(0) if self.left else 900_000


def record(customer: str = "c-1", seen_at: str = "2026-01-31T12:00:00Z", **values: Any) -> dict[str, Any]:
    return {"customer_id": customer, "seen_at": seen_at, "orders": 3, "value": 41.5, **values}


def lines(*records: Any) -> str:
    return "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in records)


def published(output: str) -> dict[str, Any]:
    (found,) = [json.loads(line) for line in output.splitlines() if "_aws" in line]
    return {name: found[name] for name in ("Records", "BadRecords", "RepeatedRecords", "Files")}


def test_good_records_are_written_as_text(handler: ModuleType, store: Any, arrive: Arrive) -> None:
    answer = handler.handler(arrive(lines(record(), record("c-2", orders=None))), Context())
    assert store.online == {
        "c-1": {"customer_id": "c-1", "seen_at": "2026-01-31T12:00:00Z", "orders": "3", "value": "41.5"},
        "c-2": {"customer_id": "c-2", "seen_at": "2026-01-31T12:00:00Z", "value": "41.5"},
    }
    assert (answer["written"], answer["bad"], answer["finished"]) == (2, 0, True)


def test_csv_is_read_with_its_header_quotes_and_empty_cells(handler: ModuleType, store: Any, arrive: Arrive) -> None:
    content = (
        '\ufeffcustomer_id,seen_at,orders,value\r\n"c,1",2026-01-31T12:00:00Z,,1e3\r\nc-2,2026-01-31T12:00:00Z,7,.5\r\n'
    )
    handler.handler(arrive(content, "incoming/customers.csv"), Context())
    assert store.online["c,1"] == {"customer_id": "c,1", "seen_at": "2026-01-31T12:00:00Z", "value": "1e3"}
    assert store.online["c-2"]["orders"] == "7"


def test_bad_records_are_in_quarantine_with_line_and_reason_and_are_counted(
    handler: ModuleType, store: Any, arrive: Arrive, read: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    content = lines(
        record(),
        "{not JSON",
        record("c-3", orders=1.5),
        record("c-4", segment="gold"),
        {"customer_id": "c-5"},
        "[1]",
        record("c-6", seen_at="2026-02-30T12:00:00Z"),
        record("c-7", seen_at="2999-01-01T00:00:00Z"),
        record("c-8", value=True),
    )
    handler.handler(arrive(content), Context())
    found = {one["line"]: one["reason"] for one in read(f"{QUARANTINE}/000000001.jsonl")}
    assert [*store.online] == ["c-1"]
    assert found.pop(2).startswith("is no JSON: ")
    assert found == {
        3: "orders is 1.5, which is no Integral value",
        4: "segment is no feature of the group",
        5: "seen_at is missing",
        6: "is no JSON object",
        7: "seen_at is '2026-02-30T12:00:00Z', a day or an hour that does not exist",
        8: "seen_at is '2999-01-01T00:00:00Z', in the future",
        9: "value is True, which is no Fractional value",
    }
    assert published(capsys.readouterr().out) == {"Records": 1, "BadRecords": 8, "RepeatedRecords": 0, "Files": 1}


def test_bytes_that_are_no_text_spoil_their_own_line_only(
    handler: ModuleType, store: Any, arrive: Arrive, read: Read
) -> None:
    good = lines(record()).encode()
    handler.handler(arrive(good + b"\xff\xfe\n" + lines(record("c-2")).encode()), Context())
    assert [*store.online] == ["c-1", "c-2"]
    assert [one["line"] for one in read(f"{QUARANTINE}/000000001.jsonl")] == [2]
    table = b"customer_id,seen_at\nc-3,2026-01-31T12:00:00Z\nc-\xff,2026-01-31T12:00:00Z\nc-4,2026-01-31T12:00:00Z,9\n"
    handler.handler(arrive(table, "incoming/t.csv"), Context())
    assert [one["reason"] for one in read("quarantine/incoming/t.csv/000000002.jsonl")] == [
        "is no UTF-8",
        "has more cells than the header",
    ]
    assert "c-3" in store.online


@pytest.mark.parametrize(
    ("key", "content", "reason"),
    [
        ("incoming/a.parquet", "PAR1", "the file is neither .csv nor .jsonl, .ndjson, .json"),
        (
            "incoming/a.csv",
            "customer_id,segment\nc-1,gold\n",
            "the file has a header that does not fit: segment is no feature of the group; seen_at is missing",
        ),
        (
            "incoming/a.csv",
            "",
            "the file has a header that does not fit: customer_id is missing; seen_at is missing",
        ),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_one_bad_record(
    handler: ModuleType, store: Any, arrive: Arrive, read: Read, key: str, content: str, reason: str
) -> None:
    answer = handler.handler(arrive(content, key), Context())
    assert [one["reason"] for one in read(f"quarantine/{key}/000000000.jsonl")] == [reason]
    assert (answer["bad"], answer["finished"], store.offline) == (1, True, [])


def test_what_a_file_says_twice_is_written_once_and_a_contradiction_is_bad(
    handler: ModuleType, store: Any, arrive: Arrive, read: Read
) -> None:
    answer = handler.handler(arrive(lines(record(), record(), record(orders=4))), Context())
    assert len(store.offline) == 1
    assert (answer["written"], answer["repeated"], answer["bad"]) == (1, 1, 1)
    assert [one["reason"] for one in read(f"{QUARANTINE}/000000001.jsonl")] == [
        "says something else about the same moment than line 1"
    ]


def test_a_late_record_is_offline_and_does_not_replace_the_newest(
    handler: ModuleType, store: Any, arrive: Arrive
) -> None:
    handler.handler(arrive(lines(record(seen_at="2026-03-01T00:00:00Z", orders=9))), Context())
    handler.handler(arrive(lines(record(seen_at="2026-02-01T00:00:00Z", orders=1)), "incoming/late.jsonl"), Context())
    assert store.online["c-1"]["orders"] == "9"
    assert len(store.offline) == 2


def test_a_second_event_for_the_same_object_does_nothing(
    handler: ModuleType, store: Any, arrive: Arrive, capsys: pytest.CaptureFixture[str]
) -> None:
    event = arrive(lines(record()))
    handler.handler(event, Context())
    capsys.readouterr()
    assert handler.handler(event, Context())["repeated_event"] is True
    assert len(store.offline) == 1
    assert "_aws" not in capsys.readouterr().out


def test_another_version_of_the_object_is_another_file(handler: ModuleType, store: Any, arrive: Arrive) -> None:
    handler.handler(arrive(lines(record())), Context())
    handler.handler(arrive(lines(record("c-2"))), Context())
    assert [*store.online] == ["c-1", "c-2"]


def test_an_object_that_is_gone_is_nothing_to_do(handler: ModuleType) -> None:
    detail = {"bucket": {"name": BUCKET}, "object": {"key": "incoming/gone.csv"}}
    assert handler.handler({"detail": detail}, Context()) == {"key": "incoming/gone.csv", "gone": True}


def test_an_attempt_after_throttling_goes_on_where_the_last_one_stopped(
    handler: ModuleType, store: Any, arrive: Arrive, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "PART", 2)
    monkeypatch.setattr(handler, "WORKERS", 1)
    event = arrive(lines(*(record(f"c-{number}") for number in range(6)), record("c-0")))
    store.refuses = lambda found: "ThrottlingException" if found["customer_id"] == "c-4" else None
    with pytest.raises(ClientError, match="ThrottlingException"):
        handler.handler(event, Context())
    assert read(RECEIPT)[0]["rows"] == 4
    store.refuses = lambda _: None
    answer = handler.handler(event, Context())
    # The part in hand is written again, which the online store does not notice; what was done before is not.
    assert [found["customer_id"] for found in store.offline] == ["c-0", "c-1", "c-2", "c-3", "c-5", "c-4", "c-5"]
    assert (answer["written"], answer["repeated"], answer["finished"]) == (6, 1, True)


def test_running_out_of_time_is_an_error_with_a_receipt(
    handler: ModuleType, store: Any, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "PART", 1)
    event = arrive(lines(record(), record("c-2")))
    with pytest.raises(handler.OutOfTimeError, match="1 rows are done"):
        handler.handler(event, Context(900_000, 10_000))
    assert [*store.online] == ["c-1"]
    assert handler.handler(event, Context())["written"] == 2
    assert len(store.offline) == 2


def test_what_the_feature_store_refuses_is_bad_and_the_rest_is_written(
    handler: ModuleType, store: Any, arrive: Arrive, read: Read
) -> None:
    store.refuses = lambda found: "ValidationError" if found["customer_id"] == "c-1" else None
    answer = handler.handler(arrive(lines(record(), record("c-2"))), Context())
    assert (answer["written"], answer["bad"]) == (1, 1)
    assert [one["reason"] for one in read(f"{QUARANTINE}/000000001.jsonl")] == ["was refused: not this one"]


def test_metrics_are_named_as_the_construct_watches_them(handler: ModuleType) -> None:
    construct = (ROOT / "constructs/cdk_ml/sagemaker/features/ingestion.py").read_text()
    assert f'NAMESPACE = "{handler.NAMESPACE}"' in construct
    assert 'metric_name="BadRecords"' in construct


def test_every_page_of_a_large_schema_is_read(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"RecordIdentifierFeatureName": "id", "EventTimeFeatureName": "at"}
    pages: dict[str, Any] = {
        "": {**names, "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "String"}], "NextToken": "2"},
        "2": {**names, "FeatureDefinitions": [{"FeatureName": "at", "FeatureType": "Fractional"}]},
    }

    class SageMaker:
        def describe_feature_group(self, *, FeatureGroupName: str, NextToken: str = "") -> Any:  # noqa: N803
            assert FeatureGroupName == "large"
            return pages[NextToken]

    monkeypatch.setattr(handler, "client", lambda _: SageMaker())
    assert handler._schema("large").types == {"id": "String", "at": "Fractional"}
