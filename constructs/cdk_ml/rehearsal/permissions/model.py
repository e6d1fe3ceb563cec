"""What a deployment needs, and the policy that allows exactly that.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk_ml.rehearsal.permissions.handlers import Operation


@dataclass(frozen=True, slots=True)
class Need:
    """One action that CloudFormation has to be allowed for one resource.

    :ivar stack: construct path of the stack.
    :ivar logical_id: ``""`` for what the template as a whole needs.
    :ivar path: construct path of the resource, or ``""``.
    :ivar operations: what it is needed for; none where CloudFormation itself needs it.
    :ivar action: ``s3:CreateBucket``.
    :ivar resources: ARNs of what it is done to. ``*`` stands for what only deployment knows; the environment is written
        as ``${AWS::Partition}``, ``${AWS::Region}`` and ``${AWS::AccountId}`` unless the stack is bound to one. The one
        entry ``*`` means that IAM cannot scope the action.
    :ivar passed_to: for ``iam:PassRole``: the services that the role is passed to.
    """

    stack: str
    logical_id: str
    path: str
    type: str
    operations: tuple[Operation, ...]
    action: str
    resources: tuple[str, ...]
    passed_to: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        return self.path or "/".join(part for part in (self.stack, self.logical_id) if part)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the policy.

    :ivar reason: why it reaches beyond named resources; ``""`` where it does not.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    passed_to: tuple[str, ...] = ()
    reason: str = ""

    def body(self) -> dict[str, Any]:
        """The statement as IAM takes it, with pseudo parameters in its resources."""
        body: dict[str, Any] = {"Sid": self.sid, "Effect": "Allow", "Action": _one_or_all(self.actions)}
        body["Resource"] = _one_or_all(self.resources)
        if self.passed_to:
            body["Condition"] = {"StringEquals": {"iam:PassedToService": _one_or_all(self.passed_to)}}
        return body


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the policy that its reader has to know.

    :ivar subject: the resource type or permission that it is about.
    :ivar incomplete: the policy may lack something because of it.
    """

    subject: str
    message: str
    incomplete: bool = False

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"


Document = Mapping[str, Any]


def _one_or_all(texts: tuple[str, ...]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)
