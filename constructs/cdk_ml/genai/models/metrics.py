"""What CloudWatch counts for each model: requests, tokens, errors and waiting.

https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

NAMESPACE = "AWS/Bedrock"


class InvocationMetrics:
    """The metrics of a model or profile that is asked by its id.

    Not a construct: what is invokable inherits it, and says what its ``ModelId`` is.
    """

    @property
    def metric_model_id(self) -> str:
        """What CloudWatch calls the model."""
        raise NotImplementedError

    def metric(self, name: str, *, statistic: str = "Sum", period: Duration | None = None) -> cloudwatch.Metric:
        """Any metric that Bedrock counts by model.

        :param name: such as ``InvocationClientErrors``.
        :param statistic: such as ``Sum``, or ``p90`` for a latency.
        :param period: what one point stands for, by default five minutes.
        """
        return model_metric(self.metric_model_id, name, statistic=statistic, period=period)

    def metric_invocations(self, **options: Any) -> cloudwatch.Metric:
        """Requests that were answered."""
        return self.metric("Invocations", **options)

    def metric_input_tokens(self, **options: Any) -> cloudwatch.Metric:
        """Tokens that were read."""
        return self.metric("InputTokenCount", **options)

    def metric_output_tokens(self, **options: Any) -> cloudwatch.Metric:
        """Tokens that were written."""
        return self.metric("OutputTokenCount", **options)

    def metric_throttles(self, **options: Any) -> cloudwatch.Metric:
        """Requests that were turned away because there were too many."""
        return self.metric("InvocationThrottles", **options)

    def metric_server_errors(self, **options: Any) -> cloudwatch.Metric:
        """Requests that failed in Bedrock."""
        return self.metric("InvocationServerErrors", **options)

    def metric_latency(self, *, statistic: str = "p90", period: Duration | None = None) -> cloudwatch.Metric:
        """Milliseconds until the last token."""
        return self.metric("InvocationLatency", statistic=statistic, period=period)


def model_metric(
    model_id: str, name: str, *, statistic: str = "Sum", period: Duration | None = None
) -> cloudwatch.Metric:
    """A metric of Bedrock about one model.

    :param model_id: value of the dimension ``ModelId``.
    """
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"ModelId": model_id},
        statistic=statistic,
        period=period,
    )
