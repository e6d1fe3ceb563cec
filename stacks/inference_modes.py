"""One model, three ways to ask it that cost nothing while nobody does.

    caller ──> serverless endpoint ──────────────────> an answer within seconds, more after a pause
    caller ──> S3 ──> asynchronous endpoint, 0..2 ──> S3, and a topic that tells
    schedule, or objects in S3 ──> state machine ──> transform job ──> S3

Idle cost: 1 USD a month for the key, 0.80 USD for alarms, and two dashboards at 3 USD beyond the account's third. No
instance runs until a request comes.

Try it: put a scikit-learn model into a bucket, packed as its container expects, and ``cdk deploy InferenceModes
--parameters ModelBucket=my-models --parameters ModelKey=churn/model.tar.gz``. Then put CSV files under
``churn/customers/`` of the data bucket, and start the state machine, or wait for three in the morning.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.facts import images
from cdk_ml.sagemaker import AsyncEndpoint, Compute, Data, Model, Scaling, ServerlessEndpoint, TransformJob
from cdk_ml.workflow import Schedule, StateMachine
from cdk_ml.workspace import CostTags, Profile, Workspace


class InferenceModes(cdk.Stack):
    """A serverless endpoint, an asynchronous one that scales to zero, and a nightly transform job."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        workspace = Workspace(
            self,
            "Workspace",
            profile=profile,
            tags=CostTags(project="inference-modes", owner="ml-platform", cost_center="ml"),
            monthly_limit=MonthlyLimit(usd=100),
        )
        bucket = cdk.CfnParameter(self, "ModelBucket", description="Bucket that holds the model")
        key = cdk.CfnParameter(self, "ModelKey", description="Key of the model's .tar.gz archive in that bucket")
        models = s3.Bucket.from_bucket_name(self, "Models", bucket.value_as_string)
        sklearn = images.built_in_algorithm("sklearn")
        model = Model.from_artifact(models, key.value_as_string, image=sklearn)
        serverless = ServerlessEndpoint(
            self,
            "Serverless",
            workspace=workspace,
            # Serverless endpoints have no network of ours, and no isolation from others.
            model=Model.from_artifact(models, key.value_as_string, image=sklearn, network_isolation=False),
            memory_mb=2048,
            max_concurrency=10,
        )
        queued = AsyncEndpoint(
            self,
            "Async",
            workspace=workspace,
            model=model,
            instance_type="ml.m5.large",
            scaling=Scaling(minimum=0, maximum=2, backlog_per_instance=5),
        )
        score = TransformJob(
            self,
            "Score",
            workspace=workspace,
            model=model,
            data=Data(workspace.data_bucket, "churn/customers/", content_type="text/csv"),
            compute=Compute(instance_type="ml.m5.large"),
        )
        scoring = StateMachine(
            self,
            "Scoring",
            workspace=workspace,
            definition=score.task(self, "ScoreCustomers"),
            statements=score.run_statements(),
        )
        Schedule(self, "Nightly", workspace=workspace, expression="cron(0 3 * * ? *)", target=scoring.target)
        cdk.CfnOutput(self, "ServerlessEndpointName", value=serverless.endpoint_name)
        cdk.CfnOutput(self, "AsyncEndpointName", value=queued.endpoint_name)
        cdk.CfnOutput(self, "AsyncInputPrefix", value=f"s3://{queued.inputs.bucket.bucket_name}/{queued.inputs.prefix}")
