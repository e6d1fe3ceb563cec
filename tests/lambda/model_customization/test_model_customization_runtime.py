"""Under Lambda's own runtime client, with boto3's own clients and retries, the functions do what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.runtime import Reply, Request, Runtime

TRAIN, HELD_BACK, REPORT = "s3://data/train.jsonl", "s3://data/held-back.jsonl", "s3://data/reports/one.json"
PLAIN = {"STYLE": "pairs", "EPOCHS": "2", "FEWEST": "2", "MOST": "10"}


class Services:
    """S3 and a model, as far as the functions talk to them.

    :ivar objects: objects of S3 by ``/bucket/key``.
    :ivar asked: what the model was asked, by path.
    :ivar throttled: how many further questions are refused.
    """

    def __init__(self, **objects: str) -> None:
        self.objects = {f"/data/{name}": text.encode() for name, text in objects.items()}
        self.asked: list[tuple[str, Any]] = []
        self.throttled = 0

    def __call__(self, request: Request) -> Reply:
        if request.path.startswith("/model/"):
            return self._answer(request)
        if request.method == "PUT":
            self.objects[request.path] = _content(request.body)
            return Reply(b"", headers={"ETag": '"1"'})
        if request.path in ("/data", "/data/"):
            keys = "".join(f"<Contents><Key>{path[6:]}</Key></Contents>" for path in sorted(self.objects))
            return Reply(f"<ListBucketResult>{keys}</ListBucketResult>".encode())
        if request.path in self.objects:
            return Reply(self.objects[request.path], headers={"ETag": '"1"'})
        return Reply(b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>", 404)

    def _answer(self, request: Request) -> Reply:
        if self.throttled > 0:
            self.throttled -= 1
            return Reply(b'{"message": "slower"}', 429, {"x-amzn-ErrorType": "ThrottlingException"})
        body = json.loads(request.body)
        self.asked.append((request.path, body))
        question = body["messages"][0]["content"][0]["text"]
        blocked = "bomb" in question
        content = [] if question == "nothing" else [{"text": f"About {question}"}]
        answer = {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": "guardrail_intervened" if blocked else "end_turn",
            "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
            "metrics": {"latencyMs": 1},
        }
        return Reply(json.dumps(answer).encode())


def _content(body: bytes) -> bytes:
    """An object without the signatures that boto3 may put between its parts."""
    start, end = body.find(b"{"), body.rfind(b"}")
    return body[start : end + 1]


def pairs(*prompts: str) -> str:
    """Lines of prompts with a completion each."""
    return "\n".join(json.dumps({"prompt": prompt, "completion": "an answer"}) for prompt in prompts)


def validated(runtime: Runtime, services: Services, **variables: str) -> Any:
    """What the function answers about training data, and data held back where there is some."""
    runtime.service = services
    event = {"training": TRAIN, "report": REPORT}
    if "/data/held-back.jsonl" in services.objects:
        event["validation"] = HELD_BACK
    ((kind, answer),) = runtime.run("model_customization/validate", event, **{**PLAIN, **variables})
    assert kind == "response", answer
    return answer


def test_data_that_is_in_order_is_trained_on(runtime: Runtime) -> None:
    services = Services(**{"train.jsonl": pairs("one", "two", "two"), "held-back.jsonl": pairs("three")})
    answer = validated(runtime, services, USD_PER_MILLION_TOKENS="1000000", CEILING_USD="100")
    # 9 + 11 characters and so on: (3 + 9) * 3 of them, three to a token, twice.
    assert answer == {
        "ok": True,
        "records": 3,
        "tokens": 24,
        "usd": 24.0,
        "reason": "the data is in order",
        "report": REPORT,
    }
    report = json.loads(services.objects["/data/reports/one.json"])
    assert report["duplicates"] == 1
    assert report["problems"] == {"training": [], "validation": []}


def test_what_is_wrong_is_counted_and_listed(runtime: Runtime) -> None:
    services = Services(**{"train.jsonl": f'{pairs("one")}\n\nnonsense\n{{"prompt": "a"}}'})
    answer = validated(runtime, services)
    assert (answer["ok"], answer["records"]) == (False, 3)
    assert answer["reason"] == "2 lines of the training data are not what Bedrock reads"
    assert json.loads(services.objects["/data/reports/one.json"])["problems"]["training"] == [
        "line 3 is not JSON in UTF-8",
        "line 4 has no text under 'completion'",
    ]


@pytest.mark.parametrize(
    ("lines", "held_back", "variables", "reason"),
    [
        (pairs("one"), None, {}, "there are 1 records of training data, and the least is 2"),
        (pairs(*"abc"), None, {"MOST": "2"}, "there are 3 records of training data, and the most is 2"),
        (pairs("one", "two"), pairs("two"), {}, "1 records of the validation data are in the training data"),
        (
            pairs("one", "two"),
            None,
            {"USD_PER_MILLION_TOKENS": "1000000", "CEILING_USD": "15.5"},
            "training could cost 16.00 USD, and the ceiling is 15.5",
        ),
    ],
)
def test_data_that_is_not_worth_training_on_is_refused(
    runtime: Runtime, lines: str, held_back: str | None, variables: dict[str, str], reason: str
) -> None:
    services = Services(**{"train.jsonl": lines, **({} if held_back is None else {"held-back.jsonl": held_back})})
    answer = validated(runtime, services, **variables)
    assert (answer["ok"], answer["reason"]) == (False, reason)


def test_data_that_is_not_there_fails(runtime: Runtime) -> None:
    runtime.service = Services()
    ((kind, answer),) = runtime.run("model_customization/validate", {"training": TRAIN, "report": REPORT}, **PLAIN)
    assert (kind, answer["errorType"]) == ("error", "NoSuchKey")


def test_every_question_is_asked_and_every_answer_kept(runtime: Runtime) -> None:
    questions = [{"prompt": "one", "referenceResponse": "1"}, {"prompt": "a bomb"}, {"prompt": "nothing"}]
    services = Services(**{"questions.jsonl": "\n".join(map(json.dumps, questions))})
    services.throttled = 2
    runtime.service = services
    event = {"model": "own", "questions": "s3://data/questions.jsonl", "answers": "s3://data/answers.jsonl"}
    ((kind, answer),) = runtime.run(
        "model_customization/answer",
        event,
        SOURCE="customized",
        MAX_TOKENS="64",
        GUARDRAIL="guard",
        GUARDRAIL_VERSION="3",
    )
    assert (kind, answer) == ("response", {"answered": 3, "blocked": 1})
    written = [json.loads(line) for line in services.objects["/data/answers.jsonl"].decode().splitlines()]
    assert [line["modelResponses"] for line in written] == [
        [{"response": text, "modelIdentifier": "customized"}] for text in ("About one", "About a bomb", "(no answer)")
    ]
    assert written[0]["referenceResponse"] == "1"
    assert {path for path, _ in services.asked} == {"/model/own/converse"}
    assert all(body["guardrailConfig"]["guardrailVersion"] == "3" for _, body in services.asked)
    assert all(body["inferenceConfig"] == {"maxTokens": 64} for _, body in services.asked)


def test_no_questions_are_no_evaluation(runtime: Runtime) -> None:
    runtime.service = Services(**{"questions.jsonl": "\n"})
    event = {"model": "own", "questions": "s3://data/questions.jsonl", "answers": "s3://data/answers.jsonl"}
    ((kind, answer),) = runtime.run("model_customization/answer", event, SOURCE="customized", MAX_TOKENS="64")
    assert kind == "error"
    assert answer["errorMessage"] == "s3://data/questions.jsonl has 0 questions; an evaluation takes 1 to 1000"


def judged(*scores: float) -> str:
    """What an evaluation job writes about as many prompts."""
    return "\n".join(
        json.dumps({"automatedEvaluationResult": {"scores": [{"metricName": "Builtin.Correctness", "result": score}]}})
        for score in scores
    )


@pytest.mark.parametrize(
    ("least", "ok", "reason"),
    [
        ({"Builtin.Correctness": 0.75}, True, "every score is high enough"),
        ({"Builtin.Correctness": 0.8}, False, "Builtin.Correctness is 0.75, less than 0.8"),
        ({"Builtin.Coherence": 0.1}, False, "Builtin.Coherence was not judged"),
    ],
)
def test_the_mean_of_each_score_decides(runtime: Runtime, least: dict[str, float], ok: bool, reason: str) -> None:
    runtime.service = Services(
        **{"scores/a.jsonl": judged(1, 0.5), "scores/b.jsonl": judged(0.75), "scores/manifest.json": "{}"}
    )
    event = {"results": "s3://data/scores/"}
    ((kind, answer),) = runtime.run("model_customization/score", event, LEAST=json.dumps(least))
    assert kind == "response", answer
    assert answer == {"ok": ok, "scores": {"Builtin.Correctness": 0.75}, "prompts": 3, "reason": reason}
