"""What can be done with a feature group, whether it was made here or is only known by name: write, read and watch it.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_ml.sagemaker.names import lower_name, named_arn
from cdk_ml.workspace.permissions import Statement

LONGEST_NAME = 64
WRITE = ("sagemaker:BatchWriteRecord", "sagemaker:PutRecord")
READ = ("sagemaker:BatchGetRecord", "sagemaker:DescribeFeatureGroup", "sagemaker:GetRecord")
DELETE = ("sagemaker:DeleteRecord",)


class FeatureGroupBase(Construct):
    """A feature group by name, with its permissions and metrics.

    :ivar feature_group_name: name of the group.
    """

    def __init__(self, scope: Construct, id: str, *, feature_group_name: str | None, key: kms.IKey) -> None:
        super().__init__(scope, id)
        self.feature_group_name = lower_name(self, feature_group_name, longest=LONGEST_NAME)
        self._key = key

    @property
    def feature_group_arn(self) -> str:
        """ARN of the group."""
        return named_arn(self, "feature-group", self.feature_group_name)

    def write_statements(self) -> list[Statement]:
        """What writes records needs this."""
        return self._statements(WRITE)

    def read_statements(self) -> list[Statement]:
        """What reads records from the online store needs this."""
        return self._statements(READ)

    def delete_statements(self) -> list[Statement]:
        """What deletes records, on a person's request, needs this."""
        return self._statements(DELETE)

    def grant_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` write records."""
        return self._grant(grantee, WRITE)

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` read records from the online store."""
        return self._grant(grantee, READ)

    def metric(self, name: str, *, operation: str = "PutRecord", **options: Any) -> cloudwatch.Metric:
        """A metric of the group, by SageMaker's name.

        :param name: such as ``Latency``.
        :param operation: operation that it is about, such as ``GetRecord``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        return cloudwatch.Metric(
            namespace="AWS/SageMaker/FeatureStore",
            metric_name=name,
            dimensions_map={"FeatureGroupName": self.feature_group_name, "OperationName": operation},
            **options,
        )

    def metric_invocations(self, *, operation: str = "PutRecord", **options: Any) -> cloudwatch.Metric:
        """Requests, summed."""
        return self.metric("Invocations", operation=operation, statistic="Sum", **options)

    def metric_throttled(self, *, operation: str = "PutRecord", **options: Any) -> cloudwatch.Metric:
        """Requests that were refused because there were too many, summed."""
        return self.metric("ThrottledRequests", operation=operation, statistic="Sum", **options)

    def metric_latency(self, *, operation: str = "GetRecord", **options: Any) -> cloudwatch.Metric:
        """Time that requests take, in microseconds, 99th percentile."""
        return self.metric("Latency", operation=operation, statistic="p99", **options)

    def _statements(self, actions: tuple[str, ...]) -> list[Statement]:
        # The online store asks for the caller's own permission to use the key.
        return [
            Statement(actions=actions, resources=[self.feature_group_arn]),
            Statement(actions=["kms:Decrypt"], resources=[self._key.key_arn]),
        ]

    def _grant(self, grantee: iam.IGrantable, actions: tuple[str, ...]) -> iam.Grant:
        self._key.grant(grantee, "kms:Decrypt")
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*actions], resource_arns=[self.feature_group_arn])
