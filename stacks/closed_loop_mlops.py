"""A model that is deployed when it is approved, watched while it serves, and trained again when it is unwell.

    pipeline: train ──> version in the registry, pending ──> somebody approves ──> canary ──> endpoint
        ▲                                                                            │          │
        │                               an alarm during the canary: the version     ─┘          │
        │                               before stays, this one is rejected, the topic is told   │
        │                                                                                       │
        └── not while one runs, and not twice in twelve hours <── alarm on errors, latency or drift <── monitor

Idle cost: two ml.m5.large day and night once a version is approved (one in a sandbox), 1 USD a month for the key and
1.60 USD for the alarms. The monitor takes an ml.m5.xlarge for minutes a day.

Try it: ``cdk deploy ClosedLoopMlops``; put CSV files without a header, the label first, under ``loop/train/`` and
``loop/validation/`` of the data bucket, rows with a header under ``loop/baseline/``, and the wheels of Evidently under
``evidently/`` of the artifact bucket, as the guide of monitors says; ``aws sagemaker start-pipeline-execution
--pipeline-name`` with the name that the stack prints, and approve the version in the registry. Reject it there, and
the version before it is live again.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml import sagemaker
from cdk_ml.cost import MonthlyLimit
from cdk_ml.facts import images
from cdk_ml.mlops import ClosedLoop, Serving
from cdk_ml.workspace import CostTags, Profile, Workspace


class ClosedLoopMlops(cdk.Stack):
    """A pipeline that registers versions, an endpoint that follows approvals, and a monitor that starts over."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="closed-loop-mlops", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=300))
        models = sagemaker.ModelPackageGroup(self, "Models", workspace=workspace)
        image = images.built_in_algorithm("xgboost")
        train = sagemaker.TrainingJob(
            self,
            "Train",
            workspace=workspace,
            image=image,
            compute=sagemaker.Compute(instance_type="ml.m5.xlarge"),
            inputs={
                name: sagemaker.Data(workspace.data_bucket, f"loop/{name}/", content_type="text/csv")
                for name in ("train", "validation")
            },
            hyperparameters={"objective": "binary:logistic", "num_round": 100, "eval_metric": "auc"},
            timeout_seconds=3_600,
        )
        register = sagemaker.RegisterModelStep(
            "Register",
            models.model_package_group_name,
            model=train.model,
            image=image,
            instance_types=["ml.m5.large"],
        )
        pipeline = sagemaker.Pipeline(self, "Pipeline", workspace=workspace, steps=[sagemaker.JobStep(train), register])
        loop = ClosedLoop(
            self,
            "Loop",
            workspace=workspace,
            models=models,
            serving=Serving(image=image, artifacts=train.model, instance_type="ml.m5.large"),
            pipeline=pipeline,
            cool_down_hours=12,
            capture=sagemaker.DataCapture(percentage=max(20, profile.capture_percentage)),
        )
        assert loop.deployment.captured is not None
        monitor = sagemaker.ModelMonitor(
            self,
            "Monitor",
            workspace=workspace,
            source=loop.deployment.captured,
            baseline=sagemaker.Data(workspace.data_bucket, "loop/baseline/"),
            kinds=[sagemaker.DataQuality(), sagemaker.DataDrift(share=0.3)],
            wheels=sagemaker.Data(workspace.artifact_bucket, "evidently/"),
        )
        assert monitor.drift_alarm is not None
        loop.retrain_on("Drift", monitor.drift_alarm)
        for alarm, what in zip(loop.deployment.cfn_alarms, ("ServerErrors", "Latency"), strict=True):
            loop.retrain_on(what, alarm)
        cdk.CfnOutput(self, "PipelineName", value=pipeline.pipeline_name)
        cdk.CfnOutput(self, "EndpointName", value=loop.deployment.endpoint_name)
        cdk.CfnOutput(self, "DataBucket", value=workspace.data_bucket.bucket_name)
