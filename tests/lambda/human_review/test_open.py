"""Opening a review keeps what there is to see and the token, and refuses what nobody could answer."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

Opened = Callable[..., str]


def kept() -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = boto3.resource("dynamodb").Table("reviews").scan()["Items"]
    return items


def test_a_review_is_kept_with_its_token_until_a_month_after_its_time(opened: Opened) -> None:
    id = opened()
    (item,) = kept()
    assert (item["id"], item["token"], item["open"]) == (id, "token-1", "yes")
    assert (item["text"], item["labels"]) == ("My roof leaks.", ["claim", "no claim"])
    assert item["deadline"] - item["opened"] == 3600
    assert item["expires"] - item["deadline"] == 30 * 24 * 3600


def test_the_id_does_not_tell_the_token(opened: Opened) -> None:
    id = opened(token="secret")
    assert "secret" not in id
    assert len(id) == 32


def test_a_call_that_is_repeated_opens_no_second_review(opened: Opened) -> None:
    assert opened() == opened()
    assert len(kept()) == 1


def test_another_task_opens_another_review(opened: Opened) -> None:
    assert opened(token="token-1") != opened(token="token-2")
    assert len(kept()) == 2


def test_what_is_no_text_is_written_as_json_that_people_can_read(opened: Opened) -> None:
    opened(text={"name": "Müller", "score": 0.5})
    assert kept()[0]["text"] == '{\n  "name": "Müller",\n  "score": 0.5\n}'


def test_a_document_is_kept_by_its_key(opened: Opened) -> None:
    opened(document="intake/1.PDF")
    (item,) = kept()
    assert item["document"] == "intake/1.PDF"
    assert "text" not in item


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"labels": []}, r"labels=\[\] are no list of texts to choose from"),
        ({"labels": "claim"}, "labels='claim' are no list of texts to choose from"),
        ({"labels": ["claim", 1]}, r"labels=\['claim', 1\] are no list of texts to choose from"),
        ({"text": None}, "there is neither a text nor a document to look at"),
        ({"document": "other/1.pdf"}, "document='other/1.pdf' is not under 'intake/', where documents may be"),
        ({"document": "intake/1.svg"}, "document='intake/1.svg' is not of a kind that a browser may show: .jpeg,"),
    ],
)
def test_what_nobody_could_answer_fails_the_task(opened: Opened, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        opened(**given)
    assert kept() == []


def test_a_document_without_a_bucket_fails_the_task(
    load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BUCKET")
    event = {"token": "t", "title": "?", "labels": ["a", "b"], "timeoutSeconds": 60, "document": "intake/1.pdf"}
    with pytest.raises(ValueError, match="no bucket was named"):
        load("open").handler(event, None)
