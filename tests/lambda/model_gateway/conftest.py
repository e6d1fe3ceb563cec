"""A gateway's table and parameters on the emulator, a model that answers as Bedrock does, and callers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdk_ml.testing.emulator import Emulator
from tests.event_stream import event as stream_event
from tests.runtime import Reply, Request, Runtime, Streamed

FOLDER = "model_gateway"
LITE, UNPRICED = "amazon.nova-lite-v1:0", "acme.poet-v1:0"
PROFILES = "arn:aws:bedrock:us-east-1:111111111111:application-inference-profile"
TEAMS = {
    "claims": {
        "roles": ["arn:aws:iam::111111111111:role/apps/claims-app", "arn:aws:iam::111111111111:role/both"],
        "groups": ["adjusters"],
        "unit": "tokens",
        "limit": 1_000,
    },
    "search": {
        "roles": ["arn:aws:iam::111111111111:role/search-app", "arn:aws:iam::111111111111:role/both"],
        "groups": ["searchers"],
        "unit": "usd",
        "limit": 0.01,
    },
}
MODELS = {
    "claims": {
        LITE: {"profile": f"{PROFILES}/claims000001", "input": 0.06, "output": 0.24},
        UNPRICED: {"profile": f"{PROFILES}/claims000002"},
    },
    "search": {LITE: {"profile": f"{PROFILES}/search000001", "input": 0.06, "output": 0.24}},
}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "usage",
        "AttributeDefinitions": [
            {"AttributeName": "team", "AttributeType": "S"},
            {"AttributeName": "month", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "team", "KeyType": "HASH"},
            {"AttributeName": "month", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
    },
}
VARIABLES = {
    "PARAMETERS": "team-claims,team-search",
    "TABLE": "usage",
    "GUARDRAIL": "guard1234567",
    "GUARDRAIL_VERSION": "3",
    "MAX_TOKENS": "400",
    "MAX_BYTES": "4000",
    "GATEWAY": "Models/Gateway",
    "NAMESPACE": "cdk-ml/ModelGateway",
}
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.deploy({"Resources": {"Table": TABLE}}, "Usage")
        ssm = emulator.client("ssm")
        for name, team in TEAMS.items():
            value = json.dumps({"name": name, "models": MODELS[name], **team})
            ssm.put_parameter(Name=f"team-{name}", Type="String", Value=value)
        yield emulator


class Usage:
    """The table."""

    def __init__(self, emulator: Emulator) -> None:
        self.client = emulator.client("dynamodb")
        self.month = f"{datetime.now(UTC):%Y-%m}"
        self.last_month = f"{datetime.now(UTC).replace(day=1) - timedelta(days=1):%Y-%m}"

    def item(self, team: str = "claims", month: str | None = None) -> dict[str, Any]:
        """What is known of a team's month."""
        key = {"team": {"S": team}, "month": {"S": self.month if month is None else month}}
        found: dict[str, Any] = self.client.get_item(TableName="usage", Key=key, ConsistentRead=True).get("Item", {})
        return found

    def used(self, team: str = "claims", month: str | None = None) -> int:
        """Units that it has used."""
        return int(self.item(team, month).get("used", {"N": "0"})["N"])

    def in_flight(self, team: str = "claims") -> list[str]:
        """Calls that are reserved and not settled."""
        return [name for name in self.item(team) if name.startswith("call#")]

    def put(self, used: int, team: str = "claims", month: str | None = None, **more: int) -> None:
        """Write down what a team has used."""
        numbers = {"used": used, **more}
        key = {"team": {"S": team}, "month": {"S": self.month if month is None else month}}
        item = {**key, **{name: {"N": str(value)} for name, value in numbers.items()}}
        self.client.put_item(TableName="usage", Item=item)

    def clear(self) -> None:
        """Forget everything."""
        for item in self.client.scan(TableName="usage")["Items"]:
            self.client.delete_item(TableName="usage", Key={name: item[name] for name in ("team", "month")})


@pytest.fixture
def usage(running: Emulator) -> Usage:
    """The table, empty."""
    found = Usage(running)
    found.clear()
    return found


