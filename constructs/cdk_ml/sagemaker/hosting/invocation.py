"""What can be done with an endpoint, whether it was made here or is only known by name: call it, and watch it.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.sagemaker.names import lower_name, named_arn

INVOKE = ("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream")
INVOKE_ASYNC = ("sagemaker:InvokeEndpointAsync",)

# Of an asynchronous endpoint's queue, which its variants share.
_OF_THE_ENDPOINT = (
    "ApproximateAgeOfOldestRequest",
    "ApproximateBacklogSize",
    "ApproximateBacklogSizePerInstance",
    "HasBacklogWithoutCapacity",
)


class EndpointBase(Construct):
    """An endpoint by name, with its grants and metrics.

    :ivar endpoint_name: name of the endpoint.
    :ivar variant_name: variant that metrics are about unless they name another.
    """

    _invoke: tuple[str, ...] = INVOKE

    def __init__(self, scope: Construct, id: str, *, endpoint_name: str | None, variant_name: str) -> None:
        super().__init__(scope, id)
        self.endpoint_name = lower_name(self, endpoint_name)
        self.variant_name = variant_name

    @property
    def endpoint_arn(self) -> str:
        """ARN of the endpoint."""
        return named_arn(self, "endpoint", self.endpoint_name)

    @property
    def invoke_actions(self) -> tuple[str, ...]:
        """The ways that it answers, as IAM calls them."""
        return self._invoke

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` call the endpoint in the ways that it answers, and nothing else."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*self._invoke], resource_arns=[self.endpoint_arn])

    def metric(self, name: str, *, variant_name: str | None = None, **options: Any) -> cloudwatch.Metric:
        """A metric of a variant, by SageMaker's name.

        :param name: such as ``Invocations``; those of instances, such as ``CPUUtilization``, are found as well.
        :param variant_name: by default the first variant.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options.setdefault("period", Duration.minutes(1))
        variant = (
            {}
            if name in _OF_THE_ENDPOINT
            else {"VariantName": self.variant_name if variant_name is None else variant_name}
        )
        return cloudwatch.Metric(
            namespace="/aws/sagemaker/Endpoints" if name.endswith("Utilization") else "AWS/SageMaker",
            metric_name=name,
            dimensions_map={"EndpointName": self.endpoint_name, **variant},
            **options,
        )

    def metric_invocations(self, **options: Any) -> cloudwatch.Metric:
        """Requests, summed."""
        return self.metric("Invocations", statistic="Sum", **options)

    def metric_model_latency(self, **options: Any) -> cloudwatch.Metric:
        """Time that the model takes to answer, in microseconds, 99th percentile."""
        return self.metric("ModelLatency", statistic="p99", **options)

    def metric_server_errors(self, **options: Any) -> cloudwatch.Metric:
        """Requests that the model failed to answer, summed."""
        return self.metric("Invocation5XXErrors", statistic="Sum", **options)

    def metric_cpu_utilization(self, **options: Any) -> cloudwatch.Metric:
        """How busy the CPUs are, in percent of one core, so that four busy cores are 400."""
        return self.metric("CPUUtilization", statistic="Average", **options)
