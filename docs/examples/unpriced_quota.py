"""A quota in USD for a model whose price nobody has said: it would never be spent."""

import aws_cdk as cdk

from cdk_ml.genai import FoundationModel, ModelGateway, Team, TeamQuota
from cdk_ml.workspace import CostTags, Profile, Workspace

stack = cdk.Stack(cdk.App(), "Models")
tags = CostTags(project="models", owner="ml-platform", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
poets = Team(
    name="poets",
    models=[FoundationModel("acme.poet-v1:0")],
    quota=TeamQuota(usd=100),
    tags=tags,
    role_arns=["arn:aws:iam::111111111111:role/poets"],
)
ModelGateway(stack, "Gateway", workspace=workspace, teams=[poets])
