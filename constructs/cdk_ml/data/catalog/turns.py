"""What changes Lake Formation's permissions, one after the other.

Lake Formation refuses changes of one resource's permissions at the same time; CloudFormation does not try again.
https://docs.aws.amazon.com/lake-formation/latest/dg/troubleshooting.html
"""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import CfnResource, Stack
from constructs import Construct, IConstruct

_ID = "LakeFormationTurns"


def take_turn(resource: CfnResource, after: Iterable[IConstruct]) -> None:
    """Let ``resource`` wait for what changed permissions before it in its stack, and for ``after``; once."""
    stack = Stack.of(resource)
    found = stack.node.try_find_child(_ID)
    turns = found if isinstance(found, _Turns) else _Turns(stack, _ID)
    turns.take(resource, after)


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
