"""What roles of AgentCore may do: use the key through it, show who they are, write what they print.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrockagentcore.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws

from cdk_ml.genai.agents.names import arn_of
from cdk_ml.workspace import ANYTHING, Statement
from cdk_ml.workspace.statements import write_traces

_USE_KEY = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
# Tokens for a user that anybody may claim to be (...ForUserId) are not among them, as AWS advises.
_IDENTIFY = ("bedrock-agentcore:GetWorkloadAccessToken", "bedrock-agentcore:GetWorkloadAccessTokenForJWT")
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
_TRACES = ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments")
_RUNTIME_PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html"

CHOSEN_IDENTITY = (
    "AgentCore names the identity after its owner and adds ten characters that it chooses. "
    "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/get-workload-access-token.html"
)
"""Why the identity of a runtime or gateway cannot be named."""


def use_key_through_agentcore(key_arn: str, *, actions: Sequence[str] = _USE_KEY) -> Statement:
    """Let AgentCore, and nobody else, use the workspace's key for what it keeps."""
    return Statement(
        actions=actions,
        resources=[key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"bedrock-agentcore.{Aws.REGION}.amazonaws.com"}},
    )


def identify(name: str) -> Statement:
    """Get the token that says which runtime or gateway is asking.

    :param name: of the runtime or gateway.
    """
    return Statement(
        actions=_IDENTIFY,
        resources=[*own_identity(name)],
        wildcard=CHOSEN_IDENTITY,
    )


def observe(log_groups: str) -> list[Statement]:
    """Write logs, traces and the metrics of the agent's own SDK.

    :param log_groups: how the names of its log groups begin.
    """
    groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{log_groups}"
    return [
        Statement(
            actions=_LOGS,
            resources=[f"{groups}-*"],
            wildcard=f"AgentCore adds ten characters that it chooses, and names the streams. {_RUNTIME_PAGE}",
        ),
        Statement(
            actions=["logs:DescribeLogGroups"],
            resources=ANYTHING,
            wildcard=f"The runtime looks for its group among all, which takes no resource. {_RUNTIME_PAGE}",
        ),
        *write_traces(page=_RUNTIME_PAGE, actions=_TRACES),
        Statement(
            actions=["cloudwatch:PutMetricData"],
            resources=ANYTHING,
            conditions={"StringEquals": {"cloudwatch:namespace": "bedrock-agentcore"}},
            wildcard=f"PutMetricData takes no resource; the namespace is the condition. {_RUNTIME_PAGE}",
        ),
    ]


def own_identity(name: str) -> tuple[str, str]:
    """The directory of identities, and the identity that AgentCore makes for a runtime or gateway."""
    return arn_of("workload-identity-directory", "default"), arn_of(
        "workload-identity-directory", f"default/workload-identity/{name}-*"
    )
