"""A processing job of SageMaker Clarify, for accounts that used it before it closed.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-parameters.html
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.facts import images
from cdk_ml.lifecycle import closed_problems, warn_of_closing
from cdk_ml.sagemaker.container_image import image_problems, pullable
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.sagemaker.explainability import rules
from cdk_ml.sagemaker.explainability.analysis import Facet, LabeledData, Outcome, PredictedLabels, Shap
from cdk_ml.sagemaker.explainability.clarify_config import analysis_config, analysis_problems
from cdk_ml.sagemaker.jobs.compute import Compute, compute_problems, resource_config
from cdk_ml.sagemaker.jobs.data import data_problems, read_statements
from cdk_ml.sagemaker.jobs.job import Job
from cdk_ml.sagemaker.jobs.processing_job import ProcessingJob
from cdk_ml.sagemaker.jobs.values import Value
from cdk_ml.tokens import outside
from cdk_ml.workspace import Statement, Workspace

SERVICE = "sagemaker-clarify"

# Clarify looks for them there, under these names.
_INPUT, _OUTPUT_FOLDER = "/opt/ml/processing/input", "/opt/ml/processing/output"
_CONFIG, _DATASET, _RESULT = "analysis_config", "dataset", "analysis_result"
_SEVEN_DAYS = 604_800


class ClarifyJob(Job):
    """An analysis by SageMaker Clarify: bias metrics, SHAP values of an endpoint, or both.

    Clarify is closed to new customers: :class:`BiasReport` and :class:`ExplainabilityReport` do its job anywhere.
    Accounts that used it before say ``existing_customer=True``, and are warned at each synth.

    Creates an execution role, a security group, and the analysis configuration as an asset. The container is not cut
    off from the network, because it calls the endpoint; it is in the workspace's subnets. Its output
    ``analysis_result`` holds ``analysis.json`` and a report.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import ClarifyJob, Compute, Data, Facet, LabeledData, Outcome
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Loans")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="loans", owner="credit-ml", cost_center="4711"),
    ... )
    >>> clarify = ClarifyJob(
    ...     stack,
    ...     "Clarify",
    ...     workspace=workspace,
    ...     compute=Compute(instance_type="ml.c5.xlarge"),
    ...     data=LabeledData(
    ...         Data(workspace.data_bucket, "loans/test/"), label="granted", headers=["granted", "sex", "age", "income"]
    ...     ),
    ...     facets=[Facet("sex", values=["female"])],
    ...     outcome=Outcome(values=[1]),
    ...     endpoint_name="loans",
    ...     existing_customer=True,
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Machine",
    ...     workspace=workspace,
    ...     definition=clarify.task(stack, "Analyze"),
    ...     statements=clarify.run_statements(),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html
    """

    kind = ProcessingJob.kind

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        compute: Compute,
        data: LabeledData,
        facets: Sequence[Facet] = (),
        outcome: Outcome | None = None,
        predictions: PredictedLabels | None = None,
        endpoint_name: str | None = None,
        group_variable: str | None = None,
        shap: Shap | None = None,
        timeout_seconds: int = 3_600,
        existing_customer: bool = False,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, tags and profile.
        :param compute: instances; Clarify uses no GPU.
        :param data: the rows, with the names of their columns.
        :param facets: sensitive groups, for metrics of bias.
        :param outcome: which labels are positive; with ``facets``.
        :param predictions: predictions that are among the rows.
        :param endpoint_name: an endpoint that is asked for predictions. The name is packed at synth.
        :param group_variable: a column within whose values disparity is measured as well.
        :param shap: how answers of the endpoint are attributed to features, of every row.
        :param timeout_seconds: seconds after which the job is stopped, up to seven days.
        :param existing_customer: the account used Clarify before it closed.
        :param role: an execution role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: for a new customer, and for what Clarify or SageMaker would refuse.
        """
        super().__init__(scope, id, workspace=workspace)
        image = images.monitoring_image("clarify")
        config = analysis_config(data, facets, outcome, predictions, endpoint_name, group_variable, shap)
        reject(
            self,
            [
                *closed_problems(SERVICE, existing_customer=existing_customer),
                *analysis_problems(data, facets, outcome, predictions, endpoint_name, group_variable, shap),
                *(problem for name, value in config.items() for problem in rules.known_problems(name, value)),
                *image_problems(image, compute.instance_type, Stack.of(self).region, argument="region"),
                *compute_problems(compute, maximum_instances=100, use="processing"),
                *data_problems("data.data", data.data),
                *_time_problems(timeout_seconds),
            ],
        )
        self._data = data.data
        pulled = pullable(self, "Registry", image)
        asset = _asset(self, config)
        self._place(
            repository_arns=[pulled.repository_arn],
            statements=[
                *read_objects(asset.bucket.bucket_arn, asset.s3_object_key),
                *read_statements(data.data),
                *(_ask(endpoint_name) if endpoint_name is not None else ()),
            ],
            role=role,
            instance_count=compute.instance_count,
        )
        self.request = {
            "AppSpecification": {"ImageUri": pulled.uri},
            "ProcessingResources": {"ClusterConfig": resource_config(compute, key_arn=workspace.key.key_arn)},
            "ProcessingInputs": [
                _input(_CONFIG, asset.s3_object_url, "config"),
                _input(_DATASET, data.data.uri, "data"),
            ],
            "ProcessingOutputConfig": {
                "KmsKeyId": workspace.key.key_arn,
                "Outputs": [
                    {
                        "OutputName": _RESULT,
                        "S3Output": {
                            "S3Uri": self.output(_RESULT).uri,
                            "LocalPath": _OUTPUT_FOLDER,
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ],
            },
            "NetworkConfig": {
                "EnableInterContainerTrafficEncryption": True,
                "EnableNetworkIsolation": False,
                "VpcConfig": self._vpc_config,
            },
            "RoleArn": self.role.role_arn,
            "StoppingCondition": {"MaxRuntimeInSeconds": timeout_seconds},
            "Tags": self._tags,
        }
        warn_of_closing(self, SERVICE)

    def _inputs(self) -> Iterable[object]:
        return (self._data,)


def _time_problems(seconds: int) -> Iterator[Problem]:
    if outside(seconds, 1, _SEVEN_DAYS):
        rule = "is not a time that an analysis may take"
        yield Problem("timeout_seconds", seconds, rule, f"Use 1 to {_SEVEN_DAYS}, which is seven days")


def _asset(scope: Construct, config: dict[str, Any]) -> s3_assets.Asset:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "analysis_config.json"
        file.write_text(json.dumps(config, indent=2, sort_keys=True), encoding="utf-8")
        return s3_assets.Asset(scope, "Config", path=str(file))


def _ask(endpoint_name: str) -> Iterator[Statement]:
    endpoint = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:endpoint/{endpoint_name.lower()}"
    yield Statement(actions=["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"], resources=[endpoint])


def _input(name: str, uri: Value, folder: str) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{_INPUT}/{folder}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
        },
    }
