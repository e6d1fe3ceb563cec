"""Asynchronous inference: requests wait in a queue, and instances come when there are some.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.execution_role import write_objects
from cdk_ml.sagemaker.hosting.alarms import QueueAlarms, queue_alarm_problems, queue_alarms
from cdk_ml.sagemaker.hosting.dashboard import QUEUE_CHARTS, endpoint_dashboard
from cdk_ml.sagemaker.hosting.gpu import GpuFit
from cdk_ml.sagemaker.hosting.hosted_endpoint import RETAINED, InstanceEndpoint
from cdk_ml.sagemaker.hosting.invocation import INVOKE_ASYNC, EndpointBase
from cdk_ml.sagemaker.hosting.model import Model
from cdk_ml.sagemaker.hosting.neuron import NeuronFit
from cdk_ml.sagemaker.hosting.scalable import QUEUE
from cdk_ml.sagemaker.hosting.scaling import Scaling, reaches_zero
from cdk_ml.sagemaker.hosting.updates import Update, update_problems
from cdk_ml.sagemaker.hosting.variant import (
    PRIMARY,
    Variant,
    instance_count,
    package_update_problems,
    served_model,
    usual_update,
    variants_problems,
)
from cdk_ml.sagemaker.jobs.data import Data, data_problems, read_statements
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.tokens import outside
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

_MOST_CONCURRENT = 1_000


class AsyncEndpoint(InstanceEndpoint):
    """A SageMaker endpoint with a queue: for large requests, long answers, and traffic with pauses in it.

    Creates a model, an endpoint configuration and the endpoint; an execution role; a security group; a log group under
    the workspace's key; a topic for answers and one for failures, both encrypted; alarms on errors, which send a bad
    update back, and on requests that wait too long; scaling that follows the queue, down to no instance; a dashboard.

    Callers put a request into S3 (:meth:`grant_inputs`), ask for it (:meth:`grant_invoke`), hear of the answer on a
    topic, and read it (:meth:`grant_results`). A request may be 1 GB and take an hour. At zero, an alarm on the queue
    starts an instance: the first answer takes a few minutes more.

    Idle cost: nothing for instances at ``minimum=0``, otherwise their price, day and night; alarms 0.20 USD, or
    0.30 USD where it scales to zero, and a dashboard beyond the account's third 3 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import AsyncEndpoint, Model, Scaling
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> endpoint = AsyncEndpoint(
    ...     stack,
    ...     "Endpoint",
    ...     workspace=workspace,
    ...     model=Model.from_artifact(
    ...         workspace.artifact_bucket, "churn/model.tar.gz", image=images.built_in_algorithm("sklearn")
    ...     ),
    ...     instance_type="ml.m5.large",
    ...     scaling=Scaling(minimum=0, maximum=4, backlog_per_instance=5),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html

    :ivar inputs: where requests are put.
    :ivar results: where answers are left, and under ``failed/`` what went wrong.
    :ivar success_topic: hears of each answer.
    :ivar error_topic: hears of each failure.
    :ivar cfn_waiting_alarm: raised when a request waits too long.
    :ivar cfn_dashboard: the dashboard.
    """

    _invoke = INVOKE_ASYNC

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        model: Model,
        instance_type: str,
        neuron: NeuronFit | None = None,
        gpu: GpuFit | None = None,
        scaling: Scaling = Scaling(minimum=0, maximum=2, backlog_per_instance=5),
        concurrent_requests: int | None = None,
        inputs: Data | None = None,
        update: Update | None = None,
        alarms: QueueAlarms = QueueAlarms(),
        role: iam.IRole | None = None,
        endpoint_name: str | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param model: what is served.
        :param instance_type: what it runs on, such as ``ml.g5.xlarge``.
        :param neuron: what is served on Neuron instances, to be checked against their memory.
        :param gpu: what is served on GPU instances, to be checked against their memory.
        :param scaling: bounds, and how many requests in the queue an instance should have.
        :param concurrent_requests: requests that one instance gets at the same time, 1 to 1000; SageMaker chooses when
            not given.
        :param inputs: where requests are; by default a prefix of the workspace's data bucket.
        :param update: how changes take over the queue; without it a canary, or all at once where there is a single
            instance or none, of which no part can go first.
        :param alarms: when the endpoint is unwell.
        :param role: an execution role of your own, which is granted nothing: see
            :mod:`cdk_ml.sagemaker.execution_role`.
        :param endpoint_name: a name of your own; callers outside this app may rely on it.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or what could not run: every problem at
            once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace, endpoint_name=endpoint_name)
        only = Variant(name=PRIMARY, model=model, instance_type=instance_type, neuron=neuron, gpu=gpu, scaling=scaling)
        count = instance_count(only, workspace.profile)
        chosen = usual_update([only], [count]) if update is None else update
        reject(
            self,
            [
                *variants_problems([only], Stack.of(self).region, QUEUE),
                *_request_problems(concurrent_requests, inputs),
                *update_problems(chosen),
                *package_update_problems([only], chosen),
                *queue_alarm_problems(alarms),
                *name_problems("endpoint_name", endpoint_name),
            ],
        )
        own = f"async/{self.endpoint_name}"
        self.inputs = Data(workspace.data_bucket, f"{own}/input/") if inputs is None else inputs
        self.results = Data(workspace.data_bucket, f"{own}/output/")
        self.success_topic = sns.Topic(self, "Success", master_key=workspace.key, enforce_ssl=True)
        self.error_topic = sns.Topic(self, "Error", master_key=workspace.key, enforce_ssl=True)
        self._models = self._host(
            {PRIMARY: served_model(only)},
            statements=[*self._queue_statements(), *self._volume_statements([only])],
            role=role,
        )
        self.cfn_endpoint_config = sagemaker.CfnEndpointConfig(
            self,
            "Config",
            production_variants=self._production_variants([only], [count]),
            async_inference_config=self._async_config(concurrent_requests),
            kms_key_id=self._volume_key([only]),
        )
        failing, self.cfn_waiting_alarm = self._queue_alarms(alarms)
        self.cfn_alarms = [failing]
        # At zero there is no number of instances to keep: an update starts with one.
        self.cfn_endpoint = self._endpoint(chosen, **({} if reaches_zero(scaling) else RETAINED))
        self._scale([only], QUEUE)
        self.cfn_dashboard = endpoint_dashboard(
            self, "Dashboard", endpoint_name=self.endpoint_name, variant_names=[PRIMARY], charts=QUEUE_CHARTS
        )
        self._acknowledge_volumes([only])

    @staticmethod
    def from_endpoint_name(
        scope: Construct, id: str, endpoint_name: str, *, variant_name: str = PRIMARY
    ) -> EndpointBase:
        """An asynchronous endpoint that exists, to grant and to watch."""
        return _KnownAsyncEndpoint(scope, id, endpoint_name=endpoint_name, variant_name=variant_name)

    def grant_inputs(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` put requests where the endpoint reads them."""
        return self.inputs.bucket.grant_put(grantee, f"{self.inputs.prefix}*")

    def grant_results(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` read answers and failures."""
        return self.results.bucket.grant_read(grantee, f"{self.results.prefix}*")

    def metric_invocations(self, **options: Any) -> cloudwatch.Metric:
        """Requests that were answered, summed."""
        return self.metric("InvocationsProcessed", statistic="Sum", **options)

    def metric_backlog(self, **options: Any) -> cloudwatch.Metric:
        """Requests that wait or are in work, at most."""
        return self.metric("ApproximateBacklogSize", statistic="Maximum", **options)

    def metric_oldest_request(self, **options: Any) -> cloudwatch.Metric:
        """Seconds that the oldest request has waited, at most."""
        return self.metric("ApproximateAgeOfOldestRequest", statistic="Maximum", **options)

    def _queue_statements(self) -> Iterator[Statement]:
        yield from read_statements(self.inputs)
        yield from write_objects(self.results.bucket.bucket_arn, self.results.prefix)
        # One key encrypts the answers and the topics.
        yield from use_key(self._workspace.key.key_arn)
        yield Statement(actions=["sns:Publish"], resources=[self.success_topic.topic_arn, self.error_topic.topic_arn])

    def _async_config(self, concurrent_requests: int | None) -> dict[str, Any]:
        client = {"maxConcurrentInvocationsPerInstance": concurrent_requests}
        where = f"s3://{self.results.bucket.bucket_name}/{self.results.prefix}"
        return {
            **({} if concurrent_requests is None else {"clientConfig": client}),
            "outputConfig": {
                "s3OutputPath": where,
                "s3FailurePath": f"{where}failed/",
                "kmsKeyId": self._workspace.key.key_arn,
                "notificationConfig": {
                    "successTopic": self.success_topic.topic_arn,
                    "errorTopic": self.error_topic.topic_arn,
                },
            },
        }

    def _queue_alarms(self, alarms: QueueAlarms) -> tuple[cloudwatch.CfnAlarm, cloudwatch.CfnAlarm]:
        return queue_alarms(
            self,
            alarms=alarms,
            endpoint_name=self.endpoint_name,
            variant_name=PRIMARY,
            topic_arn=self._workspace.alert_topic.topic_arn,
        )


class _KnownAsyncEndpoint(EndpointBase):
    """An asynchronous endpoint by name."""

    _invoke = INVOKE_ASYNC


def _request_problems(concurrent_requests: int | None, inputs: Data | None) -> Iterator[Problem]:
    if concurrent_requests is not None and outside(concurrent_requests, 1, _MOST_CONCURRENT):
        rule = "is no number of requests that an instance gets at the same time"
        yield Problem("concurrent_requests", concurrent_requests, rule, f"Use 1 to {_MOST_CONCURRENT}")
    if inputs is not None:
        yield from data_problems("inputs", inputs)
