"""Proves that a role is allowed to deploy stacks: nothing that CloudFormation needs for them is denied.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk_ml.rehearsal.permissions import Denial, denied, execution_policy, load_policy
from cdk_ml.testing.subject import assembly_of, expect_none

if TYPE_CHECKING:
    from cdk_ml.testing.subject import Subject

Policy = Mapping[str, Any] | Path | str
"""A policy document, or the path of one."""


def assert_permitted(subject: Subject, policies: Policy | Iterable[Policy]) -> list[Denial]:
    """Fail when a role with these policies is denied something that creating, updating or deleting the stacks needs.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_sns as sns
    >>> from cdk_ml.testing import assert_permitted
    >>> stack = cdk.Stack(cdk.App(), "Alerts")
    >>> topic = sns.CfnTopic(stack, "Topic")
    >>> needed = {"Effect": "Allow", "Action": ["sns:*", "ssm:GetParameters"], "Resource": "*"}
    >>> assert_permitted(stack, {"Statement": needed})
    []
    >>> assert_permitted(stack, {"Statement": {"Effect": "Allow", "NotAction": "sns:TagResource", "Resource": "*"}})
    Traceback (most recent call last):
    AssertionError: The policies allow what CloudFormation needs: 1 problem
    - Alerts/Topic: create, update needs sns:TagResource on ...:Alerts-Topic-*: allowed by no statement.

    :param subject: a stack, an app, an assembly or the path of one.
    :param policies: all the policies of one role together: documents, or paths of them.
    :returns: what depends on conditions that only a request can meet.
    :raises AssertionError: one line for each resource and action that is denied.
    :raises cdk_ml.assembly.AssemblyError: for what is not a policy document.
    """
    given = [policies] if isinstance(policies, Mapping | Path | str) else policies
    documents = [document for policy in given for document in _documents(policy)]
    found = denied(execution_policy(assembly_of(subject)), documents)
    expect_none((str(each) for each in found if each.certain), "The policies allow what CloudFormation needs")
    return [each for each in found if not each.certain]


def _documents(policy: Policy) -> list[Mapping[str, Any]]:
    return [policy] if isinstance(policy, Mapping) else load_policy(Path(policy))
