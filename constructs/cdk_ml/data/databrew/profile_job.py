"""A profile: what is in a dataset, and whether it keeps its rules.

https://docs.aws.amazon.com/databrew/latest/dg/jobs.profile.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.data.catalog.database import prefix_problems
from cdk_ml.data.databrew.dataset import DataBrewDataset
from cdk_ml.data.databrew.expressions import no_column
from cdk_ml.data.databrew.job import DataBrewJob, write_output
from cdk_ml.data.databrew.ruleset import DataBrewRuleset
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow import Function
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key


class ProfileJob(DataBrewJob):
    """Profiles a dataset, checks its rules, and lets a state machine go on where they hold.

    Creates the job, a role that reads the dataset and writes the profile and nothing else, and a log group under the
    workspace's key. A job whose rules are broken succeeds: :meth:`gate` reads its report, and fails.

    Idle cost: nothing. DataBrew bills about 0.48 USD for each node and hour.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import DataBrewDataset, DataBrewRule, DataBrewRuleset, DatasetFiles, ProfileJob
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> customers = DataBrewDataset(
    ...     stack,
    ...     "Customers",
    ...     workspace=workspace,
    ...     source=DatasetFiles(bucket=workspace.data_bucket, prefix="incoming/", column_names=("customer_id", "age")),
    ... )
    >>> rules = DataBrewRuleset(
    ...     stack,
    ...     "Rules",
    ...     workspace=workspace,
    ...     dataset=customers,
    ...     rules=[DataBrewRule(name="enough rows", check="AGG(ROWS_COUNT) >= :least", values={":least": "1000"})],
    ... )
    >>> profile = ProfileJob(stack, "Profile", workspace=workspace, dataset=customers, rulesets=[rules])
    >>> machine = StateMachine(
    ...     stack,
    ...     "Check",
    ...     workspace=workspace,
    ...     definition=profile.gate(stack, "RulesHold"),
    ...     statements=profile.gate_statements(),
    ... )

    See https://docs.aws.amazon.com/databrew/latest/dg/jobs.profile.html

    :ivar output_uri: where profiles and reports are, as a prefix in S3.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        dataset: DataBrewDataset,
        rulesets: Sequence[DataBrewRuleset] = (),
        column_names: Sequence[str] = (),
        rows: int | None = None,
        prefix: str | None = None,
        capacity: int = 5,
        timeout_minutes: int = 120,
        retries: int = 0,
        name: str | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: key, buckets, tags and profile.
        :param dataset: what it looks at.
        :param rulesets: rules about the dataset that it checks.
        :param column_names: what it profiles; every column when not given. Rules see every column.
        :param rows: the first rows that it looks at; all of them when not given. Rules see no others.
        :param prefix: of the data bucket where it writes; ``databrew/`` and its name when not given.
        :param capacity: nodes that it may use.
        :param timeout_minutes: minutes after which a run is stopped.
        :param retries: how often DataBrew runs it again after a failure.
        :param name: a name that people know it by; one made of its path when not given.
        :param role: an execution role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: for rules about another dataset, a column that the dataset does not
            have, and limits that are none.
        """
        super().__init__(
            scope,
            id,
            workspace=workspace,
            dataset=dataset,
            capacity=capacity,
            timeout_minutes=timeout_minutes,
            retries=retries,
            name=name,
            problems=_problems(dataset, rulesets, column_names, rows, prefix),
        )
        bucket = workspace.data_bucket
        self._rulesets = tuple(rulesets)
        self._prefix = f"{f'databrew/{self.job_name}' if prefix is None else prefix}/"
        self.output_uri = f"s3://{bucket.bucket_name}/{self._prefix}"
        sample: dict[str, Any] = {"mode": "FULL_DATASET"} if rows is None else {"mode": "CUSTOM_ROWS", "size": rows}
        self._make(
            "PROFILE",
            role=role,
            statements=write_output(bucket.bucket_arn, self._prefix),
            output_location={
                "bucket": bucket.bucket_name,
                "key": self._prefix,
                "bucketOwner": Aws.ACCOUNT_ID,
            },
            job_sample=sample,
            profile_configuration={"profileColumns": [{"name": each} for each in column_names]}
            if column_names
            else None,
            validation_configurations=[
                {"rulesetArn": each.ruleset_arn, "validationMode": "CHECK_ALL"} for each in rulesets
            ]
            or None,
        )
        if rulesets:
            self.node.add_dependency(*rulesets)

    @cached_property
    def gate_function(self) -> Function:
        """What reads the report of a run; made when somebody asks for it, as :meth:`gate` does."""
        bucket, key = self._workspace.data_bucket.bucket_arn, self._workspace.key.key_arn
        return Function(
            self,
            "Gate",
            workspace=self._workspace,
            code=runtime_code("databrew_gate"),
            statements=[
                Statement(actions=["databrew:DescribeJobRun"], resources=[self.job_arn]),
                Statement(
                    actions=["s3:GetObject"],
                    resources=[f"{bucket}/{self._prefix}*"],
                    wildcard="DataBrew names the report after the run; the prefix is the job's own. "
                    "https://docs.aws.amazon.com/databrew/latest/dg/profile.data-quality-rules.html",
                ),
                Statement(
                    actions=["s3:ListBucket"],
                    resources=[bucket],
                    conditions={"StringLike": {"s3:prefix": [self._prefix]}},
                ),
                *use_key(key),
            ],
        )

    def gate(self, scope: Construct, id: str) -> sfn.Chain:
        """Make states that run the job, and go on where its rules hold.

        Where one is broken, the second state fails with ``RulesBrokenError`` and says which, and in which columns:
        catch it to put the data aside. The state machine needs :meth:`gate_statements`.

        :param id: of the second state; the first one is called the same with ``Profile`` behind.
        :raises cdk_ml.errors.ConfigurationError: for a job that checks no rules.
        """
        if not self._rulesets:
            rule = "lets everything pass: the job checks no rules"
            reject(f"{scope.node.path}/{id}", [Problem("rulesets", [], rule, "Give rulesets to the job")])
        run = self.task(scope, f"{id}Profile")
        check = sfn.CustomState(
            scope,
            id,
            state_json={
                "Type": "Task",
                "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke",
                "Parameters": {
                    "FunctionName": self.gate_function.function_arn,
                    "Payload": {
                        "job": self.job_name,
                        "run.$": f"$['{id}Profile'].RunId",
                        "bucket": self._workspace.data_bucket.bucket_name,
                        "prefix": self._prefix,
                    },
                },
                "ResultSelector": {"rules.$": "$.Payload.rules", "rows.$": "$.Payload.rows"},
                "ResultPath": f"$['{id}']",
                "Retry": [
                    {"ErrorEquals": ["RulesBrokenError", "NoReportError"], "MaxAttempts": 0},
                    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 3},
                ],
            },
        )
        return sfn.Chain.start(run).next(check)

    def gate_statements(self) -> list[Statement]:
        """What a state machine with a :meth:`gate` needs."""
        return [*self.run_statements(), self.gate_function.invoke_statement()]


def _problems(
    dataset: DataBrewDataset,
    rulesets: Sequence[DataBrewRuleset],
    column_names: Sequence[str],
    rows: int | None,
    prefix: str | None,
) -> Iterator[Problem]:
    for ruleset in rulesets:
        if ruleset.dataset is not dataset:
            rule = f"is about {ruleset.dataset.node.path}, and the job looks at {dataset.node.path}"
            yield Problem("rulesets", ruleset.node.path, rule, "Make rules about the dataset of the job")
    if dataset.column_names:
        for name in column_names:
            if name not in dataset.column_names and not is_token(name):
                yield no_column("column_names", name, dataset.column_names)
    if rows is not None and outside(rows, 1, 2**63 - 1):
        yield Problem("rows", rows, "is no number of rows", "Use 1 or more, or leave it out for all of them")
    if prefix is not None:
        if not prefix:
            yield Problem("prefix", prefix, "is the whole bucket", "Name a prefix of the job's own")
        yield from prefix_problems(prefix)
