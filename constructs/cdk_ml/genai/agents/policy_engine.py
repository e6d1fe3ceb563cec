"""Which tools may be called by whom and with what: policies that no prompt can talk out of.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aws_cdk import Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.genai.agents.cedar import cedar_problems
from cdk_ml.genai.agents.names import arn_of, unique_word
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Statement, Workspace

if TYPE_CHECKING:
    from cdk_ml.genai.agents.gateway import AgentGateway

_EVALUATE = ("bedrock-agentcore:AuthorizeAction", "bedrock-agentcore:PartiallyAuthorizeActions")


class AgentPolicyEngine(Construct):
    """Policies in Cedar that a gateway asks before it calls a tool. What no policy permits is denied.

    Creates the engine, under the workspace's key. A gateway gets it as ``policy_engine``; then
    ``engine.add_policy(...)`` says who may call which tool with what input. The agent sees only the tools that it may
    call, and a prompt injection cannot change that: the gateway decides, not the model.

    Policies are read by Cedar's parser where ``cedarpy`` is installed, and by their structure where it is not; what
    they name has to exist at the gateway. AgentCore checks them against the types of the tools' inputs when it deploys
    them.

    Idle cost: nothing. What AWS charges for each decision is not among our facts.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import AgentGateway, AgentPolicyEngine, LambdaTarget, Tool
    >>> from cdk_ml.workflow import Function
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> engine = AgentPolicyEngine(stack, "Policies", workspace=workspace)
    >>> refund = Tool(
    ...     name="refund",
    ...     description="Pays an order back",
    ...     parameters={"order": {"type": "string"}, "amount": {"type": "integer"}},
    ...     required=["order", "amount"],
    ... )
    >>> gateway = AgentGateway(
    ...     stack,
    ...     "Gateway",
    ...     workspace=workspace,
    ...     targets=[
    ...         LambdaTarget(
    ...             name="orders",
    ...             function=Function(stack, "Orders", workspace=workspace, code="docs/examples/greeter"),
    ...             tools=[refund],
    ...         )
    ...     ],
    ...     policy_engine=engine,
    ... )
    >>> policy = engine.add_policy(
    ...     "SmallRefunds",
    ...     gateway=gateway,
    ...     statement=f'''permit(
    ...         principal is AgentCore::IamEntity,
    ...         action == AgentCore::Action::"orders___refund",
    ...         resource == AgentCore::Gateway::"{gateway.gateway_arn}"
    ...     ) when {{ context.input.amount <= 100 }};''',
    ... )

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-core-concepts.html

    :ivar cfn_engine: the engine.
    """

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace) -> None:
        """
        :param workspace: key and tags.
        :raises cdk_ml.errors.ConfigurationError: where the region has no policy engines.
        """
        super().__init__(scope, id)
        types = ("AWS::BedrockAgentCore::PolicyEngine", "AWS::BedrockAgentCore::Policy")
        reject(self, region_problems(Stack.of(self).region, *types))
        workspace.adopt(self)
        self.cfn_engine = agentcore.CfnPolicyEngine(
            self, "Resource", name=unique_word(self), encryption_key_arn=workspace.key.key_arn
        )

    @property
    def policy_engine_arn(self) -> str:
        """ARN of the engine."""
        return self.cfn_engine.attr_policy_engine_arn

    def add_policy(
        self,
        id: str,
        *,
        gateway: AgentGateway,
        statement: str,
        mode: Literal["ACTIVE", "LOG_ONLY"] = "ACTIVE",
    ) -> agentcore.CfnPolicy:
        """Permit or forbid calls of a gateway's tools.

        :param id: id of the policy in the engine.
        :param gateway: whose tools it is about. Its targets are made first: AgentCore compares the policy with them.
        :param statement: the policy in Cedar.
        :param mode: ``LOG_ONLY`` says in the traces what it would decide, and decides nothing.
        :raises cdk_ml.errors.ConfigurationError: for what is no policy, names no tool of the gateway, or is about
            callers that the gateway does not have.
        """
        path = f"{self.node.path}/{id}"
        problems = cedar_problems(
            "statement",
            statement,
            caller=gateway.caller,
            tools=gateway.tool_names,
            open_targets=gateway.open_targets,
        )
        reject(path, problems)
        scope = Construct(self, id)
        policy = agentcore.CfnPolicy(
            scope,
            "Resource",
            name=unique_word(scope),
            policy_engine_id=self.cfn_engine.attr_policy_engine_id,
            definition={"cedar": {"statement": statement}},
            enforcement_mode=mode,
            validation_mode="FAIL_ON_ANY_FINDINGS",
        )
        for target in gateway.cfn_targets.values():
            policy.add_resource_dependency(target)
        return policy

    def evaluate_statements(self, gateway_name: str) -> list[Statement]:
        """What a gateway needs to ask the engine.

        :param gateway_name: the name of the gateway.
        """
        arn = self.policy_engine_arn
        return [
            Statement(actions=["bedrock-agentcore:GetPolicyEngine"], resources=[arn]),
            Statement(
                actions=_EVALUATE,
                resources=[arn, arn_of("gateway", f"{gateway_name}-*")],
                wildcard="AgentCore adds ten characters that it chooses to a gateway's name, after its role is there. "
                "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-permissions.html",
            ),
        ]
