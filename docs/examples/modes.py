"""One model, said once, and deployed in three ways."""

from dataclasses import replace

import aws_cdk as cdk

from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    AsyncEndpoint,
    Compute,
    Data,
    Model,
    RealTimeEndpoint,
    Scaling,
    ServerlessEndpoint,
    TransformJob,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Modes")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
)
model = Model.from_artifact(workspace.artifact_bucket, "churn/model.tar.gz", image=images.built_in_algorithm("xgboost"))
RealTimeEndpoint(
    stack,
    "Always",
    workspace=workspace,
    model=model,
    instance_type="ml.m5.large",
    scaling=Scaling(minimum=2, maximum=6, invocations_per_instance=600),
)
ServerlessEndpoint(stack, "Sometimes", workspace=workspace, model=replace(model, network_isolation=False))
AsyncEndpoint(
    stack,
    "InAQueue",
    workspace=workspace,
    model=model,
    instance_type="ml.m5.large",
    scaling=Scaling(minimum=0, maximum=4, backlog_per_instance=5),
)
TransformJob(
    stack,
    "Nightly",
    workspace=workspace,
    model=model,
    data=Data(workspace.data_bucket, "churn/customers/", content_type="text/csv"),
    compute=Compute(instance_type="ml.m5.large"),
)
app.synth()
