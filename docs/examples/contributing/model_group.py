"""A group of model versions: what training writes to, and what deployment reads from.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-model-group.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace

READ_ACTIONS = ("sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup")
_NAME = re.compile(r"[a-zA-Z0-9](-?[a-zA-Z0-9]){0,62}")


class ModelGroup(Construct):
    """Versions of one model, each with its metrics and its approval.

    Creates a model package group. It stays when its stack goes, because the versions in it are the record of what
    was approved; a group that is empty comes down by hand.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> tags = CostTags(project="churn", owner="growth-ml", cost_center="4711")
    >>> workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
    >>> group = ModelGroup(stack, "Models", workspace=workspace, name="churn", description="Who will leave")

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-model-group.html

    :ivar cfn_group: the model package group.
    """

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace, name: str, description: str) -> None:
        """
        :param workspace: whose tags and profile apply.
        :param name: 1 to 63 letters, digits and single hyphens. Pipelines register versions by it.
        :param description: what the model is for, as the registry shows it.
        :raises cdk_ml.errors.ConfigurationError: a name or a description that SageMaker would refuse.
        """
        super().__init__(scope, id)
        reject(self, group_problems(name, description))
        workspace.adopt(self)
        self.cfn_group = sagemaker.CfnModelPackageGroup(
            self, "Resource", model_package_group_name=name, model_package_group_description=description
        )
        # SageMaker refuses to delete a group that has versions: with DESTROY, the stack would not come down.
        self.cfn_group.apply_removal_policy(RemovalPolicy.RETAIN)

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` look up the group and its versions."""
        versions = f"arn:{Aws.PARTITION}:sagemaker:{Stack.of(self).region}:{Aws.ACCOUNT_ID}:model-package"
        name = self.cfn_group.model_package_group_name
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[*READ_ACTIONS],
            # Versions are numbered as they are registered: nobody knows their ARNs beforehand.
            resource_arns=[self.cfn_group.attr_model_package_group_arn, f"{versions}/{name}/*"],
        )


def group_problems(name: str, description: str) -> Iterator[Problem]:
    """What SageMaker would refuse."""
    if not is_token(name) and not _NAME.fullmatch(name):
        rule = "is not a name that SageMaker takes"
        yield Problem("name", name, rule, "Use 1 to 63 letters, digits and single hyphens, none at an end")
    if not is_token(description) and len(description) > 1024:
        rule = f"has {len(description)} characters, but SageMaker takes 1024"
        yield Problem("description", description[:20] + "…", rule, "Shorten it")
