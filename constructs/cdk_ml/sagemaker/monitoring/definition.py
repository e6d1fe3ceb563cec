"""Job definitions of Model Monitor: the four kinds differ in what they read, and in what the properties are called.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDataQualityJobDefinition.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.sagemaker.jobs.data import Data
from cdk_ml.sagemaker.monitoring.checks import (
    PROBLEMS,
    DataQualityCheck,
    ModelBiasCheck,
    ModelExplainabilityCheck,
    ModelQualityCheck,
    MonitorCheck,
)

_FOLDER = "/opt/ml/processing"

JobDefinition = (
    sagemaker.CfnDataQualityJobDefinition
    | sagemaker.CfnModelQualityJobDefinition
    | sagemaker.CfnModelBiasJobDefinition
    | sagemaker.CfnModelExplainabilityJobDefinition
)


def job_definition(
    scope: Construct,
    id: str,
    *,
    check: MonitorCheck,
    image_uri: str,
    endpoint_name: str,
    every_hours: int,
    output: dict[str, Any],
    **common: Any,
) -> JobDefinition:
    """Make the definition of one kind of job.

    :param image_uri: Model Monitor's image, or Clarify's.
    :param endpoint_name: whose capture is looked at.
    :param every_hours: how long ago the window of a run began.
    :param output: where reports go.
    :param common: resources, role, network and time, which all kinds call alike.
    """
    endpoint: dict[str, Any] = {"endpointName": endpoint_name, "localPath": f"{_FOLDER}/input/endpoint"}
    match check:
        case DataQualityCheck():
            return sagemaker.CfnDataQualityJobDefinition(
                scope,
                id,
                data_quality_app_specification={"imageUri": image_uri, "environment": _PUBLISH},
                data_quality_baseline_config={
                    **_constraints(check.baseline),
                    "statisticsResource": {"s3Uri": _object(check.baseline, "statistics.json")},
                },
                data_quality_job_input={"endpointInput": endpoint},
                data_quality_job_output_config=output,
                **common,
            )
        case ModelQualityCheck():
            answers = {
                "inferenceAttribute": check.inference,
                "probabilityAttribute": check.probability,
                "probabilityThresholdAttribute": check.positive_from,
                **_window(check.labels_after_hours, every_hours),
            }
            return sagemaker.CfnModelQualityJobDefinition(
                scope,
                id,
                model_quality_app_specification={
                    "imageUri": image_uri,
                    "problemType": PROBLEMS[check.problem],
                    "environment": _PUBLISH,
                },
                model_quality_baseline_config=_constraints(check.baseline),
                model_quality_job_input={
                    "endpointInput": {**endpoint, **answers},
                    "groundTruthS3Input": {"s3Uri": _object(check.ground_truth, "")},
                },
                model_quality_job_output_config=output,
                **common,
            )
        case ModelBiasCheck():
            return sagemaker.CfnModelBiasJobDefinition(
                scope,
                id,
                model_bias_app_specification={
                    "imageUri": image_uri,
                    "configUri": _object(check.config, ""),
                    "environment": _PUBLISH,
                },
                model_bias_baseline_config=_constraints(check.baseline),
                model_bias_job_input={
                    "endpointInput": {**endpoint, **_window(check.labels_after_hours, every_hours)},
                    "groundTruthS3Input": {"s3Uri": _object(check.ground_truth, "")},
                },
                model_bias_job_output_config=output,
                **common,
            )
        case ModelExplainabilityCheck():
            return sagemaker.CfnModelExplainabilityJobDefinition(
                scope,
                id,
                model_explainability_app_specification={
                    "imageUri": image_uri,
                    "configUri": _object(check.config, ""),
                    "environment": _PUBLISH,
                },
                model_explainability_baseline_config=_constraints(check.baseline),
                model_explainability_job_input={"endpointInput": endpoint},
                model_explainability_job_output_config=output,
                **common,
            )


_PUBLISH = {"publish_cloudwatch_metrics": "Enabled"}


def _constraints(baseline: Data) -> dict[str, Any]:
    return {"constraintsResource": {"s3Uri": _object(baseline, "constraints.json")}}


def _object(data: Data, name: str) -> str:
    return f"s3://{data.bucket.bucket_name}/{data.prefix}{name}"


def _window(labels_after_hours: int, every_hours: int) -> dict[str, str]:
    """Which answers a run looks at: those whose labels had time to come."""
    return {
        "startTimeOffset": f"-PT{labels_after_hours + every_hours}H",
        "endTimeOffset": f"-PT{labels_after_hours}H",
    }
