"""A model that is registered only if it is fair, and explained: bias and SHAP as steps of the pipeline that trains it.

    train ──┬──> bias of data and answers, by group ──┐
            └──> what the answers depend on, by SHAP ─┴──> within the limits?
                                                             ├── yes ──> version with both reports, pending ──> registry
                                                             └── no ───> the execution fails ──> alarm ──> alert topic

Idle cost: 1 USD a month for the key and 0.10 USD for the alarms; an execution takes three ml.m5.xlarge for minutes.

Try it: ``cdk deploy ExplainedTraining``; put CSV files with a header and the columns ``target``, ``sex``, ``age`` and
``branch`` under ``loans/train/`` and ``loans/test/`` of the data bucket, and the wheels of SHAP under ``wheels/shap/``
of the artifact bucket, as the guide says; start the pipeline. Both reports are pages to read, in the data bucket.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml import sagemaker
from cdk_ml.cost import MonthlyLimit
from cdk_ml.facts import images
from cdk_ml.sagemaker import Facet, Limit
from cdk_ml.workspace import CostTags, Profile, Workspace

SCRIPTS = Path(__file__).parent / "scripts" / "training_pipeline"


class ExplainedTraining(cdk.Stack):
    """A pipeline that trains, reports on bias and on what answers depend on, and registers within limits only."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="explained-training", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=100))
        image = images.built_in_algorithm("sklearn")
        runs_in: dict[str, Any] = {
            "workspace": workspace,
            "image": image,
            "compute": sagemaker.Compute(instance_type="ml.m5.xlarge"),
        }
        train = sagemaker.TrainingJob(
            self,
            "Train",
            script=sagemaker.Script(SCRIPTS / "train", "train.py"),
            inputs={"train": sagemaker.Data(workspace.data_bucket, "loans/train/")},
            timeout_seconds=3_600,
            **runs_in,
        )
        model = sagemaker.AnalyzedModel(train.model)
        test = sagemaker.Data(workspace.data_bucket, "loans/test/")
        rows = sagemaker.LabeledData(test, label="target", excluded=["sex"])
        bias = sagemaker.BiasReport(
            self,
            "Bias",
            data=rows,
            predictions=model,
            facets=[Facet("sex", values=["female"]), Facet("age", threshold=60)],
            outcome=sagemaker.Outcome(values=[1]),
            limits=[Limit("DI", minimum=0.8, maximum=1.25), Limit("RD", minimum=-0.1, maximum=0.1, facet="sex")],
            **runs_in,
        )
        explain = sagemaker.ExplainabilityReport(
            self,
            "Explain",
            data=rows,
            model=model,
            shap=sagemaker.Shap(rows=500),
            limits=[Limit("branch", maximum=0.2)],
            wheels=sagemaker.Wheelhouse(sagemaker.Data(workspace.artifact_bucket, "wheels/shap/"), ["shap==0.50.0"]),
            **runs_in,
        )
        fair, explained = bias.step(), explain.step()
        group = sagemaker.ModelPackageGroup(self, "Models", workspace=workspace)
        register = sagemaker.RegisterModelStep(
            "Register",
            group.model_package_group_name,
            model=train.model,
            image=image,
            bias=fair.location("Analysis"),
            explainability=explained.location("Analysis"),
        )
        unfair = sagemaker.FailStep("Unfair", "A limit is not kept: see report.html of Bias and Explain")
        decide = sagemaker.ConditionStep("Fair", [bias.passed, explain.passed], then=[register], otherwise=[unfair])
        steps = [sagemaker.JobStep(train), fair, explained, decide]
        pipeline = sagemaker.Pipeline(self, "Pipeline", workspace=workspace, steps=steps)
        cdk.CfnOutput(self, "PipelineName", value=pipeline.pipeline_name)
