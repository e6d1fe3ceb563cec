"""A labelling job of SageMaker Ground Truth as a state, for accounts that used it before it closed.

https://docs.aws.amazon.com/sagemaker/latest/dg/sms-create-labeling-job-api.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from aws_cdk import Aws
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.lifecycle import closed_problems, warn_of_closing
from cdk_ml.sagemaker.execution_role import publish_metrics, read_objects, write_job_logs, write_objects
from cdk_ml.sagemaker.labeling.labeling_workforce import SERVICE
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow.function import Function
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import pass_role, use_key

_ATTRIBUTE = "label"
_JOB_PREFIX = "labeling"
_PAGE = "question.liquid.html"
_TEXT = re.compile(r"[^\n]{1,128}")
# The most that Ground Truth gives a worker for one object, and a private team for all of them.
_EIGHT_HOURS, _TEN_DAYS = 28_800, 864_000
# SageMaker answers so when it is asked too often.
_PASSING = ("SageMaker.AmazonSageMakerException",)


class LabelingJob(Construct):
    """Asks a team one question about each object of a manifest, and keeps the label that most of them chose.

    Ground Truth is closed to new customers: :class:`cdk_ml.workflow.HumanReview` does its job anywhere. Accounts that
    used it before say ``existing_customer=True``, and are warned at each synth.

    Creates the page that workers see, the functions that prepare and consolidate, and an execution role that reads the
    input and writes the output, both in the workspace's data bucket. Each execution of a state machine with
    :meth:`task` runs a job of its own.

    Idle cost: nothing; Ground Truth charges for each object.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import LabelingJob
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Claims")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="claims", owner="claims-ml", cost_center="4711"),
    ... )
    >>> job = LabelingJob(
    ...     stack,
    ...     "Job",
    ...     workspace=workspace,
    ...     workteam_arn=stack.format_arn(
    ...         service="sagemaker", resource="workteam", resource_name="private-crowd/claims"
    ...     ),
    ...     question="Is this a claim?",
    ...     labels=["claim", "no claim"],
    ...     input_prefix="letters/",
    ...     output_prefix="labelled/",
    ...     existing_customer=True,
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Machine",
    ...     workspace=workspace,
    ...     definition=job.task(stack, "Label", manifest="$.manifest"),
    ...     statements=job.statements,
    ...     timeout_seconds=864_000,
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates.html

    :ivar role: what the job runs as.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        workteam_arn: str,
        question: str,
        labels: Sequence[str],
        input_prefix: str,
        output_prefix: str,
        workers_per_object: int = 1,
        existing_customer: bool = False,
    ) -> None:
        """
        :param workspace: data bucket, key, tags and profile.
        :param workteam_arn: ARN of the team, such as :meth:`LabelingWorkforce.workteam_arn` gives.
        :param question: what workers are asked, at most 128 characters.
        :param labels: what they choose among.
        :param input_prefix: where manifests and the objects they name are in the data bucket, ending in ``/``.
        :param output_prefix: where the labels go in the data bucket, ending in ``/``.
        :param workers_per_object: how many workers are asked about each object, 1 to 9.
        :param existing_customer: the account used Ground Truth before it closed.
        :raises cdk_ml.errors.ConfigurationError: for a new customer, and for what SageMaker would refuse.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *closed_problems(SERVICE, existing_customer=existing_customer),
                *_problems(question, labels, {"input_prefix": input_prefix, "output_prefix": output_prefix}),
                *_worker_problems(workers_per_object),
            ],
        )
        workspace.adopt(self)
        self._bucket = workspace.data_bucket
        self._key_arn = workspace.key.key_arn
        self._workteam_arn = workteam_arn
        self._question = question
        self._output_prefix = output_prefix
        self._workers = workers_per_object
        self._template = s3_assets.Asset(self, "Template", path=str(runtime_code("labeling") / "template" / _PAGE))
        self._prepare = Function(
            self,
            "Prepare",
            workspace=workspace,
            code=runtime_code("labeling/prepare"),
            environment={"QUESTION": question, "LABELS": json.dumps([*labels])},
        )
        self._consolidate = Function(
            self,
            "Consolidate",
            workspace=workspace,
            code=runtime_code("labeling/consolidate"),
            statements=read_objects(self._bucket.bucket_arn, output_prefix),
        )
        self.role = workspace.role(
            self, "Role", service="sagemaker.amazonaws.com", statements=self._permissions(input_prefix)
        )
        warn_of_closing(self, SERVICE)

    @property
    def statements(self) -> Sequence[Statement]:
        """What a state machine with :meth:`task` needs."""
        here = f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
        rule = "StepFunctionsGetEventsForSageMakerLabelingJobsRule"
        return (
            Statement(
                actions=["sagemaker:CreateLabelingJob", "sagemaker:DescribeLabelingJob", "sagemaker:StopLabelingJob"],
                resources=[f"arn:{Aws.PARTITION}:sagemaker:{here}:labeling-job/{_JOB_PREFIX}-*"],
                wildcard="Each execution runs a job under a name of its own; the beginning of the names is named. "
                "https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html",
            ),
            pass_role(self.role.role_arn, to="sagemaker.amazonaws.com"),
            Statement(
                actions=["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                resources=[f"arn:{Aws.PARTITION}:events:{here}:rule/{rule}"],
            ),
        )

    def task(self, scope: Construct, id: str, *, manifest: str, hours_available: int = 240) -> sfn.CustomState:
        """A state that runs a job and ends when everything is labelled, or after the time of the state machine.

        :param manifest: address of the manifest in S3, or a path to it such as ``$.manifest``.
        :param hours_available: hours that an object waits for workers, 1 to 240.
        :raises cdk_ml.errors.ConfigurationError: for more hours than Ground Truth keeps tasks.
        """
        reject(f"{scope.node.path}/{id}", _hours_problems(hours_available))
        source = {"ManifestS3Uri.$" if manifest.startswith("$") else "ManifestS3Uri": manifest}
        return sfn.CustomState(
            scope,
            id,
            state_json={
                "Type": "Task",
                "Resource": f"arn:{Aws.PARTITION}:states:::sagemaker:createLabelingJob.sync",
                "Parameters": {
                    "LabelingJobName.$": f"States.Format('{_JOB_PREFIX}-{{}}', States.UUID())",
                    "LabelAttributeName": _ATTRIBUTE,
                    "RoleArn": self.role.role_arn,
                    "InputConfig": {"DataSource": {"S3DataSource": source}},
                    "OutputConfig": {
                        "S3OutputPath": f"s3://{self._bucket.bucket_name}/{self._output_prefix}",
                        "KmsKeyId": self._key_arn,
                    },
                    "HumanTaskConfig": {
                        "WorkteamArn": self._workteam_arn,
                        "UiConfig": {"UiTemplateS3Uri": self._template.s3_object_url},
                        "PreHumanTaskLambdaArn": self._prepare.function_arn,
                        "AnnotationConsolidationConfig": {
                            "AnnotationConsolidationLambdaArn": self._consolidate.function_arn
                        },
                        "TaskTitle": self._question,
                        "TaskDescription": self._question,
                        "NumberOfHumanWorkersPerDataObject": self._workers,
                        "TaskTimeLimitInSeconds": _EIGHT_HOURS,
                        "TaskAvailabilityLifetimeInSeconds": hours_available * 3600,
                    },
                },
                "ResultPath": "$.labeling",
                "Retry": [
                    {
                        "ErrorEquals": [*_PASSING],
                        "IntervalSeconds": 30,
                        "MaxAttempts": 5,
                        "BackoffRate": 2,
                        "JitterStrategy": "FULL",
                    }
                ],
            },
        )

    def _permissions(self, input_prefix: str) -> Iterator[Statement]:
        yield self._prepare.invoke_statement()
        yield self._consolidate.invoke_statement()
        template = f"{self._template.bucket.bucket_arn}/{self._template.s3_object_key}"
        yield Statement(actions=["s3:GetObject"], resources=[template])
        yield from read_objects(self._bucket.bucket_arn, input_prefix)
        yield from read_objects(self._bucket.bucket_arn, self._output_prefix)
        yield from write_objects(self._bucket.bucket_arn, self._output_prefix)
        yield from use_key(self._key_arn)
        yield from write_job_logs("LabelingJobs")
        yield from publish_metrics()


def _problems(question: str, labels: Sequence[str], prefixes: dict[str, str]) -> Iterator[Problem]:
    if not is_token(question) and not (_TEXT.fullmatch(question) and question.strip()):
        yield Problem(
            "question", question, "is no question that SageMaker takes", "Ask in a line of 1 to 128 characters"
        )
    if len(labels) < 2 or len({*labels}) < len(labels) or not all(label.strip() for label in labels):
        yield Problem("labels", [*labels], "leaves nothing to choose", "Name at least two different labels")
    for name, prefix in prefixes.items():
        if not is_token(prefix) and not re.fullmatch(r"[A-Za-z0-9_.=-][A-Za-z0-9_.=/-]*/", prefix):
            yield Problem(name, prefix, "is no prefix of its own in the bucket", "Write one such as letters/")


def _worker_problems(workers: int) -> Iterator[Problem]:
    if outside(workers, 1, 9):
        yield Problem("workers_per_object", workers, "is not a number of workers that SageMaker asks", "Use 1 to 9")


def _hours_problems(hours: int) -> Iterator[Problem]:
    if outside(hours, 1, _TEN_DAYS // 3600):
        yield Problem("hours_available", hours, "is not a time that tasks are kept for a private team", "Use 1 to 240")
