"""The tools of the coding assistant, under the client that Lambda's own runtime is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.runtime import Reply, Request, Runtime

FOLDER = "../stacks/scripts/coding_tools"
LIST, READ = "guidelines___list_guidelines", "guidelines___read_guideline"
OBJECTS = {
    "guidelines/python.md": "Type everything.",
    "guidelines/sql.md": "x" * 20_001,
    "guidelines/drafts/secret.md": "no",
    "guidelines/logo.png": "no",
}


def bucket(request: Request) -> Reply:
    """A bucket with guidelines, and with what is none."""
    if "list-type=2" in request.query:
        keys = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in OBJECTS)
        return Reply(f"<ListBucketResult>{keys}</ListBucketResult>".encode())
    return Reply(OBJECTS[request.path.removeprefix("/data/")].encode())


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    """Lambda's Runtime API, and S3."""
    with Runtime() as server:
        server.service = bucket
        yield server


def call(runtime: Runtime, tool: str, *events: Any) -> list[tuple[str, Any]]:
    """What becomes of calls of a tool by the gateway."""
    runtime.client_context = {"custom": {"bedrockAgentCoreToolName": tool}}
    return runtime.run(FOLDER, *events, BUCKET="data")


def test_guidelines_are_listed_and_read(runtime: Runtime) -> None:
    assert call(runtime, LIST, {}) == [("response", {"topics": ["python", "sql"]})]
    (short, long) = call(runtime, READ, {"topic": "python"}, {"topic": "sql"})
    assert short == ("response", {"topic": "python", "text": "Type everything.", "complete": True})
    assert (len(long[1]["text"]), long[1]["complete"]) == (20_000, False)


def test_what_is_wrong_with_the_input_is_told_to_the_model(runtime: Runtime) -> None:
    rule = "A topic has 1 to 64 lower case letters, digits and hyphens."
    unknown = "There is no guideline about cobol. Call list_guidelines."
    events = [{}, {"topic": "../orders/1"}, {"topic": "drafts/secret"}, {"topic": "cobol"}]
    answers = call(runtime, READ, *events)
    assert [answer["error"] for _, answer in answers] == [rule, rule, rule, unknown]


def test_a_tool_that_there_is_not_is_an_error(runtime: Runtime) -> None:
    ((kind, body),) = call(runtime, "guidelines___delete_guideline", {})
    assert (kind, body["errorMessage"]) == ("error", "delete_guideline is no tool of this function")
