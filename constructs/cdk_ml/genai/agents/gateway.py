"""A gateway: the one address at which agents find tools, and where it is decided who may call them.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.agents.alarms import agent_alarms
from cdk_ml.genai.agents.authorizer import JwtAuthorizer, grant_signed, jwt_problems, render_authorizer
from cdk_ml.genai.agents.cedar import Caller
from cdk_ml.genai.agents.delivery import deliver_logs
from cdk_ml.genai.agents.names import PRINCIPAL, unique_hyphenated
from cdk_ml.genai.agents.policy_engine import AgentPolicyEngine
from cdk_ml.genai.agents.rate_limit import RateLimit, rate_problems
from cdk_ml.genai.agents.statements import identify, use_key_through_agentcore
from cdk_ml.genai.agents.targets import (
    GatewayTarget,
    LambdaTarget,
    McpTarget,
    configuration,
    credentials,
    target_problems,
    tool_names,
)
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace

_LONGEST_INSTRUCTIONS = 2_048
_SERVER_ERRORS = "SystemErrors"
INVOKE = ("bedrock-agentcore:InvokeGateway",)


class AgentGateway(Construct):
    """An MCP server that is made of functions, APIs and other MCP servers, each tool with the credentials it needs.

    Creates the gateway and its targets, under the workspace's key; a role that may call these functions, fetch these
    credentials and ask this policy engine, and nothing else; a log of its requests; and an alarm on its errors. Callers
    sign with IAM, and :meth:`grant_invoke` lets them, unless ``authorizer`` says whose tokens they show; there is no
    gateway without either. With semantic search an agent asks for the tools that fit, and its prompt does not carry all
    of them.

    Tool schemas and OpenAPI documents are looked at before anything is deployed, and so are the names that a model will
    be told.

    Idle cost: the alarm, 0.10 USD a month. What AWS charges for calls, searches and indexed tools is not among our
    facts.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import AgentGateway, LambdaTarget, Tool
    >>> from cdk_ml.workflow import Function
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> find_order = Tool(
    ...     name="find_order",
    ...     description="Finds an order by its number",
    ...     parameters={"order": {"type": "string", "description": "Number of the order"}},
    ...     required=["order"],
    ... )
    >>> gateway = AgentGateway(
    ...     stack,
    ...     "Gateway",
    ...     workspace=workspace,
    ...     targets=[
    ...         LambdaTarget(
    ...             name="orders",
    ...             function=Function(stack, "Orders", workspace=workspace, code="docs/examples/greeter"),
    ...             tools=[find_order],
    ...         )
    ...     ],
    ... )

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-create.html

    :ivar caller: how policies call whoever asks: ``IamEntity`` or ``OAuthUser``.
    :ivar tool_names: what policies may name: the targets, and ``<target>___<tool>`` as far as tools are known.
    :ivar open_targets: targets whose tools only the deployment knows.
    :ivar role: what it calls its targets with.
    :ivar log_group: the log of its requests.
    :ivar cfn_gateway: the gateway.
    :ivar cfn_targets: the targets by their names.
    :ivar cfn_rate_limit: the limit, if there is one.
    :ivar cfn_alarms: the alarms.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        targets: Sequence[GatewayTarget],
        authorizer: JwtAuthorizer | None = None,
        policy_engine: AgentPolicyEngine | None = None,
        semantic_search: bool = True,
        rate_limit: RateLimit | None = None,
        instructions: str | None = None,
    ) -> None:
        """
        :param workspace: key, alerts, tags and profile.
        :param targets: what the tools are.
        :param authorizer: whose tokens callers show; without it they sign with IAM.
        :param policy_engine: what decides on each call. Without it, who may call the gateway may call every tool.
        :param semantic_search: let agents search for tools by what they are for. It cannot be switched off later.
        :param rate_limit: how often each target may be called.
        :param instructions: what every agent is told about the tools as a whole.
        :raises cdk_ml.errors.ConfigurationError: for tools or documents that AgentCore or a model would refuse, or
            where the region has no gateways.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *_region_problems(self, rate_limit),
                *target_problems(targets),
                *jwt_problems(authorizer),
                *([] if rate_limit is None else rate_problems(rate_limit)),
                *_instruction_problems(instructions),
            ],
        )
        workspace.adopt(self)
        name = unique_hyphenated(self)
        self.caller: Caller = "IamEntity" if authorizer is None else "OAuthUser"
        self.tool_names = frozenset(told for target in targets for told in tool_names(target))
        self.open_targets = frozenset(target.name for target in targets if isinstance(target, McpTarget))
        self.role = workspace.role(
            self, "Role", service=PRINCIPAL, statements=_statements(name, workspace, targets, policy_engine)
        )
        engine = None if policy_engine is None else {"arn": policy_engine.policy_engine_arn, "mode": "ENFORCE"}
        self.cfn_gateway = agentcore.CfnGateway(
            self,
            "Resource",
            name=name,
            role_arn=self.role.role_arn,
            protocol_type="MCP",
            protocol_configuration=_protocol(semantic_search, instructions),
            authorizer_type="AWS_IAM" if authorizer is None else "CUSTOM_JWT",
            authorizer_configuration=render_authorizer(authorizer),
            policy_engine_configuration=engine,
            kms_key_arn=workspace.key.key_arn,
        )
        self.cfn_targets = self._targets(targets)
        self.cfn_rate_limit = None if rate_limit is None else self._limit(rate_limit)
        self.log_group = deliver_logs(self, workspace=workspace, resource_arn=self.gateway_arn)
        self.cfn_alarms = agent_alarms(
            self, metrics={_SERVER_ERRORS: self.metric(_SERVER_ERRORS)}, topic_arn=workspace.alert_topic.topic_arn
        )

    @property
    def gateway_arn(self) -> str:
        """ARN of the gateway."""
        return self.cfn_gateway.attr_gateway_arn

    @property
    def url(self) -> str:
        """Where agents find their tools, by MCP over HTTPS."""
        return self.cfn_gateway.attr_gateway_url

    def invoke_statement(self) -> Statement:
        """What an agent that signs with IAM needs to list and call the tools."""
        return Statement(actions=INVOKE, resources=[self.gateway_arn])

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` list and call the tools.

        :raises cdk_ml.errors.ConfigurationError: where callers show tokens, which IAM knows nothing of.
        """
        signs = self.caller == "IamEntity"
        return grant_signed(self, grantee, self.invoke_statement(), signs=signs, kind="gateway")

    def metric(self, name: str, *, statistic: str = "Sum") -> cloudwatch.Metric:
        """A metric of the gateway, such as ``Invocations``, ``Throttles``, ``UserErrors`` or ``Latency``."""
        return cloudwatch.Metric(
            namespace="AWS/Bedrock-AgentCore",
            metric_name=name,
            statistic=statistic,
            dimensions_map={"Operation": "InvokeGateway", "Protocol": "MCP", "Resource": self.gateway_arn},
        )

    def _targets(self, targets: Sequence[GatewayTarget]) -> dict[str, agentcore.CfnGatewayTarget]:
        scope = Construct(self, "Targets")
        return {
            target.name: agentcore.CfnGatewayTarget(
                scope,
                target.name,
                name=target.name,
                gateway_identifier=self.cfn_gateway.attr_gateway_identifier,
                target_configuration=configuration(target),
                credential_provider_configurations=credentials(target),
            )
            for target in targets
        }

    def _limit(self, limit: RateLimit) -> agentcore.CfnGatewayRateLimit:
        entries: list[dict[str, Any]] = [
            {"dimensions": {"targetName": name}, "requests": [{"rate": limit.requests, "period": limit.period}]}
            for name in self.cfn_targets
        ]
        made = agentcore.CfnGatewayRateLimit(
            self,
            "RateLimit",
            gateway_identifier=self.cfn_gateway.attr_gateway_identifier,
            dimension_keys=["targetName"],
            entries=entries,
        )
        for target in self.cfn_targets.values():
            made.add_resource_dependency(target)
        return made


