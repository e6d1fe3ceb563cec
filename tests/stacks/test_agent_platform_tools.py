"""The tools of the stack's agent, under the client that Lambda's own runtime is made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.agent_platform import TOOLS
from tests.runtime import Reply, Request, Runtime

FOLDER = "../stacks/scripts/order_tools"
FIND, REFUND = "orders___find_order", "orders___refund_order"
ORDER = {"total": 30, "state": "sent"}
NONE = b"<ListBucketResult></ListBucketResult>"


class Orders:
    """A bucket with one order, A7.

    :ivar refunds: what was paid back.
    :ivar broken: S3 fails.
    """

    def __init__(self) -> None:
        self.refunds: dict[str, Any] = {}
        self.broken = False

    def __call__(self, request: Request) -> Reply:
        if self.broken:
            return Reply(b"<Error><Code>InvalidRequest</Code></Error>", 400)
        if request.method == "PUT":
            if request.path in self.refunds:
                assert request.headers["If-None-Match"] == "*"
                return Reply(b"<Error><Code>PreconditionFailed</Code></Error>", 412)
            self.refunds[request.path] = json.loads(
                request.body.split(b"\r\n")[1] if b"\r\n" in request.body else request.body
            )
            return Reply(b"")
        if request.path.endswith(".json"):
            return Reply(json.dumps(ORDER).encode())
        found = b"<ListBucketResult><Contents><Key>orders/A7.json</Key></Contents></ListBucketResult>"
        return Reply(found if "A7" in request.query else NONE)


@pytest.fixture
def orders() -> Orders:
    """The bucket."""
    return Orders()


@pytest.fixture
def runtime(orders: Orders) -> Iterator[Runtime]:
    """Lambda's Runtime API, and S3."""
    with Runtime() as server:
        server.service = orders
        yield server


def call(runtime: Runtime, tool: str, *events: Any) -> list[tuple[str, Any]]:
    """What becomes of calls of a tool by the gateway."""
    runtime.client_context = {"custom": {"bedrockAgentCoreToolName": tool}}
    return runtime.run(FOLDER, *events, BUCKET="data")


def test_an_order_is_found(runtime: Runtime) -> None:
    assert call(runtime, FIND, {"order": "A7"}) == [("response", ORDER)]


def test_an_order_is_paid_back_once(runtime: Runtime, orders: Orders) -> None:
    asked = {"order": "A7", "amount": 10}
    assert call(runtime, REFUND, asked, asked) == [
        ("response", asked),
        ("response", {"error": "Order A7 was paid back before."}),
    ]
    assert [*orders.refunds.values()] == [asked]


@pytest.mark.parametrize(
    ("tool", "event", "error"),
    [
        (FIND, {"order": "B1"}, "There is no order B1."),
        (FIND, {}, "The number of an order has 1 to 32 capital letters, digits and hyphens."),
        (FIND, {"order": "../secret"}, "The number of an order has 1 to 32 capital letters, digits and hyphens."),
        (FIND, {"order": "A7\n"}, "The number of an order has 1 to 32 capital letters, digits and hyphens."),
        (REFUND, {"order": "A7"}, "The amount is a whole number from 1 to 30."),
        (REFUND, {"order": "A7", "amount": 31}, "The amount is a whole number from 1 to 30."),
        (REFUND, {"order": "A7", "amount": -1}, "The amount is a whole number from 1 to 30."),
        (REFUND, {"order": "A7", "amount": True}, "The amount is a whole number from 1 to 30."),
        (REFUND, {"order": "A7", "amount": "10"}, "The amount is a whole number from 1 to 30."),
    ],
)
def test_what_is_wrong_with_the_input_is_told_to_the_model(
    runtime: Runtime, orders: Orders, tool: str, event: dict[str, Any], error: str
) -> None:
    assert call(runtime, tool, event) == [("response", {"error": error})]
    assert orders.refunds == {}


def test_what_is_wrong_here_is_an_error(runtime: Runtime, orders: Orders) -> None:
    orders.broken = True
    ((kind, body),) = call(runtime, FIND, {"order": "A7"})
    assert (kind, body["errorType"]) == ("error", "InvalidRequest")


def test_a_tool_that_there_is_not_is_an_error(runtime: Runtime) -> None:
    ((kind, body),) = call(runtime, "orders___delete_order", {"order": "A7"})
    assert kind == "error"
    assert body["errorMessage"] == "delete_order is no tool of this function"


def test_the_tools_that_the_stack_describes_are_those_of_the_function(runtime: Runtime) -> None:
    for tool in TOOLS:
        given = {name: {"string": "A7", "integer": 1}[schema["type"]] for name, schema in tool.parameters.items()}
        ((kind, body),) = call(runtime, f"orders___{tool.name}", given)
        assert (kind, "error" in body) == ("response", False)
