"""What exists in the rehearsed account: resources, stacks and exports. Immutable: an operation makes a new world.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-overview.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk_ml.rehearsal.schemas import Schema

Claim = tuple[str, ...]
"""What only one resource can have: its type, the scope of its name, and the name."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Physical:
    """One resource as it exists.

    :ivar physical_id: what ``Ref`` returns.
    :ivar generation: how often it was replaced.
    :ivar properties: with every intrinsic function resolved.
    :ivar claim: what nobody else can have while it exists.
    :ivar named: the claim was made by the template, not by CloudFormation.
    :ivar needs: logical ids of what it depends on.
    :ivar child: path of the nested stack that it stands for.
    :ivar attributes: those that the service sets, as far as they were asked for.
    """

    stack: str
    logical_id: str
    type: str
    path: str
    physical_id: str
    generation: int
    properties: Mapping[str, Any]
    schema: Schema | None
    claim: Claim | None
    named: bool
    needs: tuple[str, ...]
    deletion_policy: str
    update_replace_policy: str
    child: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    def minutes(self, handler: str) -> int:
        """How long a handler may take at most; nothing for what is not really a resource."""
        if self.type == "AWS::CDK::Metadata" or self.child is not None:
            return 0
        return self.schema.minutes(handler) if self.schema is not None else _CUSTOM_RESOURCE_MINUTES


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StackState:
    """A stack as it exists.

    :ivar resources: by logical id, in the order they were made.
    :ivar exports: names and values.
    :ivar imports: names of the exports that it uses.
    :ivar parent: path of the stack it is nested in.
    """

    path: str
    name: str
    account: str
    region: str
    resources: Mapping[str, Physical]
    outputs: Mapping[str, Any]
    exports: Mapping[str, Any]
    imports: frozenset[str]
    parent: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything that exists.

    :ivar stacks: by their paths, in the order they were deployed.
    :ivar unmanaged: resources that belong to no stack any more.
    """

    stacks: Mapping[str, StackState] = field(default_factory=dict)
    unmanaged: tuple[Physical, ...] = ()

    def claims(self) -> dict[Claim, Physical]:
        """Who has what only one can have."""
        existing = (*self.unmanaged, *(r for stack in self.stacks.values() for r in stack.resources.values()))
        return {resource.claim: resource for resource in existing if resource.claim is not None}

    def importers(self, stack: StackState, export: str) -> tuple[str, ...]:
        """The other stacks in the same account and region that import an export of a stack."""
        place = (stack.account, stack.region)
        return tuple(
            other.path
            for other in self.stacks.values()
            if other.path != stack.path and (other.account, other.region) == place and export in other.imports
        )


# A custom resource has an hour to answer unless it says otherwise.
_CUSTOM_RESOURCE_MINUTES = 60
