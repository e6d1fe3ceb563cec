"""The function behind the page lists, shows and decides, tells who was first, and never tells the token."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3  # type: ignore[import-untyped]
import pytest

Opened = Callable[..., str]
Call = Callable[..., dict[str, Any]]


def said(answer: dict[str, Any]) -> tuple[int, Any]:
    return answer["statusCode"], json.loads(answer["body"])


def item(id: str) -> dict[str, Any]:
    found: dict[str, Any] = boto3.resource("dynamodb").Table("reviews").get_item(Key={"id": id})["Item"]
    return found


def change(id: str, **values: Any) -> None:
    """Change a review behind the function's back."""
    boto3.resource("dynamodb").Table("reviews").put_item(Item={**item(id), **values})


def decide(call: Call, id: str, label: str = "claim", *, comment: str = "", username: str = "ada") -> tuple[int, Any]:
    body = json.dumps({"label": label, "comment": comment})
    return said(call("POST /reviews/{id}", id, body=body, username=username))


def test_open_reviews_are_listed_the_most_urgent_first(opened: Opened, call: Call) -> None:
    later, sooner = opened("later", timeoutSeconds=7200), opened("sooner", timeoutSeconds=60)
    status, body = said(call("GET /reviews"))
    assert status == 200
    assert [review["id"] for review in body["reviews"]] == [sooner, later]
    assert body["reviews"][0].keys() == {"id", "title", "opened"}


def test_reviews_whose_time_is_over_are_not_listed(opened: Opened, call: Call) -> None:
    change(opened(), deadline=int(time.time()) - 1)
    assert said(call("GET /reviews")) == (200, {"reviews": []})


def test_a_review_is_shown_without_its_token(opened: Opened, call: Call) -> None:
    shown = call("GET /reviews/{id}", opened("secret"))
    assert shown["statusCode"] == 200
    assert "secret" not in json.dumps(shown)
    assert json.loads(shown["body"]).keys() == {"id", "title", "text", "labels", "opened", "deadline"}


def test_no_answer_ever_holds_the_token(opened: Opened, call: Call) -> None:
    id = opened("secret")
    answers = [call("GET /reviews"), call("GET /reviews/{id}", id)]
    answers += [
        call("POST /reviews/{id}", id, body=text) for text in ("{}", '{"label": "claim"}', '{"label": "claim"}')
    ]
    assert [answer["statusCode"] for answer in answers] == [200, 200, 400, 200, 409]
    assert "secret" not in json.dumps(answers)


@pytest.mark.parametrize(
    ("name", "kind"), [("1.pdf", "application/pdf"), ("1.PNG", "image/png"), ("a.b.jpg", "image/jpeg")]
)
def test_a_document_is_linked_for_minutes_and_shown_as_what_it_is(
    opened: Opened, call: Call, name: str, kind: str
) -> None:
    _, body = said(call("GET /reviews/{id}", opened(document=f"intake/{name}")))
    url = urlsplit(body["document"]["url"])
    asked = parse_qs(url.query)
    assert (url.scheme, url.netloc) == ("https", "documents.s3.eu-central-1.amazonaws.com")
    assert url.path == f"/intake/{name}"
    assert asked["X-Amz-Expires"] == ["300"]
    assert asked["response-content-type"] == [kind]
    assert body["document"]["kind"] == kind


