"""A graph that Glue could make no script of."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_ml.data import VisualJob
from cdk_ml.workspace import CostTags, Profile, Workspace

stack = cdk.Stack(cdk.App(), "Orders")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.SANDBOX,
    tags=CostTags(project="orders", owner="growth-ml", cost_center="4711"),
)
VisualJob(stack, "Clean", workspace=workspace, nodes="docs/examples/glue_studio/wrong.json")
