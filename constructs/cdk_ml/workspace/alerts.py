"""The encrypted topic that alarms and budgets of a workspace publish to, and the alarm that most things need.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct


def alert_topic(scope: Construct, id: str, *, key: kms.IKey) -> sns.Topic:
    """A topic that CloudWatch alarms and AWS Budgets of this account may publish to. Free while nothing is sent."""
    topic = sns.Topic(scope, id, master_key=key, enforce_ssl=True)
    publish = {
        "Effect": "Allow",
        "Principal": {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
        "Action": "sns:Publish",
        "Resource": topic.topic_arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
    }
    topic.add_to_resource_policy(iam.PolicyStatement.from_json(publish))
    return topic


def alarm_above(
    scope: Construct, id: str, *, threshold: float, topic_arn: str, tells_recovery: bool = True, **watched: Any
) -> cloudwatch.CfnAlarm:
    """An alarm that is raised as soon as a metric is above a threshold, and tells a topic. Costs 0.10 USD a month.

    :param tells_recovery: tell the topic, too, when it is over. What only people put right is over when they say so.
    :param watched: what is watched, as further arguments of :class:`aws_cdk.aws_cloudwatch.CfnAlarm`.
    """
    return cloudwatch.CfnAlarm(
        scope,
        id,
        **watched,
        comparison_operator="GreaterThanThreshold",
        threshold=threshold,
        evaluation_periods=1,
        # Nothing happened, so that nothing was reported: that is well.
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn] if tells_recovery else None,
    )
