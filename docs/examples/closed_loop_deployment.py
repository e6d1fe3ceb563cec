"""The side of a closed loop that deploys: its registry and its pipeline are in account 111111111111."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_ml.facts import images
from cdk_ml.mlops import ClosedLoop, RegistryAccount, RemotePipeline, Serving
from cdk_ml.sagemaker import Data, ModelPackageGroup
from cdk_ml.workspace import CostTags, Profile, Workspace

REGISTRY = "111111111111"

app = cdk.App()
stack = cdk.Stack(app, "ChurnDeployment")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
)
loop = ClosedLoop(
    stack,
    "Loop",
    workspace=workspace,
    models=ModelPackageGroup.from_model_package_group_name(
        stack, "Models", "churn", workspace=workspace, account=REGISTRY
    ),
    serving=Serving(
        image=images.built_in_algorithm("xgboost"),
        artifacts=Data(s3.Bucket.from_bucket_name(stack, "Artifacts", "churn-artifacts"), "churn/"),
        instance_type="ml.m5.large",
    ),
    pipeline=RemotePipeline(account=REGISTRY, pipeline_name="churn", role_name="churn-retrain"),
    registry=RegistryAccount(event_bus_name="churn-registry", key_id="1234abcd-12ab-34cd-56ef-1234567890ab"),
)
for alarm, what in zip(loop.deployment.cfn_alarms, ("ServerErrors", "Latency"), strict=True):
    loop.retrain_on(what, alarm)
app.synth()
