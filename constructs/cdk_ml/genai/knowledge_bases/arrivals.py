"""Starts a state machine some minutes after documents have arrived, once for all of them.

Every event becomes the same message of a FIFO queue, which takes it once in five minutes and gives it out after six:
whatever arrives while a message waits is ingested by what it starts, and whatever arrives later sends another.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Statement, Workspace, acknowledge
from cdk_ml.workspace.alerts import alarm_above
from cdk_ml.workspace.statements import use_key

DELAY_SECONDS = 360
"""More than the five minutes in which a queue takes a message once: a message sees all that was taken for it."""

_RECEIVE = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
_LATE_SECONDS = 3_600


class Arrivals(Construct):
    """An event rule for objects of a bucket, the queue that makes one message of many events, and the pipe behind it.

    :ivar queue: the queue.
    :ivar cfn_rule: what sends to it.
    :ivar cfn_pipe: what starts the state machine.
    :ivar cfn_alarm: raised when that takes an hour.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        bucket: s3.IBucket,
        prefix: str | None,
        machine: StateMachine,
    ) -> None:
        super().__init__(scope, id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            fifo=True,
            content_based_deduplication=True,
            delivery_delay=Duration.seconds(DELAY_SECONDS),
            encryption_master_key=workspace.key,
            enforce_ssl=True,
        )
        self.cfn_rule = self._rule(bucket, prefix, workspace.dead_letter_queue.queue_arn)
        self._admit_rule()
        role = workspace.role(
            self,
            "Role",
            service="pipes.amazonaws.com",
            statements=[
                Statement(actions=_RECEIVE, resources=[self.queue.queue_arn]),
                *machine.start_statements(),
                *use_key(workspace.key.key_arn),
            ],
        )
        self.cfn_pipe = pipes.CfnPipe(
            self,
            "Pipe",
            description=f"Documents for {self.node.path}"[:512],
            role_arn=role.role_arn,
            source=self.queue.queue_arn,
            source_parameters={"sqsQueueParameters": {"batchSize": 1}},
            target=machine.state_machine_arn,
            target_parameters={"stepFunctionStateMachineParameters": {"invocationType": "FIRE_AND_FORGET"}},
        )
        self.cfn_alarm = alarm_above(
            self,
            "Alarm",
            alarm_description=f"Documents arrived an hour ago, and {self.node.path} has not started"[:1024],
            namespace="AWS/SQS",
            metric_name="ApproximateAgeOfOldestMessage",
            dimensions=[{"name": "QueueName", "value": self.queue.queue_name}],
            statistic="Maximum",
            period=300,
            threshold=_LATE_SECONDS,
            topic_arn=workspace.alert_topic.topic_arn,
        )
        acknowledge(
            self.queue,
            "A message says that something arrived, and nothing else. The pipe keeps it until the state machine is "
            "started; an alarm tells when that takes an hour. A second queue would hold nothing that is worth keeping. "
            "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html",
            "AwsSolutions-SQS3",
        )

    def _rule(self, bucket: s3.IBucket, prefix: str | None, dead_letters: str) -> events.CfnRule:
        detail: dict[str, Any] = {"bucket": {"name": [bucket.bucket_name]}}
        if prefix is not None:
            detail["object"] = {"key": [{"prefix": prefix}]}
        return events.CfnRule(
            self,
            "Rule",
            description=f"Documents for {self.node.path}"[:512],
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created", "Object Deleted"],
                "detail": detail,
            },
            targets=[
                {
                    "id": "Queue",
                    "arn": self.queue.queue_arn,
                    # The same for all events, so that the queue takes them as one.
                    "input": '{"sync": true}',
                    "sqsParameters": {"messageGroupId": "sync"},
                    "deadLetterConfig": {"arn": dead_letters},
                }
            ],
        )

    def _admit_rule(self) -> None:
        # EventBridge sends to queues by their own policy, not by a role:
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self.queue.queue_arn,
            "Condition": {
                "ArnEquals": {"aws:SourceArn": self.cfn_rule.attr_arn},
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            },
        }
        self.queue.add_to_resource_policy(iam.PolicyStatement.from_json(statement))
