"""The experiment in which each execution of a pipeline is a trial.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-experiments.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Aws

from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement


def experiment_options(name: str | None) -> dict[str, Any]:
    """The experiment of a pipeline, in which each execution is a trial."""
    if name is None:
        return {}
    trial = {"Get": "Execution.PipelineExecutionId"}
    return {"PipelineExperimentConfig": {"ExperimentName": name, "TrialName": trial}}


def experiment_statements(name: str | None) -> list[Statement]:
    """What a pipeline needs to make the experiment and its trials."""
    if name is None:
        return []
    base = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    reason = (
        "SageMaker names trials and their components after executions, which nobody knows beforehand. "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-experiments.html"
    )
    names = sorted({name, name if is_token(name) else name.lower()})
    experiments = [f"{base}:experiment/{each}" for each in names]
    return [
        Statement(
            actions=["sagemaker:CreateExperiment", "sagemaker:DescribeExperiment", "sagemaker:AddTags"],
            resources=experiments,
        ),
        Statement(
            actions=["sagemaker:CreateTrial"], resources=[*experiments, f"{base}:experiment-trial/*"], wildcard=reason
        ),
        Statement(actions=["sagemaker:DescribeTrial"], resources=[f"{base}:experiment-trial/*"], wildcard=reason),
        Statement(
            actions=["sagemaker:AssociateTrialComponent"],
            resources=[f"{base}:experiment-trial/*", f"{base}:experiment-trial-component/*"],
            wildcard=reason,
        ),
        Statement(
            actions=["sagemaker:DescribeTrialComponent", "sagemaker:UpdateTrialComponent"],
            resources=[f"{base}:experiment-trial-component/*"],
            wildcard=reason,
        ),
    ]
