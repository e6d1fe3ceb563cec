"""The gateway's function under the streaming runtime: who may ask what, what is counted, and what is said otherwise.

The table and the parameters are on the emulator; the model answers as Bedrock does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.event_stream import event, failure
from tests.runtime import Runtime

LITE, UNPRICED = "amazon.nova-lite-v1:0", "acme.poet-v1:0"
PROFILE = "arn:aws:bedrock:us-east-1:111111111111:application-inference-profile/claims000001"
# "Hello" in quotation marks is 3 tokens and [null, null] is 4, at three bytes for a token; an answer has up to 400.
RESERVED = 407

pytestmark = pytest.mark.usefixtures("usage")


def test_an_answer_is_given_and_settled_and_counted(ask: Any, usage: Any, model: Any, counted: Any) -> None:
    bedrock = model()
    answer = ask(bedrock)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert answer.body == {
        "model": LITE,
        "output": {"message": {"role": "assistant", "content": [{"text": "Good day"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 20, "outputTokens": 5, "totalTokens": 25},
        "quota": {"team": "claims", "month": usage.month, "unit": "tokens", "limit": 1_000, "used": 25},
    }
    ((path, told),) = bedrock.asked
    assert path == f"/model/{PROFILE}/converse"
    assert told["guardrailConfig"] == {"guardrailIdentifier": "guard1234567", "guardrailVersion": "3"}
    assert told["inferenceConfig"] == {"maxTokens": 400}
    assert (usage.used(), usage.in_flight()) == (25, [])
    assert usage.item()["calls"] == {"N": "1"}
    metrics = counted()
    assert metrics == {
        "Answered": 1,
        "InputTokens": 20,
        "OutputTokens": 5,
        "EstimatedUsd": round((20 * 0.06 + 5 * 0.24) / 1e6, 9),
        "QuotaPercent": 2.5,
    }


def test_an_answer_is_streamed_as_bedrock_streams_it(ask: Any, usage: Any, model: Any) -> None:
    bedrock = model()
    answer = ask(bedrock, {"stream": True})
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    names = [name for name, _ in answer.events]
    assert names == [
        "messageStart",
        "contentBlockDelta",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "done",
    ]
    assert answer.events[-1][1]["quota"]["used"] == 25
    assert answer.events[-1][1]["usage"]["totalTokens"] == 25
    ((path, told),) = bedrock.asked
    assert path == f"/model/{PROFILE}/converse-stream"
    assert told["guardrailConfig"]["streamProcessingMode"] == "sync"
    assert (usage.used(), usage.in_flight()) == (25, [])


def test_what_is_read_from_a_cache_counts(ask: Any, usage: Any, model: Any) -> None:
    ask(model(cacheReadInputTokens=100, cacheWriteInputTokens=10))
    assert usage.used() == 135


def test_a_quota_in_usd_is_spent_by_the_prices(ask: Any, usage: Any, model: Any) -> None:
    answer = ask(model(read=1_000, written=400), role="search-app")
    assert answer.body["quota"] == {
        "team": "search",
        "month": usage.month,
        "unit": "usd",
        "limit": 0.01,
        "used": 0.000156,
    }
    assert usage.used("search") == 156


def test_a_model_of_unknown_price_has_no_estimate(ask: Any, model: Any, counted: Any) -> None:
    assert ask(model(), {"model": UNPRICED}).status == 200
    assert "EstimatedUsd" not in counted()


def test_a_group_of_the_pool_is_a_team_as_well(ask: Any, model: Any) -> None:
    assert ask(model(), groups="drivers,adjusters").body["quota"]["team"] == "claims"


def test_who_is_in_two_teams_says_for_which_they_ask(ask: Any, usage: Any, model: Any) -> None:
    unclear = ask(model(), role="both")
    assert unclear.status == 400
    assert (
        unclear.body["error"]["message"] == "You are in several teams. Say for which you ask, as team: claims, search."
    )
    assert ask(model(), {"team": "search"}, role="both").body["quota"]["team"] == "search"
    assert (usage.used("claims"), usage.used("search") > 0) == (0, True)


def test_a_system_prompt_is_marked_for_the_guardrail(ask: Any, model: Any) -> None:
    bedrock = model()
    system = [{"text": "You write code."}, {"cachePoint": {"type": "default"}}]
    ask(bedrock, {"system": system})
    assert bedrock.asked[0][1]["system"] == [{"guardContent": {"text": {"text": "You write code."}}}, system[1]]
    unguarded = model()
    ask(unguarded, {"system": system}, variables={"GUARDRAIL": ""})
    assert unguarded.asked[0][1]["system"] == system
    assert "guardrailConfig" not in unguarded.asked[0][1]


def test_images_documents_and_tools_reach_the_model(ask: Any, model: Any) -> None:
    bedrock = model()
    raw = base64.b64encode(b"PNG").decode()
    tools = {"tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object"}}}}]}
    turns = [
        {"role": "user", "content": [{"document": {"format": "txt", "name": "a", "source": {"bytes": raw}}}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "look", "input": {"x": 1}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"json": {"y": 2}}]}}]},
    ]
    answer = ask(bedrock, {"messages": turns, "toolConfig": tools, "inferenceConfig": {"maxTokens": 10}})
    assert answer.status == 200, answer.text
    told = bedrock.asked[0][1]
    assert (told["messages"], told["toolConfig"]) == (turns, tools)


@pytest.mark.parametrize("stream", [False, True])
def test_what_the_guardrail_stops_is_counted_and_settled(
    ask: Any, usage: Any, model: Any, counted: Any, stream: bool
) -> None:
    answer = ask(model(stop="guardrail_intervened", written=0), {"stream": stream})
    assert answer.status == 200
    assert "guardrail_intervened" in answer.text
    assert counted()["Blocked"] == 1
    assert (usage.used(), usage.in_flight()) == (20, [])


QUOTA = "The team claims has used its 1000 tokens of this month. It has new ones on "


def test_a_spent_quota_is_429_until_the_month_is_over(ask: Any, usage: Any, model: Any, counted: Any) -> None:
    usage.put(1_000)
    bedrock = model()
    answer = ask(bedrock)
    assert answer.status == 429
    assert answer.body["error"]["code"] == "quota-spent"
    assert answer.body["error"]["message"].startswith(QUOTA)
    assert 0 < int(answer.headers["Retry-After"]) <= 31 * 86_400
    assert bedrock.asked == []
    assert (usage.used(), usage.in_flight()) == (1_000, [])
    assert counted() == {"QuotaSpent": 1, "QuotaPercent": 100.0}


def test_too_little_that_is_left_is_429_with_what_would_do(ask: Any, usage: Any, model: Any) -> None:
    usage.put(900)
    answer = ask(model())
    assert answer.status == 429
    assert f"This call may use {RESERVED} tokens, and the team claims has 100 tokens left" in answer.text
    assert ask(model(), {"inferenceConfig": {"maxTokens": 50}}).status == 200
    assert usage.used() == 925


def test_a_new_month_is_a_new_quota(ask: Any, usage: Any, model: Any) -> None:
    usage.put(1_000, month=usage.last_month)
    assert ask(model()).status == 200
    assert (usage.used(), usage.used(month=usage.last_month)) == (25, 1_000)


@pytest.mark.parametrize(
    ("caller", "body", "code", "message"),
    [
        ({"role": "stranger"}, {}, "no-team", "You are in no team of this gateway."),
        ({"groups": "drivers"}, {}, "no-team", "You are in no team of this gateway."),
        ({}, {"team": "search"}, "not-a-member", "You are not in the team search."),
        (
            {"role": "search-app"},
            {"model": UNPRICED},
            "model-not-allowed",
            "The team search may not use acme.poet-v1:0. It may use amazon.nova-lite-v1:0.",
        ),
    ],
)
def test_who_may_not_is_told_why(
    ask: Any, usage: Any, model: Any, caller: dict[str, str], body: dict[str, Any], code: str, message: str
) -> None:
    bedrock = model()
    answer = ask(bedrock, body, **caller)
    assert (answer.status, answer.body["error"]["code"]) == (403, code)
    assert answer.body["error"]["message"].startswith(message)
    assert (bedrock.asked, usage.item()) == ([], {})


def test_a_request_that_is_too_large_is_413(ask: Any, usage: Any, model: Any) -> None:
    answer = ask(model(), {"messages": [{"role": "user", "content": [{"text": "x" * 5_000}]}]})
    assert answer.status == 413
    assert "Send at most 4000" in answer.text
    assert usage.item() == {}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "status", "code", "metric"),
    [
        (("ThrottlingException", 429), 503, "throttled", "Throttled"),
        (("ServiceUnavailableException", 503), 503, "throttled", "Throttled"),
        (("ModelTimeoutException", 408), 504, "late", "Late"),
        (("AccessDeniedException", 403), 500, "failed", "Failed"),
        (("ValidationException", 400), 400, "invalid", "Refused"),
    ],
)
def test_a_call_that_fails_is_given_back(
    ask: Any,
    usage: Any,
    model: Any,
    counted: Any,
    refusal: Any,
    stream: bool,
    error: Any,
    status: int,
    code: str,
    metric: str,
) -> None:
    bedrock = model()
    bedrock.reply = refusal(*error)
    answer = ask(bedrock, {"stream": stream})
    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert answer.body["error"]["request"] == "1"
    assert ("Retry-After" in answer.headers) == (status == 503)
    # Asked once: what is tried again behind the caller's back may be paid twice.
    assert len(bedrock.asked) == 1
    assert (usage.used(), usage.in_flight()) == (0, [])
    assert counted()[metric] == 1


def test_a_stream_that_breaks_off_counts_what_was_heard(ask: Any, usage: Any, model: Any, counted: Any) -> None:
    bedrock = model()
    said = event("contentBlockDelta", contentBlockIndex=0, delta={"text": "x" * 90})
    bedrock.stream = said + failure("throttlingException", "slower")
    answer = ask(bedrock, {"stream": True})
    assert [name for name, _ in answer.events] == ["contentBlockDelta", "error"]
    assert answer.events[-1][1]["code"] == "throttled"
    # Thirty tokens and the JSON around them, and what was read.
    assert 30 < usage.used() < 100
    assert usage.in_flight() == []
    assert counted()["Throttled"] == 1


def test_whoever_hangs_up_pays_for_what_they_heard(
    runtime: Runtime, usage: Any, model: Any, called: Any, variables: Any, wait_for: Callable[..., None]
) -> None:
    bedrock = model()
    # More than the connection takes while nobody reads.
    bedrock.stream = bedrock.said(*["x" * 3_000] * 1_000)
    runtime.service, runtime.patience = bedrock, 3
    # The second call waits until the function has let go of the first.
    answers = runtime.stream("model_gateway", called({"stream": True}), called({}, raw="{}"), **variables)
    assert len(answers) == 2
    wait_for(lambda: usage.in_flight() == [])
    # They have heard more than an answer may have: what counts is what was reserved, and not what was measured.
    assert usage.used() == RESERVED
    assert '"HungUp": 1' in runtime.printed


def test_a_table_that_does_not_answer_costs_nothing_but_the_call(ask: Any, model: Any, counted: Any) -> None:
    bedrock = model()
    answer = ask(bedrock, variables={"TABLE": "nowhere"})
    assert (answer.status, answer.body["error"]["code"]) == (500, "failed")
    assert bedrock.asked == []
    assert counted()["Failed"] == 1


def test_a_model_that_says_nothing_in_time_is_late_and_what_it_read_counts(
    load: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch, usage: Any, variables: Any, called: Any
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    handler = load("model_gateway")
    silent = ReadTimeoutError(endpoint_url="https://bedrock-runtime.us-east-1.amazonaws.com")

    def converse(**_: Any) -> Any:
        raise silent

    monkeypatch.setattr(handler, "runtime", SimpleNamespace(converse=converse))
    start, body = handler.handler(called({}), SimpleNamespace(aws_request_id="1"))
    assert (start["statusCode"], json.loads(body)["error"]["code"]) == (504, "late")
    assert (usage.used(), usage.in_flight()) == (7, [])


def test_a_call_that_never_came_back_counts_in_full_and_is_told(ask: Any, usage: Any, model: Any, counted: Any) -> None:
    usage.put(300, **{"call#1700000000#dead": 300})
    assert ask(model()).status == 200
    assert (usage.used(), usage.in_flight()) == (325, [])
    assert counted()["Unsettled"] == 1


INVALID: list[tuple[Any, str]] = [
    ({"guardrailConfig": {}}, "guardrailConfig is not for callers to say."),
    ({"additionalModelRequestFields": {}}, "additionalModelRequestFields is not for callers to say."),
    ({"model": ""}, "Name a model"),
    ({"team": 7}, "The team has to be named by a text."),
    ({"messages": []}, "messages has to be a list"),
    ({"messages": [{"role": "user"}]}, "Each of messages has a role and a list of content."),
    ({"messages": [{"role": "user", "content": ["x"]}]}, "Each content is an object with one member."),
    (
        {"messages": [{"role": "user", "content": [{"guardContent": {"text": {"text": "x"}}}]}]},
        "guardContent is no content that is taken.",
    ),
    (
        {
            "messages": [
                {"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": [{"guardContent": 1}]}}]}
            ]
        },
        "guardContent is no content that is taken.",
    ),
    ({"messages": [{"role": "user", "content": [{"toolResult": {}}]}]}, "toolResult needs a list of content."),
    (
        {"messages": [{"role": "user", "content": [{"image": {"source": {"s3Location": {"uri": "s3://a/b"}}}}]}]},
        "image.source has to be bytes, in base64.",
    ),
    (
        {"messages": [{"role": "user", "content": [{"document": {"source": {"bytes": "?"}}}]}]},
        "document.source.bytes is not in base64.",
    ),
    ({"system": [{"guardContent": {}}]}, "guardContent is no system prompt that is taken."),
    ({"system": "x"}, "system has to be a list of texts."),
    ({"inferenceConfig": []}, "inferenceConfig has to be an object."),
    ({"inferenceConfig": {"topK": 3}}, "inferenceConfig.topK is unknown."),
    ({"inferenceConfig": {"maxTokens": 401}}, "inferenceConfig.maxTokens=401 is not between 1 and 400."),
    ({"inferenceConfig": {"maxTokens": True}}, "inferenceConfig.maxTokens=true is not between 1 and 400."),
    # What botocore knows better than we do.
    ({"messages": [{"role": "user", "content": [{"text": 7}]}]}, "Parameter validation failed"),
]


def test_what_no_model_takes_is_refused_before_it_costs(
    runtime: Runtime, usage: Any, model: Any, called: Any, variables: Any, answer_of: Any
) -> None:
    bedrock = runtime.service = model()
    bodies = [called(body) for body, _ in INVALID] + [called({}, raw="no json"), called({}, raw="[1]")]
    said = [*(message for _, message in INVALID), "This request is no JSON.", "This request is no JSON object."]
    answers = runtime.stream("model_gateway", *bodies, **variables)
    for (kind, streamed), message in zip(answers, said, strict=True):
        assert kind == "response"
        answer = answer_of(streamed)
        assert (answer.status, answer.body["error"]["code"]) == (400, "invalid"), message
        assert message in answer.body["error"]["message"]
    assert bedrock.asked == []
    assert (usage.used(), usage.in_flight()) == (0, [])
    assert json.loads(runtime.printed.splitlines()[-1])["Refused"] == 1
