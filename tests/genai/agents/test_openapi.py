"""An OpenAPI document has operations that AgentCore can offer, or an error says why not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cdk_ml.genai.agents.openapi import openapi_problems, operation_ids

GOOD: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Orders", "version": "1"},
    "servers": [{"url": "https://orders.example.com"}],
    "paths": {
        "/orders/{order}": {
            "parameters": [{"$ref": "#/components/parameters/Order"}],
            "get": {"operationId": "find", "responses": {"200": {"description": "It"}}},
            "post": {
                "operationId": "change",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/a~1b"}}}},
                "responses": {"200": {"description": "It"}},
            },
        }
    },
    "components": {
        "parameters": {"Order": {"name": "order", "in": "path", "required": True, "schema": {"type": "string"}}},
        "schemas": {"a/b": {"type": "object"}},
    },
}


def document(path: str, value: Any) -> dict[str, Any]:
    """The good document with another value at a path; None takes it out."""
    changed = copy.deepcopy(GOOD)
    at: Any = changed
    *steps, last = path.split("|")
    for step in steps:
        at = at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return changed


def problems(given: object) -> list[str]:
    return [str(problem) for problem in openapi_problems("document", given, "orders")]


@pytest.mark.parametrize("version", ["3.0.0", "3.0.4", "3.1.0", "3.1.1"])
def test_a_document_of_a_version_that_agentcore_reads_has_no_problem(version: str) -> None:
    assert problems(document("openapi", version)) == []


def test_its_operations_are_the_tools() -> None:
    assert [*operation_ids(GOOD)] == ["find", "change"]


FIND = "paths|/orders/{order}|get"
CHANGE = "paths|/orders/{order}|post"
IN_PATHS = "document.paths[/orders/{order}]"
OK = {"200": {"description": "It"}}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("openapi", "2.0", "document.openapi='2.0' is not a version that AgentCore reads. Use 3.0.x or 3.1.x."),
        ("openapi", "3.2.0", "document.openapi='3.2.0' is not a version that AgentCore reads. Use 3.0.x or 3.1.x."),
        ("openapi", 3.1, "document.openapi=3.1 is not a version that AgentCore reads. Use 3.0.x or 3.1.x."),
        ("info|title", None, "document.info.title={'version': '1'} is missing. Give the document a title."),
        ("servers", None, 'document.servers=None do not say where the API is. Add {"url": "https://..."}.'),
        ("servers", [], 'document.servers=[] do not say where the API is. Add {"url": "https://..."}.'),
        (
            "servers",
            [{"url": "/v1"}],
            "document.servers.url='/v1' is not where AgentCore can reach the API. Write the whole address, with https://.",
        ),
        ("paths", {}, "document.paths={} have no operation. Describe at least one operation."),
        (
            f"{FIND}|operationId",
            None,
            f"{IN_PATHS}.get.operationId=None is missing: it is the name of the tool. Give it one.",
        ),
        (
            f"{FIND}|operationId",
            "change",
            f"{IN_PATHS}.post.operationId='change' is the name of another operation, too. Give it a name of its own.",
        ),
        (
            f"{FIND}|operationId",
            "find order",
            f"{IN_PATHS}.get.operationId='find order' is not a name that models take for a tool. Use letters, digits, "
            "underscores and hyphens.",
        ),
        (f"{FIND}|responses", None, f"{IN_PATHS}.get.responses=None are missing. Describe what it answers."),
        (FIND, "find", f"{IN_PATHS}.get='find' is not an operation. Write a mapping."),
        (
            f"{CHANGE}|requestBody",
            {"content": {"text/xml": {}}},
            f"{IN_PATHS}.post.requestBody.content=['text/xml'] is nothing that AgentCore sends. Use application/json.",
        ),
        (
            "components|schemas|a/b",
            {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "document.oneOf=2 are schemas that AgentCore does not compose. Write one plain schema.",
        ),
        (
            "components|schemas",
            {},
            "document.$ref='#/components/schemas/a~1b' refers to nothing in the document. Refer to what is in the "
            "document, as in #/components/schemas/Order.",
        ),
        (
            "components|schemas|a/b",
            {"$ref": "https://example.com/order.json"},
            "document.$ref='https://example.com/order.json' refers to nothing in the document. Refer to what is in the "
            "document, as in #/components/schemas/Order.",
        ),
    ],
)
def test_what_agentcore_would_refuse_is_said(path: str, value: Any, message: str) -> None:
    assert message in problems(document(path, value))


def test_a_parameter_of_the_path_has_to_be_described() -> None:
    without = document("paths", {"/orders/{order}": {"get": {"operationId": "find", "responses": OK}}})
    assert problems(without) == [
        f"{IN_PATHS}.get.parameters='order' is in the path and not described. Describe it with "
        '{"name": "order", "in": "path", "required": true}.'
    ]


def test_a_parameter_of_the_path_is_required() -> None:
    optional = document("components|parameters|Order|required", False)
    assert f"{IN_PATHS}.get.parameters[order].required=False is in the path. Set it." in problems(optional)


def test_a_reference_to_itself_is_no_endless_search() -> None:
    circle = document("components|parameters|Order", {"$ref": "#/components/parameters/Order"})
    assert any("refers to nothing in the document" in problem for problem in problems(circle))


@pytest.mark.parametrize("given", [[], "openapi: 3.0.0", None])
def test_what_is_no_mapping_is_no_document(given: object) -> None:
    (problem,) = problems(given)
    assert "is not an OpenAPI document" in problem


def test_every_problem_is_said_at_once() -> None:
    assert len(problems({"swagger": "2.0"})) == 5
