"""A work group: where questions are asked, what they may cost, and where the answers go.

https://docs.aws.amazon.com/athena/latest/ug/workgroups-manage-queries-control-costs.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Aws, Names
from aws_cdk import aws_athena as athena
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.data.athena.answers import AnswerPlace, Answers, S3Answers, answer_problems
from cdk_ml.data.athena.permissions import ask, read_tables
from cdk_ml.data.athena.task import query_state
from cdk_ml.data.athena.view import View
from cdk_ml.data.catalog.database import Database
from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.running import grant
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.alerts import alarm_above

_NAMESPACE = "AWS/Athena"
_NAME = re.compile(r"[a-zA-Z0-9._-]{1,128}")
# The least that Athena takes; the most that its counter holds.
_LEAST_BYTES, _MOST_BYTES = 10_000_000, 2**63 - 1
_GIB, _DAY, _HOUR = 2**30, 86_400, 3_600

EngineVersion = Literal["Athena engine version 3", "AUTO"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAlarms:
    """When somebody should look at what is asked.

    :param bytes_a_day: bytes that all questions of a day read together; a terabyte is billed about 5 USD.
    :param failed_an_hour: questions that fail in an hour; wrong SQL fails as well.
    """

    bytes_a_day: int = 1_024 * _GIB
    failed_an_hour: int = 20


class WorkGroup(Construct):
    """An Athena work group whose settings hold for everybody who asks in it.

    A question that reads more than ``bytes_limit`` is stopped. Answers are under the workspace's key, in S3 until a
    lifecycle rule deletes them or with Athena for a day. Clients cannot choose another place, key or limit. Buckets
    whose owner lets readers pay are not read.

    Creates the work group, and alarms on what a day reads and on questions that fail. Deleting it deletes its history
    and the queries that are saved in it.

    Idle cost: two alarms, 0.20 USD a month. Athena bills what is read, about 5 USD a terabyte, 10 MB at least.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_iam as iam
    >>> from cdk_ml.data import WorkGroup
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> analysts = WorkGroup(stack, "Analysts", workspace=workspace, bytes_limit=10 * 2**30)
    >>> count = analysts.query_task(stack, "Count", sql="SELECT count(*) AS customers FROM shop.customers")
    >>> machine = StateMachine(
    ...     stack, "Nightly", workspace=workspace, definition=count, statements=analysts.query_statements()
    ... )

    See https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings.html

    :ivar work_group_name: its name.
    :ivar answers_uri: where the answers are, as a prefix in S3; ``None`` where Athena keeps them.
    :ivar cfn_work_group: the work group.
    :ivar cfn_alarms: the alarms.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        name: str | None = None,
        bytes_limit: int = 100 * _GIB,
        answers: Answers = S3Answers(),
        engine: EngineVersion = "Athena engine version 3",
        alarms: QueryAlarms | None = QueryAlarms(),
        description: str | None = None,
    ) -> None:
        """
        :param workspace: key, buckets, topic, tags and profile.
        :param name: a name that people and tools know it by; one made of its path when not given.
        :param bytes_limit: bytes that a question may read before it is stopped, 10 MB at least.
        :param answers: where they are kept.
        :param engine: the version that answers; ``AUTO`` leaves it to Athena when to change.
        :param alarms: ``None`` for none.
        :param description: what it is for, at most 1024 characters.
        :raises cdk_ml.errors.ConfigurationError: for a name, a limit or a place that AWS would refuse.
        """
        super().__init__(scope, id)
        reject(self, [*_problems(name, bytes_limit, alarms, description), *answer_problems(answers)])
        workspace.adopt(self)
        self.work_group_name = (
            Names.unique_resource_name(self, max_length=63, separator="-").lower() if name is None else name
        )
        self._place = AnswerPlace(self, answers, workspace=workspace, name=self.work_group_name)
        self.answers_uri = self._place.uri
        self.cfn_work_group = athena.CfnWorkGroup(
            self,
            "Resource",
            name=self.work_group_name,
            description=f"Questions of {self.node.path}"[:1024] if description is None else description,
            # Its history and what is saved in it are no data, and would be in the way of its deletion.
            recursive_delete_option=True,
            state="ENABLED",
            work_group_configuration={
                "enforceWorkGroupConfiguration": True,
                "publishCloudWatchMetricsEnabled": True,
                "requesterPaysEnabled": False,
                "bytesScannedCutoffPerQuery": bytes_limit,
                "engineVersion": {"selectedEngineVersion": engine},
                **self._place.configuration,
            },
        )
        self.cfn_alarms = [] if alarms is None else self._alarms(alarms, workspace.alert_topic.topic_arn)

    @property
    def work_group_arn(self) -> str:
        """For policies."""
        return f"arn:{Aws.PARTITION}:athena:{Aws.REGION}:{Aws.ACCOUNT_ID}:workgroup/{self.work_group_name}"

    def query_task(
        self,
        scope: Construct,
        id: str,
        *,
        sql: str,
        database: Database | None = None,
        tables: Sequence[CatalogTable | View] | None = None,
        parameters: Sequence[str] = (),
        timeout_seconds: int = 1_800,
    ) -> sfn.CustomState:
        """Make a state that asks and waits for the answer, and stops the query when the execution is stopped.

        Its result has the query's id and where the answer is, under the state's id. The state machine needs
        :meth:`query_statements`.

        :param sql: one statement; each question mark in it stands for one of ``parameters``.
        :param database: where tables are that it names without a database.
        :param tables: what it may name: then tables and columns are looked for when it is synthesized.
        :param parameters: texts, or paths into the state's input such as ``$.day``; never put input into ``sql``.
        :param timeout_seconds: seconds after which the state has failed.
        :raises cdk_ml.errors.ConfigurationError: for what is no statement, or names what is not there.
        """
        return query_state(
            scope,
            id,
            work_group=self.cfn_work_group.ref,
            sql=sql,
            database=database,
            tables=tables,
            parameters=parameters,
            timeout_seconds=timeout_seconds,
        )

    def query_statements(self, *tables: CatalogTable | View) -> list[Statement]:
        """What a role needs to ask about ``tables`` here.

        :param tables: leave out those that Lake Formation governs: their lake grants them.
        """
        return [*ask(self.work_group_arn), *self._place.statements, *read_tables(tables)]

    def grant_query(self, grantee: iam.IGrantable, *tables: CatalogTable | View) -> iam.Grant:
        """Let ``grantee`` ask about ``tables`` here, and read the answers of this work group.

        :param tables: leave out those that Lake Formation governs: their lake grants them.
        """
        return grant(grantee, self.query_statements(*tables))

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the work group, by the name Athena gives it.

        :param name: such as ``ProcessedBytes`` or ``TotalExecutionTime``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options = {"statistic": "Sum", **options}
        dimensions = {"WorkGroup": self.work_group_name, **options.pop("dimensions_map", {})}
        return cloudwatch.Metric(namespace=_NAMESPACE, metric_name=name, dimensions_map=dimensions, **options)

    def metric_processed_bytes(self, **options: Any) -> cloudwatch.Metric:
        """Bytes that questions read."""
        return self.metric("ProcessedBytes", **options)

    def _alarms(self, alarms: QueryAlarms, topic_arn: str) -> list[cloudwatch.CfnAlarm]:
        group = {"name": "WorkGroup", "value": self.work_group_name}
        failed = [{"name": "QueryState", "value": "FAILED"}, {"name": "QueryType", "value": "DML"}, group]
        return [
            alarm_above(
                self,
                "ReadAlarm",
                alarm_description=f"Questions of {self.node.path} read more in a day than they should",
                namespace=_NAMESPACE,
                metric_name="ProcessedBytes",
                dimensions=[group],
                statistic="Sum",
                period=_DAY,
                threshold=alarms.bytes_a_day,
                topic_arn=topic_arn,
            ),
            alarm_above(
                self,
                "FailedAlarm",
                alarm_description=f"Questions of {self.node.path} fail",
                namespace=_NAMESPACE,
                # Each query has one, so that counting them counts the queries.
                metric_name="TotalExecutionTime",
                dimensions=failed,
                statistic="SampleCount",
                period=_HOUR,
                threshold=alarms.failed_an_hour,
                topic_arn=topic_arn,
            ),
        ]


