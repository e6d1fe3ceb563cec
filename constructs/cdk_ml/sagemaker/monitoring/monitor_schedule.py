"""A monitoring schedule of SageMaker Model Monitor, for accounts that used it before it closed.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-scheduling.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, Fn, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.facts import images
from cdk_ml.lifecycle import closed_problems, warn_of_closing
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.container_image import image_problems, pullable
from cdk_ml.sagemaker.execution_role import attach_to_network, pull_images
from cdk_ml.sagemaker.hosting.real_time_endpoint import RealTimeEndpoint
from cdk_ml.sagemaker.jobs.compute import Compute, compute_problems
from cdk_ml.sagemaker.monitoring.checks import (
    MONITORING_TYPES,
    ModelBiasCheck,
    ModelExplainabilityCheck,
    MonitorCheck,
    check_problems,
)
from cdk_ml.sagemaker.monitoring.definition import FOLDER, JobDefinition, job_definition
from cdk_ml.sagemaker.monitoring.schedule_rules import monitoring_needs, schedule_problems
from cdk_ml.sagemaker.names import lower_name
from cdk_ml.workspace import Workspace, acknowledge
from cdk_ml.workspace.alerts import alarm_above

SERVICE = "sagemaker-model-monitor"
_SCHEDULE = "AWS::SageMaker::MonitoringSchedule"
_METRICS = {
    "DataQuality": "aws/sagemaker/Endpoints/data-metrics",
    "ModelQuality": "aws/sagemaker/Endpoints/model-metrics",
    "ModelBias": "aws/sagemaker/Endpoints/bias-metrics",
    "ModelExplainability": "aws/sagemaker/Endpoints/explainability-metrics",
}
# A job has to be over before the next one starts.
_AN_HOUR = 3_600


class ModelMonitorSchedule(Construct):
    """Runs one of Model Monitor's four kinds of jobs over what an endpoint captured, every hour or every few.

    Model Monitor is closed to new customers: :class:`ModelMonitor` does its job anywhere. Accounts that used it before
    say ``existing_customer=True``, and are warned at each synth.

    Creates a job definition, the schedule, an execution role that reads what is compared and writes what is found, a
    security group, and an alarm for each metric that ``alarms`` names. Reports are under :attr:`output_prefix` of the
    workspace's data bucket.

    Idle cost: 0.10 USD a month for each alarm. Each run is a processing job of some minutes.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import (
    ...     Data,
    ...     DataCapture,
    ...     DataQualityCheck,
    ...     Model,
    ...     ModelMonitorSchedule,
    ...     RealTimeEndpoint,
    ... )
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> endpoint = RealTimeEndpoint(
    ...     stack,
    ...     "Endpoint",
    ...     workspace=workspace,
    ...     model=Model.from_artifact(
    ...         workspace.artifact_bucket, "churn/model.tar.gz", image=images.built_in_algorithm("xgboost")
    ...     ),
    ...     instance_type="ml.m7i.large",
    ...     capture=DataCapture(percentage=100),
    ... )
    >>> schedule = ModelMonitorSchedule(
    ...     stack,
    ...     "Quality",
    ...     workspace=workspace,
    ...     endpoint=endpoint,
    ...     check=DataQualityCheck(baseline=Data(workspace.data_bucket, "churn/baseline/")),
    ...     every_hours=6,
    ...     alarms={"feature_baseline_drift_age": 0.1},
    ...     existing_customer=True,
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html

    :ivar schedule_name: name of the schedule, a dimension of its metrics.
    :ivar role: what the jobs run as.
    :ivar security_group: of the jobs' network interfaces; HTTPS out and nothing in.
    :ivar output_prefix: where reports are in the data bucket.
    :ivar cfn_job_definition: the job definition.
    :ivar cfn_schedule: the schedule.
    :ivar cfn_alarms: the alarms.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        endpoint: RealTimeEndpoint,
        check: MonitorCheck,
        every_hours: int = 1,
        alarms: Mapping[str, float] | None = None,
        compute: Compute = Compute(instance_type="ml.m5.xlarge"),
        existing_customer: bool = False,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param endpoint: an endpoint with data capture.
        :param check: which kind of job, and what it compares with.
        :param every_hours: hours between two runs, 1 to 24.
        :param alarms: by the name of a metric, the value above which it is an alarm.
        :param compute: instances of the jobs.
        :param existing_customer: the account used Model Monitor before it closed.
        :raises cdk_ml.errors.ConfigurationError: for a new customer, for an endpoint that captures nothing, and for
            what Model Monitor would refuse.
        """
        super().__init__(scope, id)
        self._type = MONITORING_TYPES[type(check)]
        region = Stack.of(self).region
        clarify = isinstance(check, ModelBiasCheck | ModelExplainabilityCheck)
        image = images.monitoring_image("clarify" if clarify else "model-monitor")
        reject(
            self,
            [
                *closed_problems(SERVICE, existing_customer=existing_customer),
                *region_problems(region, _SCHEDULE, f"AWS::SageMaker::{self._type}JobDefinition"),
                *image_problems(image, compute.instance_type, region, argument="image"),
                *schedule_problems(endpoint.captured, every_hours, {} if alarms is None else alarms),
                *check_problems(check),
                *compute_problems(compute, maximum_instances=100, use="processing"),
            ],
        )
        assert endpoint.captured is not None
        workspace.adopt(self)
        self._workspace, self._check, self._endpoint_name = workspace, check, endpoint.endpoint_name
        self.schedule_name = lower_name(self)
        self.output_prefix = f"monitoring/{self.schedule_name}"
        self.security_group = workspace.security_group(
            self, "SecurityGroup", description="Network interfaces of monitoring jobs"
        )
        pulled = pullable(self, "Registry", image)
        self.role = workspace.role(
            self,
            "Role",
            service="sagemaker.amazonaws.com",
            statements=[
                *pull_images([pulled.repository_arn]),
                *attach_to_network(workspace.subnet_ids, self.security_group.security_group_id),
                *monitoring_needs(
                    check,
                    endpoint.captured,
                    bucket_arn=workspace.data_bucket.bucket_arn,
                    prefix=f"{self.output_prefix}/",
                    key_arn=workspace.key.key_arn,
                ),
            ],
        )
        if isinstance(check, ModelExplainabilityCheck):
            workspace.add_interface_endpoint("SageMakerApi", ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_API)
            workspace.add_interface_endpoint("SageMakerRuntime", ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME)
        self.cfn_job_definition = self._definition(pulled.uri, compute, every_hours)
        self.cfn_job_definition.add_resource_dependency(endpoint.cfn_endpoint)
        self.cfn_schedule = sagemaker.CfnMonitoringSchedule(
            self,
            "Resource",
            monitoring_schedule_name=self.schedule_name,
            monitoring_schedule_config={
                # The ARN of a job definition ends in its name.
                "monitoringJobDefinitionName": Fn.select(
                    1, Fn.split("/", self.cfn_job_definition.attr_job_definition_arn)
                ),
                "monitoringType": self._type,
                "scheduleConfig": {
                    "scheduleExpression": "cron(0 * ? * * *)"
                    if every_hours == 1
                    else f"cron(0 0/{every_hours} ? * * *)"
                },
            },
        )
        self.cfn_alarms = [
            alarm_above(
                self,
                f"Alarm{number}",
                alarm_description=f"{name} of {self.node.path} is higher than it may be",
                namespace=_METRICS[self._type],
                metric_name=name,
                dimensions=[{"name": key, "value": value} for key, value in self._dimensions.items()],
                statistic="Maximum",
                period=_AN_HOUR,
                threshold=threshold,
                topic_arn=workspace.alert_topic.topic_arn,
            )
            for number, (name, threshold) in enumerate(sorted({} if alarms is None else alarms.items()))
        ]
        self._acknowledge()
        warn_of_closing(self, SERVICE)

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric that the jobs publish.

        :param name: such as ``feature_baseline_drift_age`` or ``f1``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options = {"statistic": "Maximum", "period": Duration.hours(1), **options}
        return cloudwatch.Metric(
            namespace=_METRICS[self._type], metric_name=name, dimensions_map=self._dimensions, **options
        )

    @property
    def _dimensions(self) -> dict[str, str]:
        return {"Endpoint": self._endpoint_name, "MonitoringSchedule": self.schedule_name}

    def _definition(self, image_uri: str, compute: Compute, every_hours: int) -> JobDefinition:
        workspace = self._workspace
        key_arn = workspace.key.key_arn
        where = {
            "localPath": f"{FOLDER}/output",
            "s3Uri": f"s3://{workspace.data_bucket.bucket_name}/{self.output_prefix}",
        }
        return job_definition(
            self,
            "Definition",
            check=self._check,
            image_uri=image_uri,
            endpoint_name=self._endpoint_name,
            every_hours=every_hours,
            output={"kmsKeyId": key_arn, "monitoringOutputs": [{"s3Output": where}]},
            job_resources={
                "clusterConfig": {
                    "instanceCount": compute.instance_count,
                    "instanceType": compute.instance_type,
                    "volumeSizeInGb": compute.volume_gib,
                    "volumeKmsKeyId": key_arn if compute.takes_volume_key else None,
                }
            },
            network_config={
                "enableInterContainerTrafficEncryption": True,
                # Explanations need an endpoint to ask, and so the network's way to it.
                "enableNetworkIsolation": not isinstance(self._check, ModelExplainabilityCheck),
                "vpcConfig": {
                    "securityGroupIds": [self.security_group.security_group_id],
                    "subnets": workspace.subnet_ids,
                },
            },
            role_arn=self.role.role_arn,
            stopping_condition={"maxRuntimeInSeconds": _AN_HOUR},
        )

    def _acknowledge(self) -> None:
        for resource in (self.cfn_job_definition, self.cfn_schedule):
            acknowledge(
                resource,
                "The user says that the account used Model Monitor before it closed to new customers, for whom it goes "
                "on. https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html",
                "Lifecycle-ClosedToNewCustomers",
            )
