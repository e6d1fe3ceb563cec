"""Automated reasoning: rules in logic that answers are proven against.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-automated-reasoning-checks.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Names, RemovalPolicy, Stack
from aws_cdk import aws_bedrock as bedrock
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.texts import pattern_problems, text_problems, twice_problems
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Workspace

_NAME = re.compile(r"[0-9a-zA-Z\-_ ]+")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_RULE_ID = re.compile(r"[A-Z][0-9A-Z]{11}")
_LONGEST_NAME = 256
_LONGEST_IDENTIFIER = 64
_LONGEST_DESCRIPTION = 1_024
_LONGEST_EXPRESSION = 2_048
_MOST = {"rules": 500, "variables": 200, "types": 50}
_MOST_VALUES = 50
_MOST_POLICIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningVariable:
    """Something that answers say: a number, a yes or no, or one of the values of a type.

    :param name: letters, digits and underscores.
    :param type: ``BOOL``, ``INT``, ``NUMBER``, or the name of a type of your own.
    :param description: how people say it. This is what text is translated by.
    """

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningRule:
    """A rule that answers have to keep.

    :param rule_id: a letter and eleven letters or digits, all upper case.
    :param expression: the rule in SMT-LIB, such as ``(=> isFullTime (>= vacationDays 20))``.
    """

    rule_id: str
    expression: str


class AutomatedReasoningPolicy(Construct):
    """Rules in logic, published: what ``Guardrail(automated_reasoning=...)`` proves answers against.

    Creates the policy under the workspace's key, and a version of it. A version never changes: when the rules do,
    there is a new one, and guardrails move to it in the same deployment.

    Rules are usually made from a document in Bedrock's console, and exported from there.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import AutomatedReasoningPolicy, ReasoningRule, ReasoningVariable
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Assistant")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="assistant", owner="people-it", cost_center="4711"),
    ... )
    >>> leave = AutomatedReasoningPolicy(
    ...     stack,
    ...     "Leave",
    ...     workspace=workspace,
    ...     description="Who may take leave",
    ...     variables=[
    ...         ReasoningVariable(name="isFullTime", type="BOOL", description="Whether the employee works full time"),
    ...         ReasoningVariable(name="mayTakeLeave", type="BOOL", description="Whether the employee may take leave"),
    ...     ],
    ...     rules=[ReasoningRule(rule_id="FULLTIME0001", expression="(=> isFullTime mayTakeLeave)")],
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-automated-reasoning-checks.html

    :ivar cfn_policy: the policy.
    :ivar cfn_version: its version.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        rules: Sequence[ReasoningRule],
        variables: Sequence[ReasoningVariable],
        types: Mapping[str, Sequence[str]] | None = None,
        description: str = "",
        name: str | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param rules: up to 500 rules.
        :param variables: up to 200 variables that the rules are about.
        :param types: types of your own, each with its values.
        :param description: what the rules are about.
        :param name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what Bedrock would refuse, or a region without automated reasoning.
        """
        super().__init__(scope, id)
        own = types or {}
        reject(
            self,
            [
                *pattern_problems(
                    "name", name, _NAME, _LONGEST_NAME, "letters, digits, blanks, hyphens and underscores"
                ),
                *(text_problems("description", description, _LONGEST_DESCRIPTION) if description else ()),
                *_rule_problems(rules),
                *_variable_problems(variables, own),
                *_type_problems(own),
                *region_problems(Stack.of(self).region, "AWS::Bedrock::AutomatedReasoningPolicy"),
            ],
        )
        workspace.adopt(self)
        self.cfn_policy = bedrock.CfnAutomatedReasoningPolicy(
            self,
            "Resource",
            name=Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-") if name is None else name,
            description=description or None,
            kms_key_id=workspace.key.key_arn,
            policy_definition=_definition(rules, variables, own),
        )
        # Rules can be written again; a policy that was built or tested by hand could not be deleted otherwise.
        self.cfn_policy.apply_removal_policy(RemovalPolicy.DESTROY)
        self.cfn_version = bedrock.CfnAutomatedReasoningPolicyVersion(
            self,
            "Version",
            policy_arn=self.cfn_policy.attr_policy_arn,
            # It never changes by itself: another hash replaces it.
            last_updated_definition_hash=self.cfn_policy.attr_definition_hash,
        )

    @property
    def policy_arn(self) -> str:
        """ARN of the published version, as a guardrail takes it."""
        return f"{self.cfn_policy.attr_policy_arn}:{self.cfn_version.attr_version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomatedReasoning:
    """Policies that answers are proven against. It needs ``cross_region``.

    :param policies: one or two of them.
    :param confidence_threshold: how sure Bedrock has to be of what an answer means, 0 to 1, before it counts.
    """

    policies: Sequence[AutomatedReasoningPolicy]
    confidence_threshold: float = 0.9


def reasoning_problems(reasoning: AutomatedReasoning) -> Iterator[Problem]:
    """What Bedrock would refuse about the policies of a guardrail."""
    count = len(reasoning.policies)
    if not 1 <= count <= _MOST_POLICIES or len({policy.node.path for policy in reasoning.policies}) < count:
        rule = "is not the number of different policies that a guardrail takes"
        yield Problem("automated_reasoning.policies", count, rule, f"Name one to {_MOST_POLICIES}")
    if outside(reasoning.confidence_threshold, 0, 1):
        argument = "automated_reasoning.confidence_threshold"
        yield Problem(argument, reasoning.confidence_threshold, "is no share", "Give a number from 0 to 1")


def render_reasoning(reasoning: AutomatedReasoning) -> dict[str, Any]:
    """The policies of a guardrail as CloudFormation takes them."""
    return {
        "policies": [policy.policy_arn for policy in reasoning.policies],
        "confidenceThreshold": reasoning.confidence_threshold,
    }


def _definition(
    rules: Sequence[ReasoningRule], variables: Sequence[ReasoningVariable], types: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    return {
        "version": "1.0",
        "rules": [{"id": rule.rule_id, "expression": rule.expression} for rule in rules],
        "variables": [{"name": each.name, "type": each.type, "description": each.description} for each in variables],
        "types": [{"name": name, "values": [{"value": value} for value in values]} for name, values in types.items()],
    }


def _count_problems(argument: str, count: int) -> Iterator[Problem]:
    if count > _MOST[argument]:
        rule = f"are more than the {_MOST[argument]} that a policy takes"
        yield Problem(argument, count, rule, "Make two policies")


def _rule_problems(rules: Sequence[ReasoningRule]) -> Iterator[Problem]:
    if not rules:
        yield Problem("rules", [], "prove nothing", "Write a rule")
    yield from _count_problems("rules", len(rules))
    yield from twice_problems("rules.rule_id", (rule.rule_id for rule in rules), "rule")
    for rule in rules:
        if not is_token(rule.rule_id) and not _RULE_ID.fullmatch(rule.rule_id):
            fix = "Write it as FULLTIME0001: a letter and eleven letters or digits, all upper case"
            yield Problem("rules.rule_id", rule.rule_id[:60], "is not the id of a rule", fix)
        yield from text_problems("rules.expression", rule.expression, _LONGEST_EXPRESSION)


def _variable_problems(variables: Sequence[ReasoningVariable], types: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    if not variables:
        yield Problem("variables", [], "leave rules nothing to be about", "Declare what the rules name")
    yield from _count_problems("variables", len(variables))
    yield from twice_problems("variables.name", (each.name for each in variables), "variable")
    known = ("BOOL", "INT", "NUMBER", *types)
    for each in variables:
        yield from _identifier_problems("variables.name", each.name)
        yield from text_problems("variables.description", each.description, _LONGEST_DESCRIPTION)
        if not is_token(each.type) and each.type not in known:
            fix = f"Use one of {', '.join(known)}, or declare it in types"
            yield Problem("variables.type", each.type[:60], f"of {each.name} is not a type", fix)


def _type_problems(types: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    yield from _count_problems("types", len(types))
    for name, values in types.items():
        yield from _identifier_problems("types", name)
        if not 1 <= len(values) <= _MOST_VALUES:
            yield Problem("types", name, f"has {len(values)} values", f"Give a type 1 to {_MOST_VALUES} values")
        yield from twice_problems("types", values, "value")
        for value in values:
            yield from _identifier_problems("types", value)


def _identifier_problems(argument: str, name: str) -> Iterator[Problem]:
    allowed = "letters, digits and underscores, two or more, starting with a letter"
    yield from pattern_problems(argument, name, _IDENTIFIER, _LONGEST_IDENTIFIER, allowed)
