"""A flow: nodes and edges that are checked before they are deployed, published under an alias.

https://docs.aws.amazon.com/bedrock/latest/userguide/flows.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import Names, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.genai.flows.graph import ConditionEdge, DataEdge, flow_problems, render_edge
from cdk_ml.genai.flows.node import FlowNode
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.guardrails.attachment import NoGuardrail, acknowledge_none, chosen_guardrail
from cdk_ml.genai.models.invokable import grant
from cdk_ml.genai.texts import LONGEST_NAME, name_problems, text_problems
from cdk_ml.genai.versions import content_description
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

_LONGEST_DESCRIPTION = 200


class Flow(Construct):
    """Prompts, knowledge bases, functions and conditions, wired together and published.

    Creates the flow under the workspace's key, a version, an alias that callers use, and a role that may do what the
    nodes need and nothing else. A guardrail stands before every model that a node calls: the workspace's, if no other
    is named. Wires that hang in the air, circles, nodes that nothing reaches and types that do not fit are refused
    before anything is deployed.

    A version never changes. Whenever the flow does, there is a new one, the alias moves to it in the same deployment,
    and the old one goes afterwards.

    Idle cost: nothing beyond the guardrail.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import (
    ...     ConditionEdge,
    ...     ConditionNode,
    ...     DataEdge,
    ...     Flow,
    ...     FlowPort,
    ...     FoundationModel,
    ...     InputNode,
    ...     OutputNode,
    ...     Prompt,
    ...     PromptNode,
    ...     TextTemplate,
    ... )
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Assistant")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="assistant", owner="support", cost_center="4711"),
    ... )
    >>> intent, answer = (
    ...     Prompt(
    ...         stack,
    ...         id,
    ...         workspace=workspace,
    ...         template=TextTemplate(text=text, variables=["letter"]),
    ...         model=FoundationModel("amazon.nova-lite-v1:0"),
    ...     )
    ...     for id, text in (
    ...         ("Intent", "Is this about a refund? Say yes or no. {{letter}}"),
    ...         ("Answer", "Answer kindly: {{letter}}"),
    ...     )
    ... )
    >>> flow = Flow(
    ...     stack,
    ...     "Letters",
    ...     workspace=workspace,
    ...     nodes=[
    ...         InputNode(name="Start"),
    ...         PromptNode(name="Intent", prompt=intent),
    ...         ConditionNode(name="Route", inputs=[FlowPort("refund")], conditions={"refund": 'refund == "yes"'}),
    ...         PromptNode(name="Answer", prompt=answer),
    ...         OutputNode(name="Answered"),
    ...         OutputNode(name="ToPeople"),
    ...     ],
    ...     edges=[
    ...         DataEdge("Start.document", "Intent.letter"),
    ...         DataEdge("Intent.modelCompletion", "Route.refund"),
    ...         ConditionEdge("Route.refund", "ToPeople"),
    ...         ConditionEdge("Route.default", "Answer"),
    ...         DataEdge("Start.document", "Answer.letter"),
    ...         DataEdge("Answer.modelCompletion", "Answered.document"),
    ...         DataEdge("Start.document", "ToPeople.document"),
    ...     ],
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/flows-how-it-works.html

    :ivar guardrail: what stands before the models; none where no model is called, or where you said why.
    :ivar role: what the nodes run as.
    :ivar cfn_flow: the flow.
    :ivar cfn_version: its version.
    :ivar cfn_alias: the alias.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        nodes: Sequence[FlowNode],
        edges: Sequence[DataEdge | ConditionEdge],
        guardrail: GuardrailBase | NoGuardrail | None = None,
        description: str = "",
        alias_name: str = "live",
        role: iam.IRole | None = None,
        name: str | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param nodes: up to 40 nodes, of which one is an ``InputNode``.
        :param edges: up to 100 edges.
        :param guardrail: what stands before the models; without it the workspace's guardrail.
        :param description: what the flow is for.
        :param alias_name: what callers know the published version by.
        :param role: a role of your own, which is granted nothing.
        :param name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what Bedrock would refuse, or what could never run: every problem at
            once, with its fix.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *name_problems("name", name),
                *name_problems("alias_name", alias_name),
                *(text_problems("description", description, _LONGEST_DESCRIPTION) if description else ()),
                *flow_problems(nodes, edges),
                *region_problems(Stack.of(self).region, "AWS::Bedrock::Flow"),
            ],
        )
        workspace.adopt(self)
        asks = any(node.calls_model for node in nodes)
        self.guardrail = chosen_guardrail(workspace, guardrail) if asks else None
        statements = [*_once([*self._statements(nodes), *use_key(workspace.key.key_arn)])]
        self.role = role or workspace.role(self, "Role", service="bedrock.amazonaws.com", statements=statements)
        definition = {
            "nodes": [node.render(self.guardrail) for node in nodes],
            "connections": [render_edge(number, edge) for number, edge in enumerate(edges, start=1)],
        }
        self.cfn_flow = bedrock.CfnFlow(
            self,
            "Resource",
            name=Names.unique_resource_name(self, max_length=LONGEST_NAME, separator="-") if name is None else name,
            description=description or None,
            execution_role_arn=self.role.role_arn,
            customer_encryption_key_arn=workspace.key.key_arn,
            definition=definition,
        )
        self.cfn_version = bedrock.CfnFlowVersion(
            self,
            "Version",
            flow_arn=self.cfn_flow.attr_arn,
            # Prompts and guardrails move on without a change of the definition as it is known here: when the flow was
            # updated tells that they did.
            description=content_description(self, definition, self.cfn_flow.attr_updated_at),
        )
        self.cfn_alias = bedrock.CfnFlowAlias(
            self,
            "Alias",
            flow_arn=self.cfn_flow.attr_arn,
            name=alias_name,
            routing_configuration=[{"flowVersion": self.cfn_version.attr_version}],
        )
        if asks:
            acknowledge_none(self.cfn_flow, guardrail)

    @property
    def flow_arn(self) -> str:
        """ARN of the flow: what ``InvokeFlow`` takes as ``flowIdentifier``."""
        return self.cfn_flow.attr_arn

    @property
    def alias_arn(self) -> str:
        """ARN of the alias: what ``InvokeFlow`` takes as ``flowAliasIdentifier``."""
        return self.cfn_alias.attr_arn

    def invoke_statements(self) -> list[Statement]:
        """What a role needs to run the published version."""
        return [Statement(actions=["bedrock:InvokeFlow"], resources=[self.alias_arn])]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own run the published version."""
        grant(grantee, self.invoke_statements())

    def _statements(self, nodes: Sequence[FlowNode]) -> Iterator[Statement]:
        for node in nodes:
            yield from node.statements()
        if self.guardrail is not None:
            yield from self.guardrail.apply_statements()


def _once(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Each statement once, however many nodes need it."""
    seen: list[Statement] = []
    for statement in statements:
        if statement not in seen:
            seen.append(statement)
            yield statement