class Bedrock:
    """A model, as far as the function talks to it.

    :ivar asked: path and body of each request.
    :ivar reply: what it says, in place of an answer.
    :ivar seconds: that it takes.
    """

    def __init__(self, *, read: int = 20, written: int = 5, stop: str = "end_turn", **cached: int) -> None:
        self.usage = {"inputTokens": read, "outputTokens": written, "totalTokens": read + written, **cached}
        self.stop = stop
        self.asked: list[tuple[str, Any]] = []
        self.reply: Reply | None = None
        self.stream: bytes | None = None
        self.seconds = 0.0

    def __call__(self, request: Request) -> Reply:
        self.asked.append((request.path, json.loads(request.body)))
        time.sleep(self.seconds)
        if self.reply is not None:
            return self.reply
        if request.path.endswith("-stream"):
            said = self.said("Good ", "day") if self.stream is None else self.stream
            return Reply(said, headers={"Content-Type": "application/vnd.amazon.eventstream"})
        message = {"role": "assistant", "content": [{"text": "Good day"}]}
        answer = {"output": {"message": message}, "stopReason": self.stop, "usage": self.usage}
        return Reply(json.dumps({**answer, "metrics": {"latencyMs": 1}}).encode())

    def said(self, *parts: str) -> bytes:
        """The events of an answer."""
        deltas = [stream_event("contentBlockDelta", contentBlockIndex=0, delta={"text": part}) for part in parts]
        stop = stream_event("contentBlockStop", contentBlockIndex=0), stream_event("messageStop", stopReason=self.stop)
        measured = stream_event("metadata", usage=self.usage, metrics={"latencyMs": 1})
        return b"".join([stream_event("messageStart", role="assistant"), *deltas, *stop, measured])


def refusal(name: str, status: int) -> Reply:
    """A service that does not do what it is asked."""
    return Reply(json.dumps({"message": "for a test"}).encode(), status, {"x-amzn-ErrorType": name})


def called(body: Any, *, role: str = "claims-app", groups: str | None = None, raw: str | None = None) -> dict[str, Any]:
    """A request as the API hands it over."""
    context: dict[str, Any] = {"identity": {"userArn": f"arn:aws:sts::111111111111:assumed-role/{role}/someone"}}
    if groups is not None:
        context = {"identity": {"userArn": None}, "authorizer": {"claims": {"cognito:groups": groups}}}
    text = raw if raw is not None else json.dumps({"model": LITE, "messages": HELLO, **body})
    return {"body": text, "isBase64Encoded": False, "requestContext": context}


class Answer:
    """What a caller gets."""

    def __init__(self, streamed: Streamed) -> None:
        assert streamed.error is None
        head, _, rest = b"".join(streamed.chunks).partition(b"\0" * 8)
        self.head = json.loads(head)
        self.status = self.head["statusCode"]
        self.headers = self.head["headers"]
        self.text = rest.decode()

    @property
    def body(self) -> Any:
        """The answer as a whole."""
        return json.loads(self.text)

    @property
    def events(self) -> list[tuple[str, Any]]:
        """The answer in parts."""
        found = []
        for block in self.text.split("\n\n")[:-1]:
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
        return found


Ask = Callable[..., Answer]


def environment(emulator: Emulator) -> dict[str, str]:
    """The function's environment: Bedrock is the runtime's own address, the rest is the emulator."""
    url = emulator.endpoint_url
    there = {"AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_ENDPOINT_URL_SSM": url, "AWS_ACCESS_KEY_ID": emulator.account}
    return {**VARIABLES, **there}


@pytest.fixture
def variables(running: Emulator) -> dict[str, str]:
    return environment(running)


@pytest.fixture(name="model")
def model_() -> type[Bedrock]:
    return Bedrock


@pytest.fixture(name="called")
def called_() -> Callable[..., dict[str, Any]]:
    return called


@pytest.fixture(name="refusal")
def refusal_() -> Callable[..., Reply]:
    return refusal


@pytest.fixture
def answer_of() -> type[Answer]:
    return Answer


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    """Waits for what happens in another process."""

    def wait(true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    return wait


@pytest.fixture
def ask(runtime: Runtime, running: Emulator) -> Ask:
    """Lets a caller ask a model; what it is asked, and what the function prints, are in the runtime."""

    def ask(bedrock: Bedrock, body: Any = None, *, variables: dict[str, str] | None = None, **caller: Any) -> Answer:
        runtime.service = bedrock
        given = {**environment(running), **({} if variables is None else variables)}
        ((kind, streamed),) = runtime.stream(FOLDER, called({} if body is None else body, **caller), **given)
        assert kind == "response", streamed
        assert isinstance(streamed, Streamed)
        return Answer(streamed)

    return ask


@pytest.fixture
def counted(runtime: Runtime) -> Callable[[], dict[str, float]]:
    """The metrics in the log."""

    def read() -> dict[str, float]:
        found: dict[str, float] = {}
        for line in runtime.printed.splitlines():
            if '"_aws"' in line:
                metric = json.loads(line)
                for directive in metric["_aws"]["CloudWatchMetrics"]:
                    found |= {each["Name"]: metric[each["Name"]] for each in directive["Metrics"]}
        return found

    return read
