"""Whether an OpenAPI document describes tools that AgentCore can offer, seen without any network.

AgentCore takes a part of OpenAPI: 3.0 and 3.1, JSON, plain schemas; each operation is a tool named by its
``operationId``. What it would refuse only at the deployment, or never tell, is found here.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-schema-openapi.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.genai.agents.tools import tool_name_problems
from cdk_ml.tokens import is_token

_METHODS = ("delete", "get", "head", "options", "patch", "post", "put", "trace")
_VERSION = re.compile(r"3\.[01]\.\d+")
_PLACES = ("cookie", "header", "path", "query")
_COMPOSED = ("allOf", "anyOf", "oneOf")
_IN_PATH = re.compile(r"\{([^{}]*)\}")
_JSON = "application/json"

Document = Mapping[str, Any]


def openapi_problems(argument: str, document: object, target: str) -> Iterator[Problem]:
    """Every reason why ``document`` is not one whose operations AgentCore can offer as tools.

    :param target: name of the target, which is part of the tools' names.
    """
    if not isinstance(document, Mapping):
        fix = "Give the whole document, as a mapping or as a file of JSON"
        yield Problem(argument, type(document).__name__, "is not an OpenAPI document", fix)
        return
    version = document.get("openapi")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        given = document.get("swagger", version)
        yield Problem(f"{argument}.openapi", given, "is not a version that AgentCore reads", "Use 3.0.x or 3.1.x")
    info = document.get("info")
    for name in ("title", "version"):
        if not isinstance(info, Mapping) or not isinstance(info.get(name), str):
            yield Problem(f"{argument}.info.{name}", info, "is missing", f"Give the document a {name}")
    yield from _server_problems(argument, document.get("servers"))
    yield from _reference_problems(argument, document, document)
    yield from _path_problems(argument, document, target)


def _server_problems(argument: str, servers: object) -> Iterator[Problem]:
    urls = [server.get("url") for server in servers if isinstance(server, Mapping)] if isinstance(servers, list) else []
    if not urls:
        yield Problem(f"{argument}.servers", servers, "do not say where the API is", 'Add {"url": "https://..."}')
    for url in urls:
        if not isinstance(url, str) or (not is_token(url) and not url.startswith("https://")):
            fix = "Write the whole address, with https://"
            yield Problem(f"{argument}.servers.url", url, "is not where AgentCore can reach the API", fix)


def _reference_problems(argument: str, document: Document, value: object) -> Iterator[Problem]:
    if isinstance(value, list):
        for item in value:
            yield from _reference_problems(argument, document, item)
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        if key == "$ref" and isinstance(inner, str):
            if resolved(document, value) is None:
                fix = "Refer to what is in the document, as in #/components/schemas/Order"
                yield Problem(f"{argument}.$ref", inner, "refers to nothing in the document", fix)
        elif key in _COMPOSED and isinstance(inner, list):
            fix = "Write one plain schema"
            yield Problem(f"{argument}.{key}", len(inner), "are schemas that AgentCore does not compose", fix)
        else:
            yield from _reference_problems(argument, document, inner)


def resolved(document: Document, value: object) -> Any:
    """What ``value`` stands for in the document; None where its reference leads nowhere."""
    seen: list[str] = []
    while isinstance(value, Mapping) and isinstance(value.get("$ref"), str):
        reference = value["$ref"]
        if not reference.startswith("#/") or reference in seen:
            return None
        seen.append(reference)
        value = document
        for step in reference.removeprefix("#/").split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            value = value.get(name) if isinstance(value, Mapping) else None
    return value


def operation_ids(document: Document) -> Iterator[str]:
    """The names of the tools that a document without problems describes."""
    for item in document["paths"].values():
        item = resolved(document, item)
        yield from (item[method]["operationId"] for method in _METHODS if method in item)


def _path_problems(argument: str, document: Document, target: str) -> Iterator[Problem]:
    paths = document.get("paths")
    if not isinstance(paths, Mapping) or not paths:
        yield Problem(f"{argument}.paths", paths, "have no operation", "Describe at least one operation")
        return
    seen: set[str] = set()
    for path, item in paths.items():
        where = f"{argument}.paths[{path}]"
        if not isinstance(path, str) or not path.startswith("/"):
            yield Problem(f"{argument}.paths", path, "is not a path", "Start it with a slash")
        if not isinstance(item := resolved(document, item), Mapping):
            yield Problem(where, item, "describes no operations", "Write a mapping of methods")
            continue
        for method in _METHODS:
            if method in item:
                operation = item[method]
                yield from _operation_problems(f"{where}.{method}", document, path, item, operation, target, seen)


def _operation_problems(
    where: str, document: Document, path: str, item: Document, operation: object, target: str, seen: set[str]
) -> Iterator[Problem]:
    if not isinstance(operation, Mapping):
        yield Problem(where, operation, "is not an operation", "Write a mapping")
        return
    name = operation.get("operationId")
    if not isinstance(name, str) or not name:
        yield Problem(f"{where}.operationId", name, "is missing: it is the name of the tool", "Give it one")
    elif name in seen:
        yield Problem(
            f"{where}.operationId", name, "is the name of another operation, too", "Give it a name of its own"
        )
    else:
        seen.add(name)
        yield from tool_name_problems(f"{where}.operationId", target, name)
    if not isinstance(operation.get("responses"), Mapping) or not operation["responses"]:
        yield Problem(f"{where}.responses", operation.get("responses"), "are missing", "Describe what it answers")
    parameters = [*_list(item.get("parameters")), *_list(operation.get("parameters"))]
    yield from _parameter_problems(where, path, [resolved(document, parameter) for parameter in parameters])
    body = resolved(document, operation.get("requestBody"))
    content = body.get("content") if isinstance(body, Mapping) else None
    if isinstance(body, Mapping) and (not isinstance(content, Mapping) or _JSON not in content):
        given = [*content] if isinstance(content, Mapping) else content
        yield Problem(f"{where}.requestBody.content", given, "is nothing that AgentCore sends", f"Use {_JSON}")


def _parameter_problems(where: str, path: str, parameters: list[Any]) -> Iterator[Problem]:
    in_path = set()
    for parameter in parameters:
        if not isinstance(parameter, Mapping):
            yield Problem(f"{where}.parameters", parameter, "is not a parameter", "Write a mapping")
            continue
        name, place = parameter.get("name"), parameter.get("in")
        if not isinstance(name, str) or place not in _PLACES:
            fix = f"Give it a name, and say with in where it goes: {', '.join(_PLACES)}"
            yield Problem(f"{where}.parameters", dict(parameter), "is not a parameter", fix)
        elif place == "path":
            in_path.add(name)
            if parameter.get("required") is not True:
                yield Problem(
                    f"{where}.parameters[{name}].required", parameter.get("required"), "is in the path", "Set it"
                )
    for name in _IN_PATH.findall(path):
        if name not in in_path:
            fix = f'Describe it with {{"name": "{name}", "in": "path", "required": true}}'
            yield Problem(f"{where}.parameters", name, "is in the path and not described", fix)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
