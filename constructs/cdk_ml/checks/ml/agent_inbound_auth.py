"""A gateway without an authorizer answers whoever finds its address, with the permissions of its role. An authorizer
that asks for no audience and no client lets in every token of its provider, also those for other applications.

A runtime without an authorizer asks for IAM's signatures, which is well.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-inbound-auth.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get

_LIMITS = ("AllowedAudience", "AllowedClients", "CustomClaims")


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if resource.properties.get("AuthorizerType") == "NONE":
        yield "whoever finds this gateway's address can call its tools"
    jwt = get(resource.properties, "AuthorizerConfiguration", "CustomJWTAuthorizer")
    if jwt is not None and not any(get(jwt, name) for name in _LIMITS):
        yield "every token of the provider is let in, whomever it is for"


RULE = Rule(
    id="ML-AgentInboundAuth",
    title="Agents and their tools know who calls them",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-inbound-auth.html",
    resource_types=(
        "AWS::BedrockAgentCore::Gateway",
        "AWS::BedrockAgentCore::Harness",
        "AWS::BedrockAgentCore::Runtime",
    ),
    check=_check,
    fix="Use AWS_IAM, or CUSTOM_JWT with AllowedAudience or AllowedClients",
    good=example("AWS::BedrockAgentCore::Gateway", Name="g", RoleArn="r", AuthorizerType="AWS_IAM"),
    bad=example("AWS::BedrockAgentCore::Gateway", Name="g", RoleArn="r", AuthorizerType="NONE"),
)
