"""The best of many models, within a sum, and a person who decides about it.

    start ──> tune: 20 models of a gradient boosted tree, 4 at a time, at most 5 USD
                │
                └──> ask the reviewers: use the best one? ──> page behind Cognito
                        ├── use it ──> the execution succeeds
                        └── leave it, or no answer in a day ──> the execution fails ──> alarm ──> alert topic

    notebook without internet, which stops when nobody uses it: to look at what was tried

Idle cost: 1 USD a month for the key, about 7 USD a month and zone for each private endpoint of the notebook, less
than 1 USD for the alarms; the notebook's ml.t3.medium costs by the hour while it runs.

Try it: ``cdk deploy ModelTuning``; put CSV files without a header, the label first, under ``tuning/train/`` and
``tuning/validation/`` of the data bucket, invite a reviewer to the user pool, and start the state machine.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml import sagemaker
from cdk_ml.cost import MonthlyLimit
from cdk_ml.facts import images
from cdk_ml.workflow import HumanReview, StateMachine
from cdk_ml.workspace import CostTags, Profile, Workspace


class ModelTuning(cdk.Stack):
    """Hyper-parameter tuning under a ceiling on cost, a review by people, and a notebook to look at the results."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="model-tuning", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=200))
        train = sagemaker.TrainingJob(
            self,
            "Train",
            workspace=workspace,
            image=images.built_in_algorithm("xgboost"),
            compute=sagemaker.Compute(instance_type="ml.m5.xlarge"),
            inputs={
                name: sagemaker.Data(workspace.data_bucket, f"tuning/{name}/", content_type="text/csv")
                for name in ("train", "validation")
            },
            hyperparameters={"objective": "binary:logistic", "num_round": 100, "eval_metric": "auc"},
            timeout_seconds=1_800,
        )
        tune = sagemaker.TuningJob(
            self,
            "Tune",
            workspace=workspace,
            training=train,
            ranges={
                "eta": sagemaker.ContinuousRange(0.01, 0.5, "Logarithmic"),
                "max_depth": sagemaker.IntegerRange(3, 9),
            },
            objective=sagemaker.Objective(metric="validation:auc", goal="Maximize"),
            max_jobs=20,
            max_parallel=4,
            cost_ceiling=sagemaker.CostCeiling(usd=5),
        )
        review = HumanReview(self, "Review", workspace=workspace)
        best = "$.Tune.BestTrainingJob"
        ask = review.task(self, "Ask", title="Use this model?", labels=["use it", "leave it"], text=best)
        decide = sfn.Choice(self, "Decide").when(
            sfn.Condition.string_equals("$.review.label", "use it"), sfn.Succeed(self, "Used")
        )
        machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=tune.task(self, "TuneModel").next(ask).next(decide.otherwise(sfn.Fail(self, "Left"))),
            statements=[*tune.run_statements(), *review.statements],
        )
        sagemaker.NotebookInstance(self, "Notebook", workspace=workspace, instance_type="ml.t3.medium")
        cdk.CfnOutput(self, "StateMachineArn", value=machine.state_machine_arn)
        cdk.CfnOutput(self, "ReviewUrl", value=review.url)
