import aws_cdk as cdk

from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    Compare,
    Compute,
    ConditionStep,
    Data,
    FailStep,
    JobStep,
    JsonGet,
    Pipeline,
    ProcessingJob,
    Script,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

stack = cdk.Stack(cdk.App(), "Churn")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
)
prepare = ProcessingJob(
    stack,
    "Prepare",
    workspace=workspace,
    image=images.built_in_algorithm("sklearn"),
    script=Script("docs/examples/prepare", "prepare.py"),
    compute=Compute(instance_type="ml.m5.xlarge"),
    inputs={"raw": Data(workspace.data_bucket, "churn/raw/")},
    outputs=["train", "test"],
)
few = Compare(JsonGet("Prepare", "Counts", "rows"), "<", 1_000)
Pipeline(
    stack,
    "Pipeline",
    workspace=workspace,
    steps=[
        JobStep(prepare),
        ConditionStep("Enough", [few], then=[FailStep("TooFew", "There are too few rows", after=["Prepar"])]),
    ],
)