def _problems(
    name: str | None, bytes_limit: int, alarms: QueryAlarms | None, description: str | None
) -> Iterator[Problem]:
    if name is not None and not is_token(name) and not _NAME.fullmatch(name):
        fix = "Use 1 to 128 letters, digits, dots, hyphens and underscores"
        yield Problem("name", name, "is not a name that Athena takes", fix)
    if outside(bytes_limit, _LEAST_BYTES, _MOST_BYTES):
        rule = "is not a limit that Athena takes"
        yield Problem("bytes_limit", bytes_limit, rule, f"Use at least {_LEAST_BYTES}, which is 10 MB")
    if description is not None and not is_token(description) and len(description) > 1_024:
        rule = f"has {len(description)} characters"
        yield Problem("description", f"{description[:20]}…", rule, "Use at most 1024")
    if alarms is not None:
        if outside(alarms.bytes_a_day, 1, _MOST_BYTES):
            yield Problem("alarms.bytes_a_day", alarms.bytes_a_day, "is always crossed, or never", "Use 1 or more")
        elif not is_token(bytes_limit) and not is_token(alarms.bytes_a_day) and alarms.bytes_a_day < bytes_limit:
            rule = f"is crossed by one question, which may read {bytes_limit} bytes"
            fix = f"Use at least {bytes_limit}, or a smaller bytes_limit"
            yield Problem("alarms.bytes_a_day", alarms.bytes_a_day, rule, fix)
        if outside(alarms.failed_an_hour, 0, 1_000_000):
            yield Problem("alarms.failed_an_hour", alarms.failed_an_hour, "is no number of questions", "Use 0 or more")
