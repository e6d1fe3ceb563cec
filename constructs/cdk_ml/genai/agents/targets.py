"""What a gateway makes tools of: Lambda functions, APIs with an OpenAPI document, and MCP servers.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-supported-targets.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import aws_lambda as lambda_

from cdk_ml.errors import Problem
from cdk_ml.genai.agents.credentials import ApiKeyCredential, OAuth2Credential
from cdk_ml.genai.agents.names import hyphenated_problems
from cdk_ml.genai.agents.openapi import openapi_problems, operation_ids
from cdk_ml.genai.agents.tools import SEPARATOR, Tool, rendered, tool_problems
from cdk_ml.genai.texts import repeated
from cdk_ml.tokens import is_token
from cdk_ml.workflow import Function

_LONGEST_TARGET = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaTarget:
    """A function whose tools you describe. The gateway calls it under its own role.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html

    :param name: how its tools begin, such as ``orders``.
    :param function: gets the input as its event; ``context.client_context.custom["bedrockAgentCoreToolName"]`` says
        which tool was called, as ``<target>___<tool>``.
    :param tools: what it can do.
    """

    name: str
    function: Function | lambda_.IFunction
    tools: Sequence[Tool]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApiTarget:
    """An API with an OpenAPI document: each of its operations is a tool.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-schema-openapi.html

    :param name: how its tools begin.
    :param document: the document, OpenAPI 3.0 or 3.1, or a file of JSON that holds it.
    :param credential: what the gateway shows to the API.
    """

    name: str
    document: Mapping[str, Any] | str | Path
    credential: ApiKeyCredential | OAuth2Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class McpTarget:
    """A server that speaks MCP. AgentCore asks it for its tools when the target is made or changed.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-target-MCPservers.html

    :param name: how its tools begin.
    :param endpoint: its address, over HTTPS.
    :param credential: what the gateway shows to the server, which for MCP are tokens; none where it asks for none.
    """

    name: str
    endpoint: str
    credential: OAuth2Credential | None = None


GatewayTarget = LambdaTarget | OpenApiTarget | McpTarget


def target_problems(targets: Sequence[GatewayTarget]) -> Iterator[Problem]:
    """What AgentCore or a model would refuse about targets."""
    if not targets:
        yield Problem("targets", targets, "leave the gateway without tools", "Give it at least one target")
    for name in repeated(target.name for target in targets):
        yield Problem("targets", name, "is the name of several targets", "Give each target a name of its own")
    for target in targets:
        yield from hyphenated_problems("targets.name", target.name, _LONGEST_TARGET)
        match target:
            case LambdaTarget(name=name, tools=tools):
                yield from tool_problems(name, tools)
            case OpenApiTarget(name=name):
                yield from _document_problems(name, target)
            case McpTarget(endpoint=endpoint):
                if not is_token(endpoint) and not endpoint.startswith("https://"):
                    fix = "Use an address that starts with https://"
                    yield Problem("targets.endpoint", endpoint, "is not where AgentCore can reach a server", fix)


def _document_problems(name: str, target: OpenApiTarget) -> Iterator[Problem]:
    argument = f"targets[{name}].document"
    try:
        document = read_document(target)
    except (OSError, ValueError) as error:
        fix = "Give a file of JSON, or the document itself; YAML has to be converted"
        yield Problem(argument, str(target.document), f"cannot be read: {error}", fix)
        return
    yield from openapi_problems(argument, document, name)


def read_document(target: OpenApiTarget) -> Any:
    """The OpenAPI document of a target."""
    document = target.document
    return document if isinstance(document, Mapping) else json.loads(Path(document).read_text("utf-8"))


def tool_names(target: GatewayTarget) -> Iterator[str]:
    """What a policy may name: the target, and its tools as far as they are known."""
    yield target.name
    match target:
        case LambdaTarget():
            yield from (f"{target.name}{SEPARATOR}{tool.name}" for tool in target.tools)
        case OpenApiTarget():
            yield from (f"{target.name}{SEPARATOR}{name}" for name in operation_ids(read_document(target)))


def configuration(target: GatewayTarget) -> dict[str, Any]:
    """The target as CloudFormation has it."""
    match target:
        case LambdaTarget():
            tools = [rendered(tool) for tool in target.tools]
            arn = target.function.function_arn
            return {"mcp": {"lambda": {"lambdaArn": arn, "toolSchema": {"inlinePayload": tools}}}}
        case OpenApiTarget():
            text = json.dumps(read_document(target), separators=(",", ":"), sort_keys=True)
            return {"mcp": {"openApiSchema": {"inlinePayload": text}}}
        case McpTarget():
            return {"mcp": {"mcpServer": {"endpoint": target.endpoint}}}


def credentials(target: GatewayTarget) -> list[dict[str, Any]] | None:
    """What the gateway shows to the target, as CloudFormation has it."""
    if isinstance(target, LambdaTarget):
        return [{"credentialProviderType": "GATEWAY_IAM_ROLE"}]
    return None if target.credential is None else [target.credential.outbound.configuration]
