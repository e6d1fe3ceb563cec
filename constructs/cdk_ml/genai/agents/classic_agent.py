"""Agents Classic, for those who had agents before AgentCore: instructions, action groups and other agents.

https://docs.aws.amazon.com/bedrock/latest/userguide/agents.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Names, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.agents.tools import Tool
from cdk_ml.genai.guardrails.applied import GuardrailBase, render_applied
from cdk_ml.genai.guardrails.attachment import NoGuardrail, acknowledge_none, chosen_guardrail
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.genai.texts import repeated
from cdk_ml.lifecycle import closed_problems, warn_of_closing
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow import Function
from cdk_ml.workspace import Statement, Workspace, acknowledge
from cdk_ml.workspace.statements import use_key

SERVICE = "bedrock-agents"
"""Its key among the facts about services that closed."""

_PRINCIPAL = "bedrock.amazonaws.com"
_NAME = re.compile(r"([0-9a-zA-Z][_-]?){1,100}")
_TYPES = ("array", "boolean", "integer", "number", "string")
_SHORTEST_INSTRUCTION = 40
_SHORTEST, _LONGEST = 60, 5_400
_COLLABORATE = ("bedrock:GetAgentAlias", "bedrock:InvokeAgent")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionGroup:
    """What a function can do for a classic agent.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/agents-action-create.html

    :param name: letters, digits, and single hyphens or underscores between them.
    :param function: what does it; ``event["function"]`` says what was asked for.
    :param functions: what can be asked for. Their parameters are plain: no objects.
    """

    name: str
    function: Function | lambda_.IFunction
    functions: Sequence[Tool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborator:
    """An agent that another one asks.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/agents-multi-agent-collaboration.html

    :param name: what the supervisor calls it.
    :param agent: the agent.
    :param instruction: when it is asked.
    """

    name: str
    agent: ClassicAgent
    instruction: str


class ClassicAgent(Construct):
    """A Bedrock agent of the kind that is closed to new customers; :class:`AgentRuntime` is what new ones are made of.

    Creates the agent, prepared and under the workspace's key; an alias ``live``; a role that asks this model, applies
    the guardrail and calls the aliases of its collaborators; and the permission to call the functions of its action
    groups. Accounts that used agents before they closed say ``existing_customer=True``, and are warned at each synth.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import ActionGroup, ClassicAgent, FoundationModel, Tool
    >>> from cdk_ml.workflow import Function
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> find = Tool(name="find", description="Finds an order", parameters={"order": {"type": "string"}})
    >>> agent = ClassicAgent(
    ...     stack,
    ...     "Agent",
    ...     workspace=workspace,
    ...     model=FoundationModel("amazon.nova-lite-v1:0"),
    ...     instruction="You help customers of a shop with their orders, and with nothing else.",
    ...     action_groups=[
    ...         ActionGroup(
    ...             name="orders",
    ...             function=Function(stack, "Orders", workspace=workspace, code="docs/examples/greeter"),
    ...             functions=[find],
    ...         )
    ...     ],
    ...     existing_customer=True,
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/agents-permission.html

    :ivar role: what the agent may do.
    :ivar guardrail: what its prompts and answers are held against, if anything is.
    :ivar cfn_agent: the agent.
    :ivar cfn_alias: the alias ``live``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        model: InvokableModel,
        instruction: str,
        guardrail: GuardrailBase | NoGuardrail | None = None,
        action_groups: Sequence[ActionGroup] = (),
        collaborators: Sequence[Collaborator] = (),
        idle_seconds: int = 600,
        existing_customer: bool = False,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param model: what it asks.
        :param instruction: what it is for, at least 40 characters.
        :param guardrail: what prompts and answers are held against; without one, the workspace's.
        :param action_groups: what it can do.
        :param collaborators: agents that it asks; it answers for them.
        :param idle_seconds: seconds without a request after which a session is forgotten, 60 to 5400.
        :param existing_customer: the account used agents before they closed.
        :raises cdk_ml.errors.ConfigurationError: for a new customer, or for what Bedrock would refuse.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(
            self,
            [
                *closed_problems(SERVICE, existing_customer=existing_customer),
                *region_problems(region, "AWS::Bedrock::Agent", "AWS::Bedrock::AgentAlias"),
                *model_problems(model, region, gives="text"),
                *_problems(instruction, idle_seconds),
                *_group_problems(action_groups),
                *_name_problems("collaborators", [collaborator.name for collaborator in collaborators]),
            ],
        )
        workspace.adopt(self)
        self.guardrail = chosen_guardrail(workspace, guardrail)
        applied = [] if self.guardrail is None else self.guardrail.apply_statements()
        aliases = [collaborator.agent.alias_arn for collaborator in collaborators]
        self.role = workspace.role(
            self,
            "Role",
            service=_PRINCIPAL,
            statements=[
                *model.invoke_statements(),
                *applied,
                *use_key(workspace.key.key_arn),
                *([Statement(actions=_COLLABORATE, resources=aliases)] if aliases else []),
            ],
        )
        self.cfn_agent = bedrock.CfnAgent(
            self,
            "Resource",
            agent_name=Names.unique_resource_name(self, max_length=100, separator="-"),
            agent_resource_role_arn=self.role.role_arn,
            foundation_model=model.model_id,
            instruction=instruction,
            auto_prepare=True,
            customer_encryption_key_arn=workspace.key.key_arn,
            idle_session_ttl_in_seconds=idle_seconds,
            guardrail_configuration=None if self.guardrail is None else render_applied(self.guardrail),
            action_groups=[_rendered(group) for group in action_groups] or None,
            agent_collaboration="SUPERVISOR" if collaborators else None,
            agent_collaborators=[_collaboration(collaborator) for collaborator in collaborators] or None,
        )
        self.cfn_alias = bedrock.CfnAgentAlias(
            self, "Alias", agent_id=self.cfn_agent.attr_agent_id, agent_alias_name="live"
        )
        for group in action_groups:
            self._permit(group)
        warn_of_closing(self, SERVICE)
        acknowledge_none(self.cfn_agent, guardrail)
        self._acknowledge()

    @property
    def alias_arn(self) -> str:
        """ARN of the alias, through which the agent is asked."""
        return self.cfn_alias.attr_agent_alias_arn

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` ask the agent."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["bedrock:InvokeAgent"], resource_arns=[self.alias_arn]
        )

    def _acknowledge(self) -> None:
        for resource in (self.cfn_agent, self.cfn_alias):
            acknowledge(
                resource,
                "The account used agents before they closed to new customers, as existing_customer=True says. "
                "https://docs.aws.amazon.com/bedrock/latest/userguide/agents.html",
                "Lifecycle-ClosedToNewCustomers",
            )

    def _permit(self, group: ActionGroup) -> None:
        lambda_.CfnPermission(
            self,
            f"Call{group.name}",
            action="lambda:InvokeFunction",
            function_name=group.function.function_arn,
            principal=_PRINCIPAL,
            source_account=Aws.ACCOUNT_ID,
            source_arn=self.cfn_agent.attr_agent_arn,
        )


def _rendered(group: ActionGroup) -> dict[str, Any]:
    return {
        "actionGroupName": group.name,
        "actionGroupExecutor": {"lambda": group.function.function_arn},
        "functionSchema": {"functions": [_function(tool) for tool in group.functions]},
    }


def _function(tool: Tool) -> dict[str, Any]:
    parameters = {
        name: {
            "type": schema["type"],
            "required": name in tool.required,
            **({"description": schema["description"]} if "description" in schema else {}),
        }
        for name, schema in tool.parameters.items()
    }
    return {"name": tool.name, "description": tool.description, **({"parameters": parameters} if parameters else {})}


def _collaboration(collaborator: Collaborator) -> dict[str, Any]:
    return {
        "collaboratorName": collaborator.name,
        "collaborationInstruction": collaborator.instruction,
        "agentDescriptor": {"aliasArn": collaborator.agent.alias_arn},
    }


def _problems(instruction: str, idle_seconds: int) -> Iterator[Problem]:
    if not is_token(instruction) and len(instruction) < _SHORTEST_INSTRUCTION:
        rule = f"has {len(instruction)} characters of at least {_SHORTEST_INSTRUCTION}"
        yield Problem("instruction", instruction, rule, "Say what the agent is for, and what it is not for")
    if outside(idle_seconds, _SHORTEST, _LONGEST):
        fix = f"Use {_SHORTEST} to {_LONGEST} seconds"
        yield Problem("idle_seconds", idle_seconds, "is not a time that a session is kept for", fix)


def _name_problems(argument: str, names: Sequence[str]) -> Iterator[Problem]:
    for name in names:
        if not is_token(name) and not _NAME.fullmatch(name):
            fix = "Use letters, digits, and single hyphens or underscores between them"
            yield Problem(argument, name, "is not a name that Bedrock takes", fix)
    for name in repeated(names):
        yield Problem(argument, name, "is there more than once", "Give each a name of its own")


def _group_problems(groups: Sequence[ActionGroup]) -> Iterator[Problem]:
    yield from _name_problems("action_groups", [group.name for group in groups])
    for group in groups:
        argument = f"action_groups[{group.name}]"
        if not group.functions:
            yield Problem(argument, group.functions, "has nothing to do", "Describe at least one function")
        yield from _name_problems(argument, [tool.name for tool in group.functions])
        for tool in group.functions:
            yield from _parameter_problems(f"{argument}.{tool.name}", tool.parameters)


def _parameter_problems(argument: str, parameters: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    yield from _name_problems(argument, [*parameters])
    for name, schema in parameters.items():
        kind = schema.get("type")
        if kind not in _TYPES:
            rule = "is not a type that classic agents know"
            yield Problem(f"{argument}[{name}].type", kind, rule, f"Use {', '.join(_TYPES)}")
