"""What an agent remembers: the conversations as they were, and what a strategy makes of them.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.agents.delivery import deliver_logs
from cdk_ml.genai.agents.names import PRINCIPAL, unique_word_of_stack, word_problems
from cdk_ml.genai.agents.statements import use_key_through_agentcore
from cdk_ml.genai.models.invokable import grant
from cdk_ml.genai.texts import repeated
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

_REMEMBER = ("bedrock-agentcore:CreateEvent",)
_RECALL = (
    "bedrock-agentcore:GetEvent",
    "bedrock-agentcore:GetMemoryRecord",
    "bedrock-agentcore:ListEvents",
    "bedrock-agentcore:ListMemoryRecords",
    "bedrock-agentcore:ListSessions",
    "bedrock-agentcore:RetrieveMemoryRecords",
)
_ENCRYPT = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
_USE = ("kms:Decrypt", "kms:GenerateDataKey")
_SHORTEST, _LONGEST = 3, 365
_NAMESPACE = re.compile(r"[a-zA-Z0-9\-_/]*(?:\{[a-zA-Z][a-zA-Z0-9]*\}[a-zA-Z0-9\-_/]*)*")
_VARIABLES = ("actorId", "memoryStrategyId", "sessionId")
_PER_ACTOR = "/strategies/{memoryStrategyId}/actors/{actorId}"


class StrategyType(StrEnum):
    """What is made of conversations, by a model that AWS runs for it.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-strategies.html
    """

    SEMANTIC = "semantic"
    """Facts."""
    SUMMARY = "summary"
    """A summary of each session."""
    USER_PREFERENCE = "user-preference"
    """What somebody prefers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryStrategy:
    """What is made of conversations, and where it is found again.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-strategies.html

    :param type: what is made of them.
    :param name: letters, digits and underscores; without one, the type's.
    :param namespace: where it is kept, with ``{actorId}``, ``{sessionId}`` and ``{memoryStrategyId}``. Without one,
        under the strategy and the actor, and for summaries the session.
    """

    type: StrategyType
    name: str | None = None
    namespace: str | None = None


