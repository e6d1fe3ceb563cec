"""The side of a closed loop that has the registry and the pipeline: account 222222222222 deploys."""

import aws_cdk as cdk

from cdk_ml.facts import images
from cdk_ml.mlops import SharedRegistry
from cdk_ml.sagemaker import (
    Compute,
    Data,
    JobStep,
    ModelPackageGroup,
    ModelSharing,
    Pipeline,
    RegisterModelStep,
    TrainingJob,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

DEPLOYMENT = "222222222222"

app = cdk.App()
stack = cdk.Stack(app, "ChurnRegistry")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
)
image = images.built_in_algorithm("xgboost")
train = TrainingJob(
    stack,
    "Train",
    workspace=workspace,
    image=image,
    compute=Compute(instance_type="ml.m5.xlarge"),
    inputs={"train": Data(workspace.data_bucket, "churn/train/", content_type="text/csv")},
    hyperparameters={"objective": "binary:logistic", "num_round": 100},
)
models = ModelPackageGroup(
    stack,
    "Models",
    workspace=workspace,
    model_package_group_name="churn",
    sharing=ModelSharing(accounts=[DEPLOYMENT], may_deploy=True, artifacts=train.model.granted_prefix),
)
register = RegisterModelStep("Register", "churn", model=train.model, image=image, instance_types=["ml.m5.large"])
SharedRegistry(
    stack,
    "Shared",
    workspace=workspace,
    models=models,
    account=DEPLOYMENT,
    event_bus_name="churn-registry",
    pipeline=Pipeline(stack, "Pipeline", workspace=workspace, steps=[JobStep(train), register], pipeline_name="churn"),
    role_name="churn-retrain",
)
app.synth()