def test_in_the_first_region_links_have_the_address_that_the_page_admits(
    load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    link = load("answer")._link("intake/1.png")
    assert urlsplit(link["url"]).netloc == "documents.s3.us-east-1.amazonaws.com"


def test_an_answer_resumes_the_state_machine_and_closes_the_review(opened: Opened, call: Call, states: Any) -> None:
    id = opened()
    assert decide(call, id, comment="<b>really</b>") == (200, {"message": "Thank you: decided as claim."})
    ((token, output),) = states.told
    assert token == "token-1"
    told = json.loads(output)
    assert told.keys() == {"label", "comment", "reviewer", "decidedAt"}
    assert (told["label"], told["comment"], told["reviewer"]) == ("claim", "<b>really</b>", "ada")
    left = item(id)
    assert "token" not in left
    assert "open" not in left
    assert left["answer"]["reviewer"] == "ada"
    assert said(call("GET /reviews")) == (200, {"reviews": []})


def test_the_second_of_two_reviewers_is_told_what_the_first_one_said(opened: Opened, call: Call, states: Any) -> None:
    id = opened()
    decide(call, id, "claim")
    message = {"message": "Another answer was first: claim. Yours was not kept."}
    assert decide(call, id, "no claim", username="grace") == (409, message)
    assert said(call("GET /reviews/{id}", id, username="grace")) == (409, message)
    assert len(states.told) == 1


def test_of_two_answers_at_the_same_moment_one_is_kept(opened: Opened, call: Call, states: Any) -> None:
    id = opened()
    send, second = states.send_task_success, []

    def meanwhile(**given: str) -> None:
        # The first answer is claimed and on its way to Step Functions.
        states.send_task_success = send
        second.append(decide(call, id, "no claim", username="grace"))
        send(**given)

    states.send_task_success = meanwhile
    assert decide(call, id, "claim")[0] == 200
    assert second == [(409, {"message": "Another answer was first: claim. Yours was not kept."})]
    assert [json.loads(output)["label"] for _, output in states.told] == ["claim"]


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_an_answer_that_nobody_waits_for_any_more_is_refused(
    opened: Opened, call: Call, states: Any, code: str
) -> None:
    id = opened()
    states.refusal = code
    message = {"message": "Nobody waits for this review any more: its time is over."}
    assert decide(call, id) == (410, message)
    assert decide(call, id) == (409, message)
    assert "answer" not in item(id)
    assert said(call("GET /reviews")) == (200, {"reviews": []})


def test_an_answer_that_did_not_arrive_can_be_given_again_by_anybody(opened: Opened, call: Call, states: Any) -> None:
    id = opened()
    states.refusal = "ThrottlingException"
    with pytest.raises(Exception, match="ThrottlingException"):
        decide(call, id)
    states.refusal = ""
    assert decide(call, id, "no claim", username="grace")[0] == 200
    assert [json.loads(output)["reviewer"] for _, output in states.told] == ["grace"]


def test_whoever_vanished_while_answering_is_waited_for_and_then_followed(opened: Opened, call: Call) -> None:
    id, now = opened(), int(time.time())
    vanished = {"answer": {"label": "claim"}, "claimedBy": "ada"}
    change(id, **vanished, claimedAt=now - 60)
    assert decide(call, id, username="grace")[0] == 409
    change(id, **vanished, claimedAt=now - 180)
    assert decide(call, id, username="grace")[0] == 200


def test_whoever_vanished_while_answering_may_come_back(opened: Opened, call: Call) -> None:
    id = opened()
    change(id, answer={"label": "claim"}, claimedBy="ada", claimedAt=int(time.time()))
    assert decide(call, id, username="ada")[0] == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "Choose one of: claim, no claim."),
        ("no json", "Choose one of: claim, no claim."),
        ("[]", "Choose one of: claim, no claim."),
        ('{"label": "other"}', "Choose one of: claim, no claim."),
        ('{"label": ["claim"]}', "Choose one of: claim, no claim."),
        ('{"label": "claim", "comment": 1}', "A comment has at most 2000 characters."),
        (json.dumps({"label": "claim", "comment": "x" * 2001}), "A comment has at most 2000 characters."),
    ],
)
def test_an_answer_that_is_none_is_refused(
    opened: Opened, call: Call, states: Any, body: str | None, message: str
) -> None:
    assert said(call("POST /reviews/{id}", opened(), body=body)) == (400, {"message": message})
    assert states.told == []


def test_a_body_may_come_encoded(opened: Opened, answer: ModuleType) -> None:
    event = {
        "routeKey": "POST /reviews/{id}",
        "pathParameters": {"id": opened()},
        "requestContext": {"authorizer": {"jwt": {"claims": {"username": "ada"}}}},
        "body": base64.b64encode(b'{"label": "claim"}').decode(),
        "isBase64Encoded": True,
    }
    assert answer.handler(event, None)["statusCode"] == 200


@pytest.mark.parametrize("route", ["GET /reviews/{id}", "POST /reviews/{id}"])
def test_a_review_that_does_not_exist_is_not_found(call: Call, route: str) -> None:
    assert said(call(route, "nothing", body="{}")) == (404, {"message": "This review does not exist."})


def test_there_is_nothing_else(call: Call) -> None:
    assert said(call("DELETE /reviews")) == (404, {"message": "There is nothing here."})
