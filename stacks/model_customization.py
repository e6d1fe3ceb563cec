"""A model of your own, which nobody uses before a judge and people have said yes; batches at night; open weights.

    train.jsonl ──> read ──> fine-tune ──> deploy ──> ask what it did not learn ──> judge ──> reviewers ──> in use
                      │ too dear, leaked, malformed            too low, or not wanted: taken down, alert topic
    tickets/*.jsonl ──> batch inference at two in the morning, at half the price ──> answers beside their prompts
    models/*/ ──> import of a model with open weights, billed by the minute that it answers

Idle cost: 1 USD a month for the key, less than 2 USD for the alarms; Bedrock's monthly fee for each model that is
kept. A deployment for on-demand inference costs nothing while nobody asks.

Try it: ``cdk deploy ModelCustomization``; put conversations under ``support/train.jsonl`` of the data bucket and
questions that are not among them under ``support/questions.jsonl``, invite a reviewer to the user pool, and start the
state machine. What reviewers approve is named in the parameter that the stack prints: ``Converse`` takes it.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.genai import (
    BatchInference,
    FineTuning,
    FoundationModel,
    Judge,
    ModelCustomizationWorkflow,
    ModelImport,
    TokenCeiling,
    TrainingData,
)
from cdk_ml.workspace import CostTags, Profile, Workspace


class ModelCustomization(cdk.Stack):
    """Fine-tuning with a judge and a review, batch inference and import, under one ceiling."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="model-customization", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=500))
        small, large = FoundationModel("amazon.nova-lite-v1:0"), FoundationModel("amazon.nova-pro-v1:0")
        customization = ModelCustomizationWorkflow(
            self,
            "Customization",
            workspace=workspace,
            base_model=small,
            method=FineTuning(epochs=2),
            data=TrainingData(bucket=workspace.data_bucket, training="support/train.jsonl"),
            judge=Judge(
                model=large,
                bucket=workspace.data_bucket,
                questions="support/questions.jsonl",
                least={"Builtin.Correctness": 0.8, "Builtin.FollowingInstructions": 0.8},
            ),
            ceiling=TokenCeiling(usd=200, usd_per_million_tokens=2),
        )
        BatchInference(
            self,
            "Summaries",
            workspace=workspace,
            model=small,
            bucket=workspace.data_bucket,
            prefix="tickets/",
            schedule="cron(0 2 * * ? *)",
        )
        imported = ModelImport(
            self, "Import", workspace=workspace, bucket=workspace.artifact_bucket, prefix="models/open/"
        )
        cdk.CfnOutput(self, "StateMachineArn", value=customization.machine.state_machine_arn)
        cdk.CfnOutput(self, "ModelParameter", value=customization.parameter_name)
        cdk.CfnOutput(self, "ReviewUrl", value=customization.review.url)
        cdk.CfnOutput(self, "ImportArn", value=imported.machine.state_machine_arn)
