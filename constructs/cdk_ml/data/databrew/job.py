"""What jobs of DataBrew have in common: role, log, limits, and how they are started.

https://docs.aws.amazon.com/databrew/latest/dg/jobs.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from aws_cdk import Aws, Stack
from aws_cdk import aws_databrew as databrew
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.data.databrew.dataset import DataBrewDataset
from cdk_ml.data.databrew.names import databrew_arn, databrew_name, databrew_problems
from cdk_ml.data.running import grant, patient, run_state
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import outside
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

START = ("databrew:StartJobRun",)
FOLLOW = ("databrew:ListJobRuns", "databrew:StopJobRun")
_LOGS = "/aws-glue-databrew"
_WRITE_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
# Another run of the job is under way, or the account runs as many as it may.
_RETRIED = ("DataBrew.ConflictException", "DataBrew.ServiceQuotaExceededException")
_LARGEST = 2**31 - 1


class DataBrewJob(Construct):
    """A job of DataBrew: :class:`ProfileJob` or :class:`RecipeJob`.

    :ivar job_name: its name.
    :ivar job_arn: for policies.
    :ivar role: what it runs as.
    :ivar log_group: what it writes while it runs.
    :ivar cfn_job: the job.
    """

    cfn_job: databrew.CfnJob

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        dataset: DataBrewDataset,
        capacity: int,
        timeout_minutes: int,
        retries: int,
        name: str | None,
        problems: Iterable[Problem],
    ) -> None:
        super().__init__(scope, id)
        named = databrew_problems(Stack.of(self).region, "Job", name)
        reject(self, [*named, *_limit_problems(capacity, timeout_minutes, retries), *problems])
        workspace.adopt(self)
        self._workspace = workspace
        self.dataset = dataset
        self.job_name = databrew_name(self, name)
        self.job_arn = databrew_arn("job", self.job_name)
        self._limits: dict[str, Any] = {"max_capacity": capacity, "timeout": timeout_minutes, "max_retries": retries}

    def _make(
        self,
        kind: Literal["PROFILE", "RECIPE"],
        *,
        role: iam.IRole | None,
        statements: Sequence[Statement],
        **options: Any,
    ) -> None:
        key = self._workspace.key.key_arn
        # The name is DataBrew's choice. It would make a group of that name without a key and without an end.
        self.log_group = self._workspace.log_group(self, "LogGroup", name=f"{_LOGS}/jobs-{self.job_name}")
        self.role = role or self._workspace.role(
            self,
            "Role",
            service="databrew.amazonaws.com",
            statements=[*self.dataset.read_statements(), *use_key(key), *_write_logs(), *statements],
        )
        self.cfn_job = databrew.CfnJob(
            self,
            "Resource",
            name=self.job_name,
            type=kind,
            dataset_name=self.dataset.cfn_dataset.ref,
            role_arn=self.role.role_arn,
            encryption_mode="SSE-KMS",
            encryption_key_arn=key,
            log_subscription="ENABLE",
            **self._limits,
            **options,
        )
        self.cfn_job.add_resource_dependency(self.log_group)

    def task(self, scope: Construct, id: str) -> sfn.CustomState:
        """Make a state that runs the job, waits for it, and stops it when the execution is stopped.

        Its result has the run's id, under the state's id. The state machine needs :meth:`run_statements`.
        """
        return run_state(
            scope,
            id,
            integration="databrew:startJobRun",
            parameters={"Name": self.cfn_job.ref},
            retry=patient(_RETRIED, first_seconds=60, longest_seconds=900),
        )

    def run_statements(self) -> list[Statement]:
        """What a state machine needs to run the job."""
        return [Statement(actions=[*START, *FOLLOW], resources=[self.job_arn])]

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` start runs."""
        return grant(grantee, [Statement(actions=START, resources=[self.job_arn])])


def _limit_problems(capacity: int, timeout_minutes: int, retries: int) -> Iterator[Problem]:
    if outside(capacity, 1, _LARGEST):
        yield Problem("capacity", capacity, "is no number of nodes", "Use 1 or more")
    if outside(timeout_minutes, 1, _LARGEST):
        yield Problem("timeout_minutes", timeout_minutes, "is no time to run in", "Use 1 or more")
    if outside(retries, 0, _LARGEST):
        yield Problem("retries", retries, "is no number of further tries", "Use 0 or more")


def _write_logs() -> list[Statement]:
    logs = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{_LOGS}/*"
    return [
        Statement(
            actions=_WRITE_LOGS,
            resources=[logs],
            wildcard="DataBrew chooses the names of groups and streams under its own prefix, as AWS's policy says. "
            "https://docs.aws.amazon.com/databrew/latest/dg/security-iam-awsmanpol.html",
        )
    ]


def write_output(bucket_arn: str, prefix: str) -> list[Statement]:
    """Write what a job leaves under a prefix, and replace what an earlier run left there."""
    return [
        Statement(
            actions=["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            resources=[f"{bucket_arn}/{prefix}*"],
            wildcard="DataBrew names the files that a job leaves; the prefix is the job's own. "
            "https://docs.aws.amazon.com/databrew/latest/dg/iam-policy-for-data-resources-role.html",
        ),
        Statement(
            actions=["s3:ListBucket"],
            resources=[bucket_arn],
            conditions={"StringLike": {"s3:prefix": [prefix, f"{prefix}*"]}},
        ),
        Statement(actions=["s3:GetBucketLocation"], resources=[bucket_arn]),
    ]
