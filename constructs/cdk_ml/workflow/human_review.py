"""Human review: a state machine waits until a person has looked at something and chosen a label.

The successor of SageMaker Ground Truth and Amazon A2I, which are closed to new customers.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow.function import Function
from cdk_ml.workflow.review_site import ReviewSite
from cdk_ml.workflow.review_task import (
    Asked,
    Documents,
    ask_state,
    asked_problems,
    documents_address,
    documents_environment,
)
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workflow.schedule import Schedule
from cdk_ml.workflow.target import Target
from cdk_ml.workspace import ANYTHING, Statement, Workspace, acknowledge
from cdk_ml.workspace.alerts import alarm_above

_NAMESPACE = "CdkMl/HumanReview"
_INDEX = "open"
_WATCHED_EVERY_MINUTES = 15
_A_WEEK_IN_MINUTES = 7 * 24 * 60


class HumanReview(Construct):
    """A page where people answer what a state machine asks, and the task that asks them.

    Creates a page behind Amazon Cognito, with a user pool of reviewers that an administrator invites and that need a
    second factor; a table of open reviews under the workspace's key; the functions that open, show and decide reviews;
    and an alarm on reviews that nobody answers. Reviews of several state machines come to the same page.

    The task's token stays in the table. Two people who answer at once are told who was first. An answer that comes
    after the task ran out of time is refused.

    Idle cost: an alarm and a metric, 0.40 USD a month; each reviewer who signs in costs 0.02 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.workflow import HumanReview, StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Intake")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="intake", owner="claims-ml", cost_center="4711"),
    ... )
    >>> review = HumanReview(stack, "Review", workspace=workspace)
    >>> ask = review.task(
    ...     stack, "Ask", title="Is this a claim?", labels=["claim", "no claim"], text="$.text", timeout_seconds=3600
    ... )
    >>> machine = StateMachine(
    ...     stack, "Machine", workspace=workspace, definition=ask, statements=review.statements
    ... )

    See https://docs.aws.amazon.com/step-functions/latest/dg/tutorial-human-approval.html

    :ivar url: address of the page; invite reviewers to the user pool and send it to them.
    :ivar cfn_user_pool: the reviewers.
    :ivar cfn_api: the API that gives out the page, and answers it.
    :ivar cfn_table: the reviews, until a month after the time that each of them has.
    :ivar cfn_alarm: raised when a review waits for too long.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        documents: Documents | None = None,
        alarm_after_minutes: int = 240,
    ) -> None:
        """
        :param workspace: key, queue, topic, tags and profile.
        :param documents: where documents are, if there are any to look at.
        :param alarm_after_minutes: minutes that a review may wait before the workspace's topic is told, 15 to 10080.
        :raises cdk_ml.errors.ConfigurationError: for a time that nobody could watch, a prefix that is all there is, or
            a region without Amazon Cognito.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *region_problems(Stack.of(self).region, "AWS::Cognito::UserPool"),
                *_problems(documents, alarm_after_minutes),
            ],
        )
        workspace.adopt(self)
        self._workspace = workspace
        self._documents = documents
        self.cfn_table = self._table()
        site = ReviewSite(self, "Site", workspace=workspace)
        self.url = site.url
        self.cfn_user_pool = site.cfn_user_pool
        self.cfn_api = site.cfn_api
        self._open = self._function(
            "Open", "open", [self._on_table("dynamodb:PutItem")], documents_environment(documents)
        )
        site.answer(self._function("Answer", "answer", self._answering(), documents_environment(documents)))
        site.serve("reviews.html", calls="'self'", values={}, images=documents_address(documents))
        self._watch()
        self.cfn_alarm = self._alarm(alarm_after_minutes)
        self._acknowledge()

    @property
    def statements(self) -> Sequence[Statement]:
        """What a state machine with a task of this needs."""
        return (self._open.invoke_statement(),)

    def task(
        self,
        scope: Construct,
        id: str,
        *,
        title: str,
        labels: Sequence[str],
        text: str | None = None,
        document: str | None = None,
        timeout_seconds: int = 43_200,
        result_path: str = "$.review",
    ) -> sfn.CustomState:
        """A state that asks the reviewers, and ends with what they answered.

        The answer has a ``label``, a ``comment``, the ``reviewer`` and the time, ``decidedAt``. Without an answer in
        time the state fails with ``States.Timeout``, which ``add_catch`` can take elsewhere. Nobody sends heartbeats:
        a person who thinks does not tick.

        :param title: what the list of reviews shows: a text, or a path such as ``$.title``.
        :param labels: what reviewers choose among.
        :param text: what they read, if anything: a text, or a path such as ``$.summary`` to a text or to any JSON.
        :param document: what they look at, if anything: the key of an image or PDF file, or a path to it.
        :param timeout_seconds: seconds that the state machine waits, 60 to 31536000, which is a year. A state machine
            whose own ``timeout_seconds`` is less waits no longer than that.
        :param result_path: where in the state's output the answer goes.
        :raises cdk_ml.errors.ConfigurationError: when there is nothing to look at or to choose from.
        """
        asked = Asked(title=title, labels=labels, text=text, document=document, timeout_seconds=timeout_seconds)
        reject(f"{scope.node.path}/{id}", asked_problems(asked, self._documents))
        return ask_state(scope, id, asked=asked, function_arn=self._open.function_arn, result_path=result_path)

    def metric_oldest_waiting(self, **options: Any) -> cloudwatch.Metric:
        """Seconds for which the oldest open review has been waiting.

        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options.setdefault("statistic", "Maximum")
        return cloudwatch.Metric(
            namespace=_NAMESPACE,
            metric_name="OldestWaiting",
            dimensions_map={"Review": self.cfn_table.ref},
            **options,
        )

    def _table(self) -> dynamodb.CfnTable:
        table = dynamodb.CfnTable(
            self,
            "Table",
            attribute_definitions=[
                {"attributeName": "id", "attributeType": "S"},
                {"attributeName": "open", "attributeType": "S"},
                {"attributeName": "deadline", "attributeType": "N"},
            ],
            key_schema=[{"attributeName": "id", "keyType": "HASH"}],
            # Sparse: only what is open has the attribute.
            global_secondary_indexes=[
                {
                    "indexName": _INDEX,
                    "keySchema": [
                        {"attributeName": "open", "keyType": "HASH"},
                        {"attributeName": "deadline", "keyType": "RANGE"},
                    ],
                    "projection": {"projectionType": "INCLUDE", "nonKeyAttributes": ["opened", "title"]},
                }
            ],
            billing_mode="PAY_PER_REQUEST",
            sse_specification={
                "sseEnabled": True,
                "sseType": "KMS",
                "kmsMasterKeyId": self._workspace.key.key_arn,
            },
            point_in_time_recovery_specification={"pointInTimeRecoveryEnabled": True},
            time_to_live_specification={"attributeName": "expires", "enabled": True},
        )
        table.apply_removal_policy(self._workspace.removal_policy)
        return table

    def _function(
        self, id: str, code: str, statements: Sequence[Statement], environment: dict[str, str], **options: Any
    ) -> Function:
        return Function(
            self,
            id,
            workspace=self._workspace,
            code=runtime_code(f"human_review/{code}"),
            statements=statements,
            environment={"TABLE": self.cfn_table.ref, **environment},
            timeout_seconds=15,
            **options,
        )

    def _watch(self) -> None:
        watch = self._function(
            "Watch",
            "watch",
            [self._on_index()],
            {"NAMESPACE": _NAMESPACE, "REVIEW": self.cfn_table.ref},
            asynchronous=True,
        )
        Schedule(
            self,
            "Watching",
            workspace=self._workspace,
            expression=f"rate({_WATCHED_EVERY_MINUTES} minutes)",
            target=Target(arn=watch.function_arn, statements=[watch.invoke_statement()]),
        )

    def _alarm(self, minutes: int) -> cloudwatch.CfnAlarm:
        return alarm_above(
            self,
            "Alarm",
            alarm_description=f"A review of {self.node.path} waits for more than {minutes} minutes",
            namespace=_NAMESPACE,
            metric_name="OldestWaiting",
            dimensions=[{"name": "Review", "value": self.cfn_table.ref}],
            statistic="Maximum",
            period=_WATCHED_EVERY_MINUTES * 60,
            threshold=minutes * 60,
            topic_arn=self._workspace.alert_topic.topic_arn,
        )

    def _on_table(self, *actions: str) -> Statement:
        return Statement(actions=actions, resources=[self.cfn_table.attr_arn])

    def _on_index(self) -> Statement:
        return Statement(actions=["dynamodb:Query"], resources=[f"{self.cfn_table.attr_arn}/index/{_INDEX}"])

    def _answering(self) -> list[Statement]:
        statements = [
            self._on_index(),
            self._on_table("dynamodb:GetItem", "dynamodb:UpdateItem"),
            Statement(
                actions=["states:SendTaskSuccess"],
                resources=ANYTHING,
                wildcard="states:SendTaskSuccess takes no resource; only the token, which is in the table and nowhere "
                "else, resumes a task. "
                "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html",
            ),
        ]
        if self._documents is not None:
            statements.append(
                Statement(
                    actions=["s3:GetObject"],
                    resources=[self._documents.bucket.arn_for_objects(f"{self._documents.prefix}*")],
                    wildcard="Documents are named by whoever brings them; the prefix they are under is named. "
                    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html",
                )
            )
        return statements

    def _acknowledge(self) -> None:
        acknowledge(
            self.cfn_table,
            "Point-in-time recovery keeps every second of the last 35 days, and a review is gone after its time and a "
            "month: a backup plan would keep copies for longer than the reviews are meant to live. "
            "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
            "NIST.800.53.R5-DynamoDBInBackupPlan",
            "HIPAA.Security-DynamoDBInBackupPlan",
        )


def _problems(documents: Documents | None, alarm_after_minutes: int) -> Iterator[Problem]:
    if outside(alarm_after_minutes, _WATCHED_EVERY_MINUTES, _A_WEEK_IN_MINUTES):
        rule = "is not a time after which an alarm makes sense"
        fix = f"Use {_WATCHED_EVERY_MINUTES} to {_A_WEEK_IN_MINUTES}, which is a week"
        yield Problem("alarm_after_minutes", alarm_after_minutes, rule, fix)
    if documents is not None and not is_token(documents.prefix) and not documents.prefix.strip("/ "):
        rule = "would show reviewers everything in the bucket"
        yield Problem("documents.prefix", documents.prefix, rule, "Name what the keys of documents start with")
