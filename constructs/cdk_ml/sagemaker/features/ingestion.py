"""Ingestion: files that arrive in a bucket become records of a feature group.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-ingest-data.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.execution_role import write_objects
from cdk_ml.sagemaker.features.feature_group import FeatureGroup
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow import Function
from cdk_ml.workflow.inbox import inbox_bucket
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.alerts import alarm_above
from cdk_ml.workspace.statements import use_key

NAMESPACE = "cdk-ml/FeatureIngestion"
QUARANTINE = "quarantine/"
RECEIPTS = "receipts/"
_PREFIX = re.compile(r"[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*/")
_LONGEST_PREFIX = 256


class FeatureIngestion(Construct):
    """Writes the records of every file that arrives under a prefix into a feature group.

    Creates an inbox bucket under the workspace's key that reports its objects to EventBridge, a function, the rule that
    calls it, and an alarm. A file is CSV with a header or JSON lines. Each record is checked against the schema the
    group has at that moment; what does not fit goes to ``quarantine/`` with the line and the reason, is counted, and
    raises the alarm. The rest is written, slower when the Feature Store throttles.

    A receipt under ``receipts/`` says how far a file is. A second event for the same object does nothing, and an
    attempt after a failure goes on where the last one stopped; at most the 500 rows in hand are written twice, which
    the online store does not notice and the offline store shows as two rows of the same event time. What fails for good
    is in the workspace's dead letter queue. A record later than a newer one of the same identifier goes to the offline
    store only. Up to about a million records make one file; split what is larger.

    Idle cost: nothing but the alarm's 0.10 USD a month; the bucket's events cost 1 USD a million.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import Feature, FeatureGroup, FeatureIngestion, FeatureType
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> customers = FeatureGroup(
    ...     stack,
    ...     "Customers",
    ...     workspace=workspace,
    ...     features=[Feature("customer_id", FeatureType.STRING), Feature("seen_at", FeatureType.FRACTIONAL)],
    ...     record_identifier="customer_id",
    ...     event_time="seen_at",
    ... )
    >>> ingestion = FeatureIngestion(stack, "Ingestion", workspace=workspace, feature_group=customers)

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html

    :ivar bucket: where files arrive.
    :ivar prefix: under which they do.
    :ivar function: what writes their records.
    :ivar cfn_rule: what calls it.
    :ivar cfn_alarm: raised when there are bad records.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        feature_group: FeatureGroup,
        bucket: s3.IBucket | None = None,
        prefix: str = "incoming/",
        tolerated_bad_records: int = 0,
    ) -> None:
        """
        :param workspace: key, topic, queue, tags and profile.
        :param feature_group: where the records go.
        :param bucket: a bucket of your own that sends its events to EventBridge, such as one with
            ``event_bridge_enabled=True``.
        :param prefix: where files arrive; ends in ``/``.
        :param tolerated_bad_records: bad records within five minutes that raise no alarm.
        :raises cdk_ml.errors.ConfigurationError: for a prefix that the function writes to itself, and the like.
        """
        super().__init__(scope, id)
        reject(self, _problems(prefix, tolerated_bad_records))
        workspace.adopt(self)
        self._feature_group_name = feature_group.feature_group_name
        self.bucket = inbox_bucket(self, "Inbox", workspace=workspace) if bucket is None else bucket
        self.prefix = prefix
        key = workspace.key if bucket is None else bucket.encryption_key
        self.function = Function(
            self,
            "Function",
            workspace=workspace,
            code=runtime_code("feature_ingestion"),
            statements=[
                *_use_bucket(self.bucket.bucket_arn, prefix),
                *(use_key(key.key_arn) if key is not None else ()),
                *feature_group.write_statements(),
                Statement(actions=["sagemaker:DescribeFeatureGroup"], resources=[feature_group.feature_group_arn]),
            ],
            environment={"FEATURE_GROUP": self._feature_group_name},
            timeout_seconds=900,
            memory_mib=1024,
            asynchronous=True,
        )
        # Records can be written as soon as a file can arrive.
        self.function.node.add_dependency(feature_group.cfn_feature_group)
        self.cfn_rule = self._rule(workspace.dead_letter_queue.queue_arn)
        self.cfn_alarm = self._alarm(tolerated_bad_records, workspace.alert_topic.topic_arn)

    def drop_statements(self) -> list[Statement]:
        """What delivers files needs this."""
        key = self.bucket.encryption_key
        return [
            *write_objects(self.bucket.bucket_arn, self.prefix),
            *(use_key(key.key_arn) if key is not None else ()),
        ]

    def grant_drop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` deliver files."""
        return self.bucket.grant_put(grantee, f"{self.prefix}*")

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the ingestion, summed.

        :param name: ``Records``, ``BadRecords``, ``RepeatedRecords`` or ``Files``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options.setdefault("statistic", "Sum")
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"FeatureGroupName": self._feature_group_name},
            **options,
        )

    def metric_bad_records(self, **options: Any) -> cloudwatch.Metric:
        """Records that went into quarantine, summed."""
        return self.metric("BadRecords", **options)

    def _rule(self, queue_arn: str) -> events.CfnRule:
        rule = events.CfnRule(
            self,
            "Rule",
            description=f"Files for {self.node.path}"[:512],
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [self.bucket.bucket_name]}, "object": {"key": [{"prefix": self.prefix}]}},
            },
            targets=[{"id": "Function", "arn": self.function.function_arn, "deadLetterConfig": {"arn": queue_arn}}],
        )
        # EventBridge calls functions by their own policy, not by a role:
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        lambda_.CfnPermission(
            self,
            "MayCall",
            action="lambda:InvokeFunction",
            function_name=self.function.function_name,
            principal="events.amazonaws.com",
            source_account=Aws.ACCOUNT_ID,
            source_arn=rule.attr_arn,
        )
        return rule

    def _alarm(self, tolerated: int, topic_arn: str) -> cloudwatch.CfnAlarm:
        return alarm_above(
            self,
            "Alarm",
            alarm_description=f"Records went into quarantine: see {QUARANTINE} in the bucket of {self.node.path}"[
                :1024
            ],
            namespace=NAMESPACE,
            metric_name="BadRecords",
            dimensions=[{"name": "FeatureGroupName", "value": self._feature_group_name}],
            statistic="Sum",
            period=300,
            threshold=tolerated,
            topic_arn=topic_arn,
            tells_recovery=False,
        )


def _use_bucket(bucket_arn: str, prefix: str) -> Iterator[Statement]:
    allowed = {
        prefix: ["s3:GetObject", "s3:GetObjectVersion"],
        RECEIPTS: ["s3:GetObject", "s3:PutObject"],
        QUARANTINE: ["s3:PutObject"],
    }
    for place, actions in allowed.items():
        yield Statement(
            actions=actions,
            resources=[f"{bucket_arn}/{place}*"],
            wildcard="Whoever delivers a file names it, and its receipt is named after it; the prefix is named. "
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html",
        )
    # Without it, S3 answers that what is not there is forbidden.
    yield Statement(
        actions=["s3:ListBucket"],
        resources=[bucket_arn],
        conditions={"StringLike": {"s3:prefix": [f"{prefix}*", f"{RECEIPTS}*"]}},
    )


def _problems(prefix: str, tolerated: int) -> Iterator[Problem]:
    if not is_token(prefix):
        if len(prefix) > _LONGEST_PREFIX or not _PREFIX.fullmatch(prefix):
            fix = "Write it as incoming/: at most 256 letters, digits and _.=-/, ending in /"
            yield Problem("prefix", prefix, "is not a prefix for objects", fix)
        elif prefix.startswith((QUARANTINE, RECEIPTS)):
            rule = "is where the function writes to, so that it would call itself for ever"
            yield Problem("prefix", prefix, rule, f"Use another than {QUARANTINE} and {RECEIPTS}")
    if outside(tolerated, 0, 1e9):
        yield Problem("tolerated_bad_records", tolerated, "is not a number of records", "Use 0 or more")
