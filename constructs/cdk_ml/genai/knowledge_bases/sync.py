"""Keeps a knowledge base like its documents: ingests what is new, changed or gone.

https://docs.aws.amazon.com/bedrock/latest/userguide/kb-data-source-sync-ingest.html
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.knowledge_bases.arrivals import Arrivals
from cdk_ml.genai.knowledge_bases.base import KnowledgeBaseResource
from cdk_ml.genai.knowledge_bases.sync_states import sync_states
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token
from cdk_ml.workflow import Schedule, StateMachine
from cdk_ml.workspace import Statement, Workspace

INGEST = ("bedrock:GetIngestionJob", "bedrock:StartIngestionJob")
_A_DAY = 86_400


class KnowledgeBaseSync(Construct):
    """Ingests a source of a knowledge base: at given times, some minutes after documents arrive, or when it is started.

    Creates a state machine that starts an ingestion job, waits for it, and fails when the job does or when documents
    could not be ingested; its alarm tells the workspace's topic. Bedrock ingests a source once at a time: who comes
    second waits for up to four hours. Only what is new, changed or gone since the last time is ingested and paid for.

    With ``on_arrival`` the events of many documents start one ingestion, six minutes after the first of them. The
    bucket has to send its events to EventBridge, as the one that :class:`~cdk_ml.genai.S3Source` makes does. Documents
    that were there before have sent none: start the state machine once.

    A source is not deleted while it is ingested: wait for the state machine before the stack goes.

    Idle cost: an alarm on two metrics, 0.20 USD a month; with ``on_arrival`` another one, and the requests with which a
    pipe asks its queue, less than 1 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import FoundationModel, KnowledgeBase, KnowledgeBaseSync, S3Source
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> knowledge_base = KnowledgeBase(
    ...     stack,
    ...     "Handbooks",
    ...     workspace=workspace,
    ...     embedding=FoundationModel("amazon.titan-embed-text-v2:0"),
    ...     sources=[S3Source(name="handbooks")],
    ... )
    >>> sync = KnowledgeBaseSync(
    ...     stack,
    ...     "Sync",
    ...     workspace=workspace,
    ...     knowledge_base=knowledge_base,
    ...     source="handbooks",
    ...     schedule="cron(0 3 * * ? *)",
    ...     on_arrival=True,
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/kb-data-source-sync-ingest.html

    :ivar machine: what ingests.
    :ivar schedule: what starts it at given times, if anything does.
    :ivar arrivals: what starts it when documents arrive, if anything does.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        knowledge_base: KnowledgeBaseResource,
        source: str,
        schedule: str | None = None,
        on_arrival: bool = False,
        tolerated_failures: int = 0,
    ) -> None:
        """
        :param workspace: key, topic, queue, tags and profile.
        :param knowledge_base: what is ingested into.
        :param source: name of its source.
        :param schedule: when, as ``rate(1 day)`` or ``cron(0 3 * * ? *)`` in UTC; never by itself when not given.
        :param on_arrival: ingest documents when they arrive in the bucket of the source, or leave it.
        :param tolerated_failures: documents that may fail without a failure of the execution.
        :raises cdk_ml.errors.ConfigurationError: a source that is not there or has no bucket, a schedule that Scheduler
            does not read, or a region without pipes.
        """
        super().__init__(scope, id)
        reject(self, _problems(self, knowledge_base, source, tolerated_failures, on_arrival=on_arrival))
        workspace.adopt(self)
        found = knowledge_base.data_sources[source]
        self._knowledge_base = knowledge_base
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=sync_states(
                self,
                knowledge_base_id=knowledge_base.knowledge_base_id,
                data_source_id=found.data_source_id,
                tolerated=tolerated_failures,
            ),
            statements=self.ingest_statements(),
            timeout_seconds=_A_DAY,
        )
        self.schedule = (
            None
            if schedule is None
            else Schedule(self, "Schedule", workspace=workspace, expression=schedule, target=self.machine.target)
        )
        self.arrivals: Arrivals | None = None
        if on_arrival:
            assert found.bucket is not None
            self.arrivals = Arrivals(
                self,
                "Arrivals",
                workspace=workspace,
                bucket=found.bucket,
                prefix=getattr(found.source, "prefix", None),
                machine=self.machine,
            )

    def ingest_statements(self) -> list[Statement]:
        """What ingests without the state machine needs this."""
        return [Statement(actions=INGEST, resources=[self._knowledge_base.knowledge_base_arn])]

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` start an ingestion."""
        return self.machine.grant_start_execution(grantee)


def _problems(
    scope: Construct, knowledge_base: KnowledgeBaseResource, source: str, tolerated: int, *, on_arrival: bool
) -> Iterator[Problem]:
    known = knowledge_base.data_sources
    if source not in known:
        yield Problem("source", source, f"is no source of {knowledge_base.node.path}", f"Use one of {', '.join(known)}")
    elif on_arrival and known[source].bucket is None:
        rule = f"tells nobody of the documents of {source}, which are in no bucket"
        yield Problem("on_arrival", on_arrival, rule, "Use a schedule")
    if is_token(tolerated):
        rule = "has to be compared with at synth, and only the deployment knows it"
        yield Problem("tolerated_failures", tolerated, rule, "Use a number")
    elif not 0 <= tolerated < 1e9:
        yield Problem("tolerated_failures", tolerated, "is no number of documents", "Use 0 or more")
    if on_arrival:
        instead = "Use a schedule there, or another region"
        yield from region_problems(Stack.of(scope).region, "AWS::Pipes::Pipe", instead=instead)
