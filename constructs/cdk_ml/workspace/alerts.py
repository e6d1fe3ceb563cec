"""The encrypted topic that alarms and budgets of a workspace publish to.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
"""

from __future__ import annotations

from aws_cdk import Aws
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
