"""Data automation for what arrives in a bucket: started, waited for, and told when it fails.

https://docs.aws.amazon.com/bedrock/latest/userguide/bda-using-api.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.data_automation.permissions import (
    DataAutomationGeography,
    automate,
    automation_geography_problems,
    automation_profile_arn,
    encrypt_jobs,
    use_objects,
)
from cdk_ml.genai.data_automation.project import DataAutomationProject
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow import EventTrigger, StateMachine
from cdk_ml.workflow.inbox import inbox_bucket
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

_PREFIX = re.compile(r"([A-Za-z0-9_.=-]+/)+")


class DataAutomationWorkflow(Construct):
    """Has Bedrock work on every file that arrives, and keeps what it finds.

    Creates a bucket that tells what arrives, unless you bring one, a trigger and a state machine. That starts a job for
    each file, looks after it until it is done, and leaves the results in the same bucket. Bedrock's own events of jobs
    are sent as best they can; looking finds out in any case.

    A file that could not be worked on is a message in the workspace's dead letter queue, with the reason, and a failed
    execution, which raises an alarm. Throttling is waited out.

    Idle cost: the bucket's contents, and an alarm on two metrics, 0.20 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import (
    ...     DataAutomationGeography,
    ...     DataAutomationProject,
    ...     DataAutomationWorkflow,
    ...     DocumentOutput,
    ... )
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Invoices")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="invoices", owner="finance-it", cost_center="4711"),
    ... )
    >>> workflow = DataAutomationWorkflow(
    ...     stack,
    ...     "Workflow",
    ...     workspace=workspace,
    ...     project=DataAutomationProject(stack, "Project", workspace=workspace, documents=DocumentOutput()),
    ...     geography=DataAutomationGeography.US,
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/bda-using-api.html

    :ivar bucket: where files arrive and results are.
    :ivar machine: what looks after a file.
    :ivar trigger: what starts it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        project: DataAutomationProject,
        geography: DataAutomationGeography,
        bucket: s3.IBucket | None = None,
        prefix: str = "incoming/",
        results_prefix: str = "results/",
        poll_seconds: int = 30,
        timeout_seconds: int = 14_400,
    ) -> None:
        """
        :param workspace: key, queue, topic, tags and profile.
        :param project: what is found.
        :param geography: where Bedrock may work on the files.
        :param bucket: a bucket of your own that sends its events to EventBridge.
        :param prefix: where files arrive; ends in ``/``.
        :param results_prefix: where results are; ends in ``/``, and is outside of ``prefix``.
        :param poll_seconds: seconds between two looks at a job.
        :param timeout_seconds: seconds after which a file counts as failed.
        :raises cdk_ml.errors.ConfigurationError: for results that would be worked on again, and for a region that is
            not in the geography.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(
            self,
            [
                *automation_geography_problems(geography, region),
                *_prefix_problems(prefix, results_prefix),
                *_time_problems(poll_seconds, timeout_seconds),
            ],
        )
        workspace.adopt(self)
        self.bucket = inbox_bucket(self, "Inbox", workspace=workspace) if bucket is None else bucket
        self.prefix, self.results_prefix = prefix, results_prefix
        own_key = None if bucket is None else bucket.encryption_key
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=self._states(project, geography, workspace, poll_seconds),
            statements=[
                *automate(project, geography, region),
                *use_objects(self.bucket, prefix, results_prefix),
                *(use_key(own_key.key_arn) if own_key is not None else ()),
                *encrypt_jobs(workspace.key.key_arn),
                Statement(actions=["sqs:SendMessage"], resources=[workspace.dead_letter_queue.queue_arn]),
            ],
            timeout_seconds=timeout_seconds,
        )
        self.trigger = EventTrigger(
            self,
            "Trigger",
            workspace=workspace,
            source="aws.s3",
            detail_types=["Object Created"],
            detail={"bucket": {"name": [self.bucket.bucket_name]}, "object": {"key": [{"prefix": prefix}]}},
            target=self.machine.target,
            input_path="$.detail",
        )

    def _states(
        self,
        project: DataAutomationProject,
        geography: DataAutomationGeography,
        workspace: Workspace,
        poll_seconds: int,
    ) -> sfn.IChainable:
        failed = sfn.CustomState(self, "Report", state_json=_report(workspace.dead_letter_queue.queue_url))
        failed.next(sfn.Fail(self, "Failed", error="DataAutomationFailed", cause="See the dead letter queue"))
        start = sfn.CustomState(self, "Start", state_json=self._start(project, geography, workspace))
        wait = sfn.CustomState(self, "Wait", state_json={"Type": "Wait", "Seconds": poll_seconds})
        look = sfn.CustomState(self, "Look", state_json=_call("getDataAutomationStatus", "$.status", _LOOK))
        refused = sfn.Pass(
            self,
            "Refused",
            parameters={"Error.$": "$.status.Status", "Cause.$": "States.JsonToString($.status)"},
            result_path="$.error",
        )
        for task in (start, look):
            task.add_catch(failed, errors=["States.ALL"], result_path="$.error")
        done = sfn.Condition.string_equals("$.status.Status", "Success")
        running = [sfn.Condition.string_equals("$.status.Status", status) for status in ("Created", "InProgress")]
        judge = sfn.Choice(self, "Judge")
        judge.when(done, sfn.Succeed(self, "Done")).when(sfn.Condition.or_(*running), wait)
        judge.otherwise(refused.next(failed))
        return start.next(wait).next(look).next(judge)

    def _start(
        self, project: DataAutomationProject, geography: DataAutomationGeography, workspace: Workspace
    ) -> dict[str, Any]:
        found = f"States.Format('s3://{{}}/{self.results_prefix}{{}}', $.bucket.name, $.object.key)"
        parameters = {
            # A state that is taken again, because its answer was lost, starts no second job.
            "ClientToken.$": "States.Hash($$.Execution.Id, 'SHA-256')",
            "InputConfiguration": {"S3Uri.$": "States.Format('s3://{}/{}', $.bucket.name, $.object.key)"},
            "OutputConfiguration": {"S3Uri.$": found},
            "DataAutomationConfiguration": {"DataAutomationProjectArn": project.project_arn, "Stage": "LIVE"},
            "DataAutomationProfileArn": automation_profile_arn(geography, Aws.REGION),
            "EncryptionConfiguration": {"KmsKeyId": workspace.key.key_arn},
        }
        return _call("invokeDataAutomationAsync", "$.job", parameters)


_LOOK = {"InvocationArn.$": "$.job.InvocationArn"}


def _call(action: str, result_path: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:bedrockdataautomationruntime:{action}",
        "Parameters": parameters,
        "ResultPath": result_path,
        # Bedrock takes a few jobs at once, and throttles what is beyond.
        "Retry": [
            {
                "ErrorEquals": ["States.TaskFailed"],
                "IntervalSeconds": 15,
                "BackoffRate": 2,
                "MaxAttempts": 6,
                "MaxDelaySeconds": 300,
                "JitterStrategy": "FULL",
            }
        ],
    }


def _report(queue_url: str) -> dict[str, Any]:
    body = {
        "execution.$": "$$.Execution.Id",
        "bucket.$": "$.bucket.name",
        "key.$": "$.object.key",
        "error.$": "$.error",
    }
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": queue_url, "MessageBody": body},
        "ResultPath": "$.reported",
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 5}],
    }


def _prefix_problems(prefix: str, results_prefix: str) -> Iterator[Problem]:
    for argument, value in (("prefix", prefix), ("results_prefix", results_prefix)):
        if not is_token(value) and not _PREFIX.fullmatch(value):
            fix = "Write it as incoming/: letters, digits and _.=-, ending in /"
            yield Problem(argument, value[:60], "is no prefix of objects", fix)
    if not is_token(prefix) and not is_token(results_prefix) and results_prefix.startswith(prefix):
        rule = f"is inside {prefix}, so that results would be worked on as well"
        yield Problem("results_prefix", results_prefix, rule, "Put results elsewhere")


def _time_problems(poll_seconds: int, timeout_seconds: int) -> Iterator[Problem]:
    # An execution has at most 25,000 events, and a look makes fewer than ten.
    for argument, value, lowest, highest in (
        ("poll_seconds", poll_seconds, 10, 3_600),
        ("timeout_seconds", timeout_seconds, 60, 86_400),
    ):
        if is_token(value):
            yield Problem(argument, value, "has to be known at synth", "Use a number")
        elif outside(value, lowest, highest):
            yield Problem(argument, value, "is no time to wait", f"Use {lowest} to {highest}")
    if not is_token(poll_seconds) and not is_token(timeout_seconds) and timeout_seconds > poll_seconds * 2_000:
        rule = f"is longer than 2000 looks of {poll_seconds} seconds, which is as much as an execution takes"
        yield Problem("timeout_seconds", timeout_seconds, rule, "Raise poll_seconds")
