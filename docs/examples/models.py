"""A support assistant: who asks which model, who pays for it, and who hears of it when it goes wrong."""

import aws_cdk as cdk

from cdk_ml.genai import (
    ApplicationInferenceProfile,
    CrossRegionProfile,
    FoundationModel,
    InvocationLogging,
    TokenAlarms,
)
from cdk_ml.workflow import Function
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Support", env=cdk.Environment(region="eu-west-1"))
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="support", owner="care-ml", cost_center="4711"),
)
answers = ApplicationInferenceProfile(
    stack,
    "Answers",
    workspace=workspace,
    source=CrossRegionProfile("amazon.nova-2-lite-v1:0", "eu"),
    tags=CostTags(project="support", owner="claims", cost_center="0815"),
)
vectors = FoundationModel("amazon.titan-embed-text-v2:0")

Function(
    stack,
    "Assistant",
    workspace=workspace,
    code="docs/examples/greeter",
    statements=[*answers.invoke_statements(), *vectors.invoke_statements()],
    environment={"ANSWERS": answers.model_id, "VECTORS": vectors.model_id},
)
TokenAlarms(stack, "Alarms", workspace=workspace, models=[answers, vectors], tokens_a_day=5_000_000)
InvocationLogging(stack, "Invocations", workspace=workspace)

app.synth()
