"""Training every week: from new rows in a bucket to a version in the model registry that somebody approves.

    every Monday ──> pipeline
                       prepare ──> train ──> evaluate ──> accurate enough?
                          ▲                                   ├── yes ──> version, pending approval ──> registry
          rows in the data bucket                             └── no ───> the execution fails ──> alarm ──> alert topic

Idle cost: 1 USD a month for the key and 0.20 USD for the alarms; an execution takes three ml.m5.large for minutes.

Try it: ``cdk deploy TrainingPipeline``; put CSV files with a header and a column ``target`` under ``training/raw/`` of
the data bucket, and ``aws sagemaker start-pipeline-execution --pipeline-name`` with the name; the stack prints both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml import sagemaker
from cdk_ml.cost import MonthlyLimit
from cdk_ml.facts import images
from cdk_ml.workflow import Schedule
from cdk_ml.workspace import CostTags, Profile, Workspace

SCRIPTS = Path(__file__).parent / "scripts" / "training_pipeline"
SERVED_BY = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}


class TrainingPipeline(cdk.Stack):
    """A pipeline that prepares, trains and evaluates every week, and registers what is good enough."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="training-pipeline", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=100))
        group = sagemaker.ModelPackageGroup(self, "Models", workspace=workspace)
        image = images.built_in_algorithm("sklearn")
        runs_in: dict[str, Any] = {
            "workspace": workspace,
            "image": image,
            "compute": sagemaker.Compute(instance_type="ml.m5.large"),
        }
        prepare = sagemaker.ProcessingJob(
            self,
            "Prepare",
            script=sagemaker.Script(SCRIPTS / "prepare", "prepare.py"),
            inputs={"raw": sagemaker.Data(workspace.data_bucket, "training/raw/")},
            outputs=["train", "test"],
            **runs_in,
        )
        train = sagemaker.TrainingJob(
            self,
            "Train",
            script=sagemaker.Script(SCRIPTS / "train", "train.py"),
            inputs={"train": prepare.output("train")},
            hyperparameters={"regularization": 1.0},
            timeout_seconds=3_600,
            **runs_in,
        )
        evaluate = sagemaker.ProcessingJob(
            self,
            "Evaluate",
            script=sagemaker.Script(SCRIPTS / "evaluate", "evaluate.py"),
            inputs={"model": train.model, "test": prepare.output("test")},
            outputs=["report"],
            **runs_in,
        )
        judge = sagemaker.EvaluateStep(evaluate, [sagemaker.PropertyFile("Quality", "report", "evaluation.json")])
        accuracy = judge.value("Quality", "binary_classification_metrics.accuracy.value")
        good = sagemaker.Compare(accuracy, ">=", sagemaker.Parameter("LeastAccuracy", 0.9))
        register = sagemaker.RegisterModelStep(
            "Register",
            group.model_package_group_name,
            model=train.model,
            image=image,
            environment=SERVED_BY,
            instance_types=["ml.m5.large"],
            metrics=judge.location("Quality"),
        )
        bad = sagemaker.FailStep("NotGoodEnough", "The accuracy on the test rows is below LeastAccuracy")
        decide = sagemaker.ConditionStep("GoodEnough", [good], then=[register], otherwise=[bad])
        steps = [sagemaker.JobStep(prepare), sagemaker.JobStep(train), judge, decide]
        pipeline = sagemaker.Pipeline(self, "Pipeline", workspace=workspace, steps=steps)
        Schedule(self, "Weekly", workspace=workspace, expression="cron(0 3 ? * MON *)", target=pipeline.target)
        cdk.CfnOutput(self, "PipelineName", value=pipeline.pipeline_name)
        cdk.CfnOutput(self, "DataBucket", value=workspace.data_bucket.bucket_name)
