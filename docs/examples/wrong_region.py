"""A model that is asked through profiles only, and in a region that has another one."""

import aws_cdk as cdk

from cdk_ml.genai import ApplicationInferenceProfile, FoundationModel
from cdk_ml.workspace import CostTags, Profile, Workspace

stack = cdk.Stack(cdk.App(), "Support", env=cdk.Environment(region="eu-west-1"))
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="support", owner="care-ml", cost_center="4711"),
)
ApplicationInferenceProfile(stack, "Answers", workspace=workspace, source=FoundationModel("amazon.nova-2-lite-v1:0"))
