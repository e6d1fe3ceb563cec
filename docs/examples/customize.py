"""A model that learns how the service desk answers, and is used only if a judge and people agree."""

import aws_cdk as cdk

from cdk_ml.genai import (
    FineTuning,
    FoundationModel,
    Judge,
    ModelCustomizationWorkflow,
    TokenCeiling,
    TrainingData,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Desk")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="desk", owner="service-ml", cost_center="4711"),
)
desk = ModelCustomizationWorkflow(
    stack,
    "Desk",
    workspace=workspace,
    base_model=FoundationModel("amazon.nova-lite-v1:0"),
    method=FineTuning(style="pairs", epochs=3),
    data=TrainingData(
        bucket=workspace.data_bucket, training="desk/train.jsonl", validation="desk/validation.jsonl", fewest=200
    ),
    judge=Judge(
        model=FoundationModel("amazon.nova-pro-v1:0"),
        bucket=workspace.data_bucket,
        questions="desk/questions.jsonl",
        least={"Builtin.Correctness": 0.85, "Builtin.ProfessionalStyleAndTone": 0.8},
    ),
    ceiling=TokenCeiling(usd=150, usd_per_million_tokens=2),
)
cdk.CfnOutput(stack, "InUse", value=desk.parameter_name)
cdk.CfnOutput(stack, "Reviews", value=desk.review.url)
app.synth()