class AgentMemory(Construct):
    """Memory of agents: what was said, for some days, and what strategies make of it, under the workspace's key.

    Creates the memory; a role with which AgentCore encrypts it; and a log of what strategies did. What was said expires
    after ``expiry_days``; what was made of it stays until it is deleted. Each actor has a namespace of its own: an
    agent that asks for another actor's is asking for another person's. AgentCore's own models read the conversations
    for the strategies; no guardrail is between them, and none is needed, because nobody is answered.

    The memory goes with its stack where the workspace deletes data, and stays otherwise.

    Idle cost: nothing. What AWS charges for events and records is not among our facts.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import AgentMemory, MemoryStrategy, StrategyType
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> memory = AgentMemory(
    ...     stack,
    ...     "Memory",
    ...     workspace=workspace,
    ...     strategies=[
    ...         MemoryStrategy(type=StrategyType.SUMMARY),
    ...         MemoryStrategy(type=StrategyType.USER_PREFERENCE),
    ...     ],
    ... )

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-create-a-memory-store.html

    :ivar role: what AgentCore encrypts the memory with.
    :ivar log_group: what strategies did.
    :ivar cfn_memory: the memory.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        strategies: Sequence[MemoryStrategy] = (),
        expiry_days: int = 30,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param strategies: what is made of conversations; without any, they are kept and nothing else.
        :param expiry_days: days that conversations are kept, 3 to 365.
        :raises cdk_ml.errors.ConfigurationError: for what AgentCore would refuse, or where the region has no memories.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *region_problems(Stack.of(self).region, "AWS::BedrockAgentCore::Memory"),
                *_expiry_problems(expiry_days),
                *_strategy_problems(strategies),
            ],
        )
        workspace.adopt(self)
        self._key_arn = workspace.key.key_arn
        self.role = workspace.role(
            self, "Role", service=PRINCIPAL, statements=[use_key_through_agentcore(self._key_arn, actions=_ENCRYPT)]
        )
        self.cfn_memory = agentcore.CfnMemory(
            self,
            "Resource",
            name=unique_word_of_stack(self),
            event_expiry_duration=expiry_days,
            encryption_key_arn=self._key_arn,
            memory_execution_role_arn=self.role.role_arn,
            memory_strategies=[_rendered(strategy) for strategy in strategies] or None,
        )
        self.cfn_memory.apply_removal_policy(unless_creation_fails(workspace.removal_policy))
        self.log_group = deliver_logs(self, workspace=workspace, resource_arn=self.memory_arn)

    @property
    def memory_arn(self) -> str:
        """ARN of the memory."""
        return self.cfn_memory.attr_memory_arn

    @property
    def memory_id(self) -> str:
        """Id of the memory."""
        return self.cfn_memory.attr_memory_id

    def use_statements(self) -> list[Statement]:
        """What an agent needs to remember and to recall. It cannot make the memory forget."""
        return [
            Statement(actions=[*_REMEMBER, *_RECALL], resources=[self.memory_arn]),
            use_key_through_agentcore(self._key_arn, actions=_USE),
        ]

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` recall."""
        return self._grant(grantee, _RECALL)

    def grant_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` remember what is said."""
        return self._grant(grantee, _REMEMBER)

    def _grant(self, grantee: iam.IGrantable, actions: Sequence[str]) -> iam.Grant:
        grant(grantee, [use_key_through_agentcore(self._key_arn, actions=_USE)])
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*actions], resource_arns=[self.memory_arn])


def _rendered(strategy: MemoryStrategy) -> dict[str, Any]:
    kind, namespace = {
        StrategyType.SEMANTIC: ("semanticMemoryStrategy", _PER_ACTOR),
        StrategyType.SUMMARY: ("summaryMemoryStrategy", f"{_PER_ACTOR}/sessions/{{sessionId}}"),
        StrategyType.USER_PREFERENCE: ("userPreferenceMemoryStrategy", _PER_ACTOR),
    }[strategy.type]
    chosen = namespace if strategy.namespace is None else strategy.namespace
    return {kind: {"name": _name(strategy), "namespaces": [chosen]}}


def _name(strategy: MemoryStrategy) -> str:
    return strategy.type.value.replace("-", "_") if strategy.name is None else strategy.name


def _expiry_problems(days: int) -> Iterator[Problem]:
    if outside(days, _SHORTEST, _LONGEST):
        fix = f"Use {_SHORTEST} to {_LONGEST} days"
        yield Problem("expiry_days", days, "is not a time that AgentCore keeps conversations for", fix)


def _strategy_problems(strategies: Sequence[MemoryStrategy]) -> Iterator[Problem]:
    for name in repeated(map(_name, strategies)):
        yield Problem("strategies", name, "is the name of several strategies", "Give each a name of its own")
    for strategy in strategies:
        yield from word_problems("strategies.name", _name(strategy))
        if strategy.namespace is not None and not is_token(strategy.namespace):
            yield from _namespace_problems(strategy.namespace)


def _namespace_problems(namespace: str) -> Iterator[Problem]:
    argument = "strategies.namespace"
    known = ", ".join(f"{{{name}}}" for name in _VARIABLES)
    if not namespace or not _NAMESPACE.fullmatch(namespace):
        fix = f"Use letters, digits, -, _ and /, and {known}"
        yield Problem(argument, namespace, "is not a namespace that AgentCore takes", fix)
        return
    for name in re.findall(r"\{(\w+)\}", namespace):
        if name not in _VARIABLES:
            yield Problem(argument, f"{{{name}}}", "stands for nothing", f"Use {known}")
    if "{actorId}" not in namespace:
        rule = "keeps what was learned from all people in one place"
        yield Problem(argument, namespace, rule, "Put {actorId} into it")
