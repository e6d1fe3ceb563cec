"""The function of a gateway: what it knows, what it may do besides asking models, and where it is.

https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.guardrails.attachment import guardrail_environment
from cdk_ml.genai.models.endpoints import bedrock_services
from cdk_ml.genai.parameters import parameter_arn
from cdk_ml.tokens import outside
from cdk_ml.workflow import StreamingFunction
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement, Workspace

_TIMEOUT_SECONDS = 300
# Lambda takes 6 MB, with the body as a text within it, whose quotation marks take two bytes each.
_MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimit:
    """What one call may be at most, whoever asks.

    :param max_tokens: tokens of an answer; as many are reserved from the quota until the call is over, unless the
        caller asks for less.
    :param max_bytes: bytes of a request.
    """

    max_tokens: int = 4_096
    max_bytes: int = 1_000_000


def gateway_function(
    scope: Construct,
    id: str,
    *,
    workspace: Workspace,
    table: dynamodb.CfnTable,
    parameters: Iterable[ssm.CfnParameter],
    guardrail: GuardrailBase | None,
    call: CallLimit,
    namespace: str,
) -> StreamingFunction:
    """Make the function, without what lets it ask models."""
    known = [*parameters]
    private = workspace.profile.private_functions
    if private:
        workspace.add_dynamodb_endpoint()
    return StreamingFunction(
        scope,
        id,
        workspace=workspace,
        code=runtime_code("model_gateway"),
        statements=[
            Statement(actions=["ssm:GetParameters"], resources=[*map(parameter_arn, known)]),
            Statement(actions=["dynamodb:GetItem", "dynamodb:UpdateItem"], resources=[table.attr_arn]),
            *([] if guardrail is None else guardrail.apply_statements()),
        ],
        environment={
            "PARAMETERS": ",".join(parameter.ref for parameter in known),
            "TABLE": table.ref,
            "MAX_TOKENS": str(call.max_tokens),
            "MAX_BYTES": str(call.max_bytes),
            "NAMESPACE": namespace,
            "GATEWAY": scope.node.path,
            **guardrail_environment(guardrail),
        },
        timeout_seconds=_TIMEOUT_SECONDS,
        memory_mib=512,
        services={**bedrock_services(), "Ssm": ec2.InterfaceVpcEndpointAwsService.SSM} if private else None,
    )


def call_problems(call: CallLimit) -> Iterator[Problem]:
    """What a model would not write, or a function not be sent."""
    if outside(call.max_tokens, 1, 128_000):
        yield Problem("call.max_tokens", call.max_tokens, "is not a length of an answer", "Use 1 to 128000")
    if outside(call.max_bytes, 1_000, _MOST_BYTES):
        fix = f"Use 1000 to {_MOST_BYTES}"
        yield Problem("call.max_bytes", call.max_bytes, "is not a size that a function is sent", fix)
