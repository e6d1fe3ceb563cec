"""What can be done with a group of model versions, whether it was made here or is only known by name.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.sagemaker.names import named_arn, own_name
from cdk_ml.workflow import EventTrigger, Target
from cdk_ml.workspace import Statement, Workspace

READ_GROUP = ("sagemaker:DescribeModelPackageGroup",)
READ_VERSIONS = ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages")
REGISTER = ("sagemaker:AddTags", "sagemaker:CreateModelPackage")
DEPLOY = ("sagemaker:CreateModel", "sagemaker:UpdateModelPackage")
DECIDE = ("sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage")
DECISIONS = "SageMaker Model Package State Change"
"""What the events about versions are called."""

_VERSIONS = (
    "Versions are numbered as they are registered: nobody knows their ARNs beforehand; the group is named. "
    "https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-models.html"
)


class ApprovalStatus(StrEnum):
    """Whether a version may be deployed."""

    PENDING = "PendingManualApproval"
    """Somebody has to decide."""

    APPROVED = "Approved"
    """It may be deployed."""

    REJECTED = "Rejected"
    """It may not."""


def decided(model_package_group_name: str, statuses: Sequence[ApprovalStatus]) -> dict[str, list[str]]:
    """Pattern of events about versions of a group that get one of ``statuses``."""
    return {
        "ModelPackageGroupName": [model_package_group_name],
        "ModelApprovalStatus": [status.value for status in statuses],
    }


class ModelPackageGroupBase(Construct):
    """A group of model versions by name, with its permissions and its event.

    :ivar model_package_group_name: name of the group.
    :ivar account: id of the account that it is in; ``None`` for that of its stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        model_package_group_name: str | None,
        account: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.model_package_group_name = own_name(self, model_package_group_name)
        self.account = account
        self._workspace = workspace

    @property
    def model_package_group_arn(self) -> str:
        """ARN of the group."""
        return self._arn("model-package-group", "")

    @property
    def versions_arn(self) -> str:
        """ARN of all versions in the group, ending in ``*``."""
        return self._arn("model-package", "/*")

    def read_statements(self) -> list[Statement]:
        """What looks up the group and its versions, as a deployment does, needs this."""
        return [
            Statement(actions=READ_GROUP, resources=[self.model_package_group_arn]),
            Statement(actions=READ_VERSIONS, resources=[self.versions_arn], wildcard=_VERSIONS),
        ]

    def register_statements(self) -> list[Statement]:
        """What registers versions that wait for approval, as a pipeline does, needs this. It can approve none."""
        return [
            Statement(actions=READ_GROUP, resources=[self.model_package_group_arn]),
            Statement(
                actions=["sagemaker:CreateModelPackage"],
                resources=[self.versions_arn],
                conditions={"StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": [ApprovalStatus.PENDING.value]}},
                wildcard=_VERSIONS,
            ),
            Statement(actions=["sagemaker:AddTags"], resources=[self.versions_arn], wildcard=_VERSIONS),
        ]

    def approve_statements(self) -> list[Statement]:
        """Who approves and rejects versions needs this."""
        return [Statement(actions=DECIDE, resources=[self.versions_arn], wildcard=_VERSIONS)]

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` look up the group and its versions."""
        iam.Grant.add_to_principal(grantee=grantee, actions=[*READ_GROUP], resource_arns=[self.model_package_group_arn])
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*READ_VERSIONS], resource_arns=[self.versions_arn])

    def grant_approve(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` approve and reject versions."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*DECIDE], resource_arns=[self.versions_arn])

    def approval_trigger(
        self,
        id: str,
        *,
        target: Target,
        statuses: Sequence[ApprovalStatus] = (ApprovalStatus.APPROVED,),
        input_path: str | None = None,
    ) -> EventTrigger:
        """Start ``target`` whenever a version of this group is approved.

        SageMaker may send an event more than once: what is started has to bear that.

        :param id: id of the trigger in this group.
        :param statuses: further decisions that start it.
        :param input_path: JSONPath of the part of the event that the target gets, such as ``$.detail``.
        """
        return EventTrigger(
            self,
            id,
            workspace=self._workspace,
            source="aws.sagemaker",
            detail_types=[DECISIONS],
            detail=decided(self.model_package_group_name, statuses),
            input_path=input_path,
            target=target,
        )

    def _arn(self, resource: str, end: str) -> str:
        return named_arn(self, resource, self.model_package_group_name, end=end, account=self.account)
