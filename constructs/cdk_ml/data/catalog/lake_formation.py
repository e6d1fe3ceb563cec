"""What Lake Formation asks of all that it guards: changes one after the other, and a permission to ask for data.

It refuses changes of one resource's permissions at the same time; CloudFormation does not try again.
https://docs.aws.amazon.com/lake-formation/latest/dg/troubleshooting.html
"""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import CfnResource, Stack
from constructs import Construct, IConstruct

from cdk_ml.workspace import ANYTHING, Statement

_ID = "LakeFormationTurns"


def take_turn(resource: CfnResource, after: Iterable[IConstruct]) -> None:
    """Let ``resource`` wait for what changed permissions before it in its stack, and for ``after``; once."""
    stack = Stack.of(resource)
    found = stack.node.try_find_child(_ID)
    turns = found if isinstance(found, _Turns) else _Turns(stack, _ID)
    turns.take(resource, after)


def ask_for_data() -> Statement:
    """Ask Lake Formation for credentials, which it gives for what is granted."""
    return Statement(
        actions=["lakeformation:GetDataAccess"],
        resources=ANYTHING,
        wildcard="The action takes no resource; what it gives access to is what Lake Formation's grants name. "
        "https://docs.aws.amazon.com/lake-formation/latest/dg/permissions-reference.html",
    )


class _Turns(Construct):
    """The turns of a stack, whichever of its lakes and crawlers they are about."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._last: CfnResource | None = None
        self._done: set[str] = set()

    def take(self, resource: CfnResource, after: Iterable[IConstruct]) -> None:
        address = resource.node.addr
        if address in self._done:
            return
        self._done.add(address)
        if self._last is not None:
            resource.add_resource_dependency(self._last)
        self._last = resource
        for each in after:
            resource.node.add_dependency(each)
