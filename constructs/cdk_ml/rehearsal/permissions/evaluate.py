"""What somebody's policy would deny of what a deployment needs, by IAM's own logic.

An explicit denial wins, then anything that allows, and the rest is denied. Needs are patterns, so an allowance has to
cover all that a need can be, and a denial may touch only a part of it. Libraries that simulate IAM ask about one known
ARN and one action, which a template seldom knows, so the statements are compared here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cdk_ml.assembly import AssemblyError
from cdk_ml.assembly.source import load_json
from cdk_ml.checks.values import items
from cdk_ml.rehearsal.permissions.match import Question, matches, matches_action
from cdk_ml.rehearsal.permissions.model import Need
from cdk_ml.rehearsal.permissions.policy import ExecutionPolicy

_PASSED_TO = "iam:passedtoservice"
_EQUAL = (
    "StringEquals",
    "StringLike",
    "StringEqualsIgnoreCase",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
)


class Verdict(StrEnum):
    """Why something is not surely allowed."""

    EXPLICIT = "denied by a statement"
    IMPLICIT = "allowed by no statement"
    CONDITION = "depends on a condition"


@dataclass(frozen=True, slots=True)
class Denial:
    """Something that CloudFormation needs and a policy does not surely allow.

    :ivar need: what is needed, and where.
    :ivar resource: the ARN of it that is not allowed.
    :ivar statement: the statement that decides, ``""`` where there is none.
    :ivar keys: the condition keys that it depends on.
    """

    need: Need
    resource: str
    verdict: Verdict
    statement: str = ""
    keys: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        return self.need.action

    @property
    def certain(self) -> bool:
        """Whether it is denied whatever the conditions come to."""
        return self.verdict is not Verdict.CONDITION

    def __str__(self) -> str:
        operations = ", ".join(self.need.operations) or "deployment"
        by = f" ({self.statement})" if self.statement else ""
        on = f" {', '.join(self.keys)}" if self.keys else ""
        return f"{self.need.where}: {operations} needs {self.action} on {self.resource}: {self.verdict}{on}{by}."


@dataclass(frozen=True, slots=True)
class _Statement:
    name: str
    body: Mapping[str, Any]

    @property
    def allows(self) -> bool:
        return bool(self.body["Effect"] == "Allow")

    @property
    def keys(self) -> tuple[str, ...]:
        condition = self.body.get("Condition") or {}
        return tuple(dict.fromkeys(key for operands in condition.values() for key in operands))

    def is_about(self, action: str) -> bool:
        excluded = _texts(self.body, "NotAction")
        if excluded:
            return not any(matches_action(action, pattern) for pattern in excluded)
        return any(matches_action(action, pattern) for pattern in _texts(self.body, "Action"))

    def reaches(self, resource: str) -> bool:
        # What is allowed has to cover the need; what is denied has to touch it. With NotResource it is the other way.
        question = Question.ALL if self.allows else Question.ANY
        excluded = _texts(self.body, "NotResource")
        if excluded:
            opposite = Question.ANY if self.allows else Question.ALL
            return not any(matches(resource, pattern, opposite) for pattern in excluded)
        return any(matches(resource, pattern, question) for pattern in _texts(self.body, "Resource"))

    def holds(self, need: Need) -> bool | None:
        """Whether the condition is met; None where only the request can tell."""
        condition = self.body.get("Condition")
        if not condition:
            return True
        known = need.passed_to and all(key.lower() == _PASSED_TO for key in self.keys)
        if not known or any(operator not in _EQUAL for operator in condition):
            return None
        wanted = [str(v) for operands in condition.values() for values in operands.values() for v in items(values)]
        return all(any(matches_action(service, pattern) for pattern in wanted) for service in need.passed_to)


def denied(policy: ExecutionPolicy, against: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[Denial]:
    """What of a policy's needs others would deny.

    :param against: a policy document, or all the documents that a role has.
    :returns: one denial for each resource, action and ARN, in the order of the templates.
    :raises AssemblyError: for what is not a policy document.
    """
    statements = tuple(_statements([against] if isinstance(against, Mapping) else against))
    about: dict[str, list[_Statement]] = {}
    found: dict[tuple[str, str, str, str], Denial] = {}
    for need in policy.needs:
        if need.action not in about:
            about[need.action] = [statement for statement in statements if statement.is_about(need.action)]
        for resource in need.resources:
            denial = _judge(need, resource, about[need.action])
            if denial is not None:
                found.setdefault((need.stack, need.logical_id, need.action, resource), denial)
    return list(found.values())


def load_policy(file: Path) -> list[Mapping[str, Any]]:
    """The documents in a file: a policy, or what ``aws iam get-policy-version`` and ``get-role-policy`` print.

    :raises AssemblyError: for a file that holds none.
    """
    content: Any = load_json(file)
    for wrapper in ("PolicyVersion", "Document", "PolicyDocument"):
        content = content.get(wrapper, content) if isinstance(content, Mapping) else content
    documents = [content]
    try:
        list(_statements(documents))
    except AssemblyError as error:
        raise AssemblyError(f"{file}: {error}") from None
    return documents


def _statements(documents: Iterable[Mapping[str, Any]]) -> Iterator[_Statement]:
    for document in documents:
        given = items(document.get("Statement")) if isinstance(document, Mapping) else []
        if not given:
            raise AssemblyError("not a policy document: it has no Statement. Give the JSON of an IAM policy.")
        for number, body in enumerate(given, start=1):
            name = f"statement {number}"
            if not isinstance(body, Mapping) or body.get("Effect") not in ("Allow", "Deny"):
                raise AssemblyError(f"not a policy document: {name} has no Effect of Allow or Deny.")
            for one in ("Action", "Resource"):
                if not _texts(body, one) and not _texts(body, f"Not{one}"):
                    raise AssemblyError(f"not a policy document: {name} has neither {one} nor Not{one}.")
            condition = body.get("Condition") or {}
            if not isinstance(condition, Mapping) or not all(isinstance(o, Mapping) for o in condition.values()):
                raise AssemblyError(f"not a policy document: {name} has a Condition that is none.")
            yield _Statement(str(body.get("Sid") or name), body)


def _judge(need: Need, resource: str, about: Iterable[_Statement]) -> Denial | None:
    reaching = [statement for statement in about if statement.reaches(resource)]
    undecided: _Statement | None = None
    for statement in (each for each in reaching if not each.allows):
        holds = statement.holds(need)
        if holds:
            return Denial(need, resource, Verdict.EXPLICIT, statement.name)
        undecided = undecided or (statement if holds is None else None)
    allowing = [(each, each.holds(need)) for each in reaching if each.allows]
    if not any(holds for _, holds in allowing):
        maybe = next((each for each, holds in allowing if holds is None), None)
        if maybe is None:
            return Denial(need, resource, Verdict.IMPLICIT)
        undecided = undecided or maybe
    if undecided is None:
        return None
    return Denial(need, resource, Verdict.CONDITION, undecided.name, undecided.keys)


def _texts(body: Mapping[str, Any], element: str) -> list[str]:
    return [each for each in items(body.get(element)) if isinstance(each, str)]
