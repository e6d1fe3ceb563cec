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

FOLDER = "/opt/ml/processing"
_PUBLISH = {"publish_cloudwatch_metrics": "Enabled"}

JobDefinition = (
    sagemaker.CfnDataQualityJobDefinition
    | sagemaker.CfnModelQualityJobDefinition
    | sagemaker.CfnModelBiasJobDefinition
    | sagemaker.CfnModelExplainabilityJobDefinition
)
_KINDS: dict[type[MonitorCheck], tuple[type[JobDefinition], str]] = {
    DataQualityCheck: (sagemaker.CfnDataQualityJobDefinition, "data_quality"),
    ModelQualityCheck: (sagemaker.CfnModelQualityJobDefinition, "model_quality"),
    ModelBiasCheck: (sagemaker.CfnModelBiasJobDefinition, "model_bias"),
    ModelExplainabilityCheck: (sagemaker.CfnModelExplainabilityJobDefinition, "model_explainability"),
}


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
    application: dict[str, Any] = {"imageUri": image_uri, "environment": _PUBLISH}
    baseline = {"constraintsResource": {"s3Uri": _object(check.baseline, "constraints.json")}}
    endpoint: dict[str, Any] = {"endpointName": endpoint_name, "localPath": f"{FOLDER}/input/endpoint"}
    asked: dict[str, Any] = {"endpointInput": endpoint}
    match check:
        case DataQualityCheck():
            baseline["statisticsResource"] = {"s3Uri": _object(check.baseline, "statistics.json")}
        case ModelQualityCheck():
            application["problemType"] = PROBLEMS[check.problem]
            endpoint |= {
                "inferenceAttribute": check.inference,
                "probabilityAttribute": check.probability,
                "probabilityThresholdAttribute": check.positive_from,
            }
        case ModelBiasCheck() | ModelExplainabilityCheck():
            application["configUri"] = _object(check.config, "")
    if isinstance(check, ModelQualityCheck | ModelBiasCheck):
        endpoint |= _window(check.labels_after_hours, every_hours)
        asked["groundTruthS3Input"] = {"s3Uri": _object(check.ground_truth, "")}
    made, name = _KINDS[type(check)]
    called: dict[str, Any] = {
        "app_specification": application,
        "baseline_config": baseline,
        "job_input": asked,
        "job_output_config": output,
    }
    return made(scope, id, **{f"{name}_{rest}": value for rest, value in called.items()}, **common)


def _object(data: Data, name: str) -> str:
    return f"s3://{data.bucket.bucket_name}/{data.prefix}{name}"


def _window(labels_after_hours: int, every_hours: int) -> dict[str, str]:
    """Which answers a run looks at: those whose labels had time to come."""
    return {
        "startTimeOffset": f"-PT{labels_after_hours + every_hours}H",
        "endTimeOffset": f"-PT{labels_after_hours}H",
    }