def _statements(
    name: str, workspace: Workspace, targets: Sequence[GatewayTarget], engine: AgentPolicyEngine | None
) -> Iterator[Statement]:
    yield use_key_through_agentcore(workspace.key.key_arn)
    functions = [target.function.function_arn for target in targets if isinstance(target, LambdaTarget)]
    if functions:
        yield Statement(actions=["lambda:InvokeFunction"], resources=[*dict.fromkeys(functions)])
    others = [target for target in targets if not isinstance(target, LambdaTarget)]
    lent = [target.credential.outbound for target in others if target.credential is not None]
    if lent:
        yield identify(name)
    for outbound in lent:
        yield from outbound.statements(name)
    if engine is not None:
        yield from engine.evaluate_statements(name)


def _protocol(semantic_search: bool, instructions: str | None) -> dict[str, Any]:
    told = {"searchType": "SEMANTIC" if semantic_search else None, "instructions": instructions}
    return {"mcp": {key: value for key, value in told.items() if value is not None}}


def _region_problems(scope: Construct, rate_limit: RateLimit | None) -> Iterator[Problem]:
    types = ["AWS::BedrockAgentCore::Gateway", "AWS::BedrockAgentCore::GatewayTarget"]
    if rate_limit is not None:
        types.append("AWS::BedrockAgentCore::GatewayRateLimit")
    yield from region_problems(Stack.of(scope).region, *types)


def _instruction_problems(instructions: str | None) -> Iterator[Problem]:
    if instructions is not None and not is_token(instructions) and not 1 <= len(instructions) <= _LONGEST_INSTRUCTIONS:
        rule = "is nothing, or more than agents are told"
        fix = f"Use 1 to {_LONGEST_INSTRUCTIONS} characters"
        yield Problem("instructions", f"{len(instructions)} characters", rule, fix)
