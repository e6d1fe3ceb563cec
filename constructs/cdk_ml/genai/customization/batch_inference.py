"""Many prompts at half the price, when nobody waits for the answers.

https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from aws_cdk import Names, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.customization.jobs import PAGE, bedrock_arn, job_state, job_statements
from cdk_ml.genai.models.arns import foundation_model_arns
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.sagemaker.execution_role import read_objects, write_objects
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow import Schedule, StateMachine, Target
from cdk_ml.workflow.polled_job import run_name
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import pass_role, read_foreign_key, use_key


class BatchInference(Construct):
    """A batch of prompts for a model, as a workflow that counts what was not answered.

    Creates a state machine that has Bedrock answer every line of the files under a prefix, waits, and fails when a
    record was not answered, so that the workspace's topic hears of it; a role of Bedrock; and a schedule where one is
    given. Answers are in the workspace's data bucket, apart for every execution, each beside its prompt.

    Idle cost: an alarm on two metrics, 0.20 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import BatchInference, FoundationModel
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="service-ml", cost_center="4711"),
    ... )
    >>> batch = BatchInference(
    ...     stack,
    ...     "Summaries",
    ...     workspace=workspace,
    ...     model=FoundationModel("amazon.nova-lite-v1:0"),
    ...     bucket=workspace.data_bucket,
    ...     prefix="tickets/",
    ...     schedule="cron(0 2 * * ? *)",
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html

    :ivar machine: the workflow.
    :ivar role: what Bedrock reads, asks and writes as.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        model: InvokableModel,
        bucket: s3.IBucket,
        prefix: str,
        schedule: str | None = None,
        request: Literal["Converse", "InvokeModel"] = "Converse",
        timeout_hours: int = 24,
    ) -> None:
        """
        :param workspace: key, buckets, queue, topic, tags and profile.
        :param model: what is asked.
        :param bucket: where the prompts are.
        :param prefix: what the keys of their .jsonl files begin with, such as ``tickets/``; every file under it is
            answered each time.
        :param schedule: when, as EventBridge Scheduler writes it; ``None`` to start the machine yourself.
        :param request: what ``modelInput`` of a line is: a request of Converse, or of the model's own.
        :param timeout_hours: hours after which Bedrock gives up, 24 to 168.
        :raises cdk_ml.errors.ConfigurationError: a model that cannot be asked here, a prefix that is the whole bucket,
            or hours that Bedrock does not take.
        """
        super().__init__(scope, id)
        reject(self, [*model_problems(model, Stack.of(self).region), *_problems(prefix, timeout_hours)])
        workspace.adopt(self)
        name = Names.unique_resource_name(self, max_length=40, separator="-", allowed_special_characters="-")
        answers = workspace.data_bucket
        self.role = workspace.role(
            self,
            "Role",
            service="bedrock.amazonaws.com",
            statements=[
                *read_objects(bucket.bucket_arn, prefix),
                *write_objects(answers.bucket_arn, f"{name}/"),
                *use_key(workspace.key.key_arn),
                *read_foreign_key(bucket, workspace.key.key_arn),
                *model.invoke_statements(actions=["bedrock:InvokeModel"]),
            ],
        )
        run = job_state(
            self,
            "Run",
            action="ModelInvocationJob",
            name=run_name(name),
            request={
                "ModelId": model.model_id,
                "RoleArn": self.role.role_arn,
                "ModelInvocationType": request,
                "InputDataConfig": {
                    "S3InputDataConfig": {"S3InputFormat": "JSONL", "S3Uri": f"s3://{bucket.bucket_name}/{prefix}"}
                },
                "OutputDataConfig": {
                    "S3OutputDataConfig": {
                        "S3Uri.$": f"States.Format('s3://{answers.bucket_name}/{name}/{{}}/', $$.Execution.Name)",
                        "S3EncryptionKeyId": workspace.key.key_arn,
                    }
                },
                "TimeoutDurationInHours": timeout_hours,
            },
            failed=("Failed", "Stopped", "PartiallyCompleted", "Expired"),
            reason="Message",
        )
        missed = sfn.Fail(
            self,
            "Missed",
            error="RecordsFailed",
            cause_path="States.Format('{} records were not answered; their errors are in the output', "
            "$['Run'].ErrorRecordCount)",
        )
        complete = sfn.Choice(self, "Complete").when(
            sfn.Condition.and_(
                sfn.Condition.is_present("$['Run'].ErrorRecordCount"),
                sfn.Condition.number_greater_than("$['Run'].ErrorRecordCount", 0),
            ),
            missed,
        )
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=run.next(complete.otherwise(sfn.Succeed(self, "Answered"))),
            statements=[
                *job_statements(
                    "ModelInvocationJob",
                    resource="model-invocation-job",
                    made_of=[*foundation_model_arns(model), bedrock_arn("model-invocation-job")],
                    wildcard=f"Bedrock names a job when it is made; the model is named beside it. {PAGE}",
                ),
                pass_role(self.role.role_arn, to="bedrock.amazonaws.com"),
            ],
            timeout_seconds=(timeout_hours + 1) * 3_600 if not is_token(timeout_hours) else 8 * 86_400,
        )
        if schedule is not None:
            Schedule(self, "Schedule", workspace=workspace, expression=schedule, target=self.machine.target)

    @property
    def target(self) -> Target:
        """The batch as what a schedule or an event starts."""
        return self.machine.target

    def start_statements(self) -> list[Statement]:
        """What starts a batch needs this."""
        return [*self.machine.start_statements()]


def _problems(prefix: str, timeout_hours: int) -> Iterator[Problem]:
    if not is_token(prefix) and not prefix.strip("/ "):
        yield Problem("prefix", prefix, "would read everything in the bucket", "Name what keys of prompts begin with")
    if outside(timeout_hours, 24, 168):
        yield Problem("timeout_hours", timeout_hours, "is not a time that Bedrock takes", "Use 24 to 168")
