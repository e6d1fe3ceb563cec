"""A monitor of an endpoint, and what starts retraining when data has drifted."""

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from cdk_ml.facts import images
from cdk_ml.sagemaker import Data, DataCapture, DataDrift, DataQuality, Model, ModelMonitor, RealTimeEndpoint
from cdk_ml.workflow import EventTrigger, StateMachine
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Churn")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
)
endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    workspace=workspace,
    model=Model.from_artifact(
        workspace.artifact_bucket, "churn/model.tar.gz", image=images.built_in_algorithm("xgboost")
    ),
    instance_type="ml.m7i.large",
    capture=DataCapture(percentage=20),
)
monitor = ModelMonitor(
    stack,
    "Monitor",
    workspace=workspace,
    source=endpoint,
    baseline=Data(workspace.data_bucket, "churn/train/"),
    kinds=[DataQuality(missing_share=0.02), DataDrift(share=0.25)],
    feature_names=["age", "minutes", "plan"],
    every_hours=24,
    wheels=Data(workspace.artifact_bucket, "evidently/"),
)
assert monitor.drift_alarm is not None
retrain = StateMachine(stack, "Retrain", workspace=workspace, definition=sfn.Pass(stack, "StartPipeline"))
EventTrigger(
    stack,
    "Drifted",
    workspace=workspace,
    source="aws.cloudwatch",
    detail_types=["CloudWatch Alarm State Change"],
    detail={"alarmName": [monitor.drift_alarm.ref], "state": {"value": ["ALARM"]}},
    target=retrain.target,
)
app.synth()
