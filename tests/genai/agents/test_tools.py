"""Tools are what AgentCore and a model take, or an error says why they are not."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.genai import Tool
from cdk_ml.genai.agents.tools import rendered, tool_problems

NUMBER = {"order": {"type": "string", "description": "Its number"}}


def tool(**changed: Any) -> Tool:
    given: dict[str, Any] = {"name": "find", "description": "Finds", "parameters": NUMBER, "required": ["order"]}
    return Tool(**{**given, **changed})


def problems(*tools: Tool, target: str = "orders") -> list[str]:
    return [str(problem) for problem in tool_problems(target, tools)]


def test_a_tool_is_rendered_with_its_whole_schema() -> None:
    lines = {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}},
            "required": ["sku"],
        },
    }
    assert rendered(tool(parameters={**NUMBER, "lines": lines})) == {
        "name": "find",
        "description": "Finds",
        "inputSchema": {"type": "object", "properties": {**NUMBER, "lines": lines}, "required": ["order"]},
    }


@pytest.mark.parametrize("name", ["find_order", "find-order", "A1", "a" * 55, cdk.Token.as_string({"Ref": "Name"})])
def test_a_name_that_models_take_has_no_problem(name: str) -> None:
    assert problems(tool(name=name)) == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("find order", "is not a name that models take for a tool. Use letters, digits, underscores and hyphens."),
        ("find.order", "is not a name that models take for a tool. Use letters, digits, underscores and hyphens."),
        ("", "is not a name that models take for a tool. Use letters, digits, underscores and hyphens."),
        ("a___b", "has what AgentCore puts between target and tool in it. Use fewer underscores in a row."),
        (
            "a" * 56,
            f"is told to models as orders___{'a' * 56}, which is 65 characters of at most 64. Shorten the tool's name "
            "or the target's.",
        ),
    ],
)
def test_a_name_that_models_do_not_take_is_refused(name: str, rule: str) -> None:
    assert problems(tool(name=name)) == [f"tools={name!r} {rule}"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"description": " "},
            "tools[find].description=' ' does not say what the tool is for. Say what it does and when to use it: "
            "the model knows nothing else.",
        ),
        (
            {"required": ["customer"]},
            "tools[find].parameters='customer' is required and not described. Describe it, or require only order.",
        ),
        (
            {"parameters": {"a b": {"type": "string"}}, "required": []},
            "tools[find].parameters='a b' is not a name that models take for a parameter. Use letters, digits, "
            "underscores and hyphens.",
        ),
        (
            {"parameters": {"order": {"type": "date"}}},
            "tools[find].parameters[order].type='date' is not a type that AgentCore knows. Use array, boolean, "
            "integer, number, object, string.",
        ),
        (
            {"parameters": {"order": {"type": "string", "pattern": "A.*"}}},
            "tools[find].parameters[order]='pattern' is no keyword of AgentCore's schemas. Say it in the description; "
            "AgentCore knows type, description, properties, required, items.",
        ),
        (
            {"parameters": {"order": {"type": "array"}}},
            "tools[find].parameters[order]={'type': 'array'} is a list of nobody knows what. Describe the entries "
            "with items.",
        ),
        (
            {"parameters": {"order": {"type": "array", "items": {"type": "text"}}}},
            "tools[find].parameters[order].items.type='text' is not a type that AgentCore knows. Use array, boolean, "
            "integer, number, object, string.",
        ),
        (
            {"parameters": {"order": {"type": "object", "properties": {}, "required": ["id"]}}},
            "tools[find].parameters[order].properties='id' is required and not described. Describe it, or require "
            "only nothing.",
        ),
        (
            {"parameters": {"order": {"type": "object", "properties": []}}},
            "tools[find].parameters[order].properties=[] is not a mapping. Write names and their schemas.",
        ),
        (
            {"parameters": {"order": "string"}},
            "tools[find].parameters[order]='string' is not a JSON schema. Write a mapping, such as "
            '{"type": "string"}.',
        ),
    ],
)
def test_what_a_model_could_not_use_is_refused(changed: dict[str, Any], message: str) -> None:
    assert problems(tool(**changed)) == [message]


def test_two_tools_of_one_name_are_refused() -> None:
    assert problems(tool(), tool()) == ["tools='find' is the name of several tools. Give each tool a name of its own."]


def test_a_target_without_tools_is_refused() -> None:
    assert problems() == ["tools=() leave the agent nothing to call. Describe at least one Tool."]
