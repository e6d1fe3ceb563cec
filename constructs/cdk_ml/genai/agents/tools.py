"""Tools of an agent that a Lambda function is: their names, what they are for, and what they take.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.genai.texts import repeated
from cdk_ml.tokens import is_token

SEPARATOR = "___"
"""What AgentCore puts between the name of a target and the name of its tool."""

# What a model is told a tool is called, with the target in front: ToolSpecification of the Converse API.
_LONGEST_TOLD = 64
_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_KEYWORDS = ("type", "description", "properties", "required", "items")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a function can do for an agent.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html

    :param name: what the function is told; the agent sees ``<target>___<name>``.
    :param description: what it is for, and when to use it: all that a model knows about it.
    :param parameters: JSON schema of each parameter by its name: ``type``, ``description``, ``properties``,
        ``required`` and ``items``, and nothing else, because AgentCore knows nothing else.
    :param required: the parameters that have to be given.
    """

    name: str
    description: str
    parameters: Mapping[str, Mapping[str, Any]]
    required: Sequence[str] = ()


def tool_name_problems(argument: str, target: str, name: str) -> Iterator[Problem]:
    """Why a model would not take the name of a tool; one that only the deployment knows passes."""
    if is_token(name) or is_token(target):
        return
    if not _NAME.fullmatch(name):
        fix = "Use letters, digits, underscores and hyphens"
        yield Problem(argument, name, "is not a name that models take for a tool", fix)
    elif SEPARATOR in name:
        fix = "Use fewer underscores in a row"
        yield Problem(argument, name, "has what AgentCore puts between target and tool in it", fix)
    elif len(target) + len(SEPARATOR) + len(name) > _LONGEST_TOLD:
        told = f"{target}{SEPARATOR}{name}"
        rule = f"is told to models as {told}, which is {len(told)} characters of at most {_LONGEST_TOLD}"
        yield Problem(argument, name, rule, "Shorten the tool's name or the target's")


def tool_problems(target: str, tools: Sequence[Tool]) -> Iterator[Problem]:
    """What AgentCore or a model would refuse about the tools of a target."""
    if not tools:
        yield Problem("tools", tools, "leave the agent nothing to call", "Describe at least one Tool")
    for name in repeated(tool.name for tool in tools):
        yield Problem("tools", name, "is the name of several tools", "Give each tool a name of its own")
    for tool in tools:
        argument = f"tools[{tool.name}]"
        yield from tool_name_problems("tools", target, tool.name)
        if not tool.description.strip():
            fix = "Say what it does and when to use it: the model knows nothing else"
            yield Problem(f"{argument}.description", tool.description, "does not say what the tool is for", fix)
        yield from _object_problems(f"{argument}.parameters", tool.parameters, tool.required)


def _object_problems(
    argument: str, properties: Mapping[str, Mapping[str, Any]], required: Sequence[str]
) -> Iterator[Problem]:
    for name in required:
        if name not in properties:
            fix = f"Describe it, or require only {', '.join(properties) or 'nothing'}"
            yield Problem(argument, name, "is required and not described", fix)
    for name, schema in properties.items():
        if not is_token(name) and not _NAME.fullmatch(name):
            fix = "Use letters, digits, underscores and hyphens"
            yield Problem(argument, name, "is not a name that models take for a parameter", fix)
        yield from _schema_problems(f"{argument}[{name}]", schema)


def _schema_problems(argument: str, schema: object) -> Iterator[Problem]:
    if not isinstance(schema, Mapping):
        yield Problem(argument, schema, "is not a JSON schema", 'Write a mapping, such as {"type": "string"}')
        return
    kind = schema.get("type")
    if kind not in _TYPES:
        yield Problem(f"{argument}.type", kind, "is not a type that AgentCore knows", f"Use {', '.join(_TYPES)}")
    for keyword in schema:
        if keyword not in _KEYWORDS:
            fix = f"Say it in the description; AgentCore knows {', '.join(_KEYWORDS)}"
            yield Problem(argument, keyword, "is no keyword of AgentCore's schemas", fix)
    if kind == "array" and "items" not in schema:
        yield Problem(argument, dict(schema), "is a list of nobody knows what", "Describe the entries with items")
    if "items" in schema:
        yield from _schema_problems(f"{argument}.items", schema["items"])
    inner = schema.get("properties", {})
    if isinstance(inner, Mapping):
        yield from _object_problems(f"{argument}.properties", inner, schema.get("required", ()))
    else:
        yield Problem(f"{argument}.properties", inner, "is not a mapping", "Write names and their schemas")


def rendered(tool: Tool) -> dict[str, Any]:
    """The tool as CloudFormation has it."""
    schema = {"type": "object", "properties": tool.parameters, "required": tool.required}
    return {"name": tool.name, "description": tool.description, "inputSchema": _schema(schema)}


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: schema[key] for key in ("type", "description") if key in schema}
    if "items" in schema:
        found["items"] = _schema(schema["items"])
    if schema.get("properties"):
        found["properties"] = {name: _schema(inner) for name, inner in schema["properties"].items()}
    if schema.get("required"):
        found["required"] = [*schema["required"]]
    return found
