"""A registry of model versions that training writes to and deployment reads from.

    training job ──> model package group ──> deployment (grant_read)

Idle cost: nothing.

Try it: ``cdk deploy ModelRegistry``.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct
from docs.examples.contributing.model_group import ModelGroup

from cdk_ml.workspace import CostTags, Profile, Workspace


class ModelRegistry(cdk.Stack):
    """The versions of one model, with their approvals."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        workspace = Workspace(
            self,
            "Workspace",
            profile=profile,
            tags=CostTags(project="model-registry", owner="ml-platform", cost_center="ml"),
        )
        group = ModelGroup(self, "Models", workspace=workspace, name="churn", description="Who will leave, and when")
        cdk.CfnOutput(self, "ModelGroupArn", value=group.cfn_group.attr_model_package_group_arn)
