"""The queue of a workspace that keeps what could not be done: events, schedules and calls that nobody waits for.

One queue for all of them, so that there is one place to look and one alarm to heed.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_ml.workspace.acknowledgement import acknowledge
from cdk_ml.workspace.alerts import alarm_above


def dead_letter_queue(scope: Construct, id: str, *, key: kms.IKey, topic: sns.ITopic) -> sqs.Queue:
    """A queue that EventBridge of this account may send to, and an alarm on its first message: 0.10 USD a month."""
    queue = sqs.Queue(scope, id, encryption_master_key=key, enforce_ssl=True, retention_period=Duration.days(14))
    queue.add_to_resource_policy(
        iam.PolicyStatement.from_json(
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue.queue_arn,
                "Condition": {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            }
        )
    )
    alarm_above(
        scope,
        f"{id}Alarm",
        alarm_description=f"Something could not be done: see the messages in the queue of {scope.node.path}",
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions=[{"name": "QueueName", "value": queue.queue_name}],
        statistic="Maximum",
        period=300,
        threshold=0,
        topic_arn=topic.topic_arn,
        tells_recovery=False,
    )
    acknowledge(
        queue,
        "This is the dead letter queue: nothing reads it but people, so no message can be read too often. "
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
        "AwsSolutions-SQS3",
    )
    return queue
