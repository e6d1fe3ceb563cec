"""Prepares data: files that arrive are checked, put aside or merged into an Iceberg table, and made features of.

https://docs.aws.amazon.com/wellarchitected/latest/machine-learning-lens/data-processing.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Names
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.preparation.column_types import spark_types
from cdk_ml.data.preparation.gate import DIMENSION, NAMESPACE, QualityGate, gate_problems, quarantine_alarm
from cdk_ml.data.preparation.incoming_files import STATE, IncomingFiles, arrival_trigger, incoming_problems
from cdk_ml.data.preparation.job import PreparationJob, table_arguments
from cdk_ml.data.preparation.run_states import RunPlan, run_states
from cdk_ml.data.preparation.settings import preparation_settings, settings_asset
from cdk_ml.data.preparation.statements import job_statements, state_statements
from cdk_ml.data.preparation.table_rules import table_problems
from cdk_ml.data.preparation.turn import turn_statement, turn_table
from cdk_ml.data.preparation.window_features import WindowFeatures, feature_problems
from cdk_ml.errors import reject
from cdk_ml.sagemaker.execution_role import write_objects
from cdk_ml.sagemaker.jobs.data import Data
from cdk_ml.workflow import EventTrigger, Schedule, StateMachine
from cdk_ml.workflow.inbox import inbox_bucket
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy
from cdk_ml.workspace.statements import use_key


class DataPreparation(Construct):
    """Takes files that arrive through a quality gate into an Iceberg table, and brings features of it up to date.

    Creates a state machine that runs one job three times: *ingest* reads what arrived since the last run, and puts what
    is no good into quarantine, with a reason; a gate looks at what was counted; *curate* merges the rest by key, the
    latest event winning whenever it arrives; *features* aggregates over the days before the latest event. Besides: an
    inbox, unless ``source`` names a bucket; what starts a run; a table of DynamoDB that lets one run at a time; and
    alarms on failures and on the share of records in quarantine.

    Nothing is dropped: what came in is curated, in quarantine, or a duplicate, and a run in which this does not add up
    fails. The same input twice changes nothing, and makes no snapshot of the table. A run that the gate refuses leaves
    its files where they are: put them right, or take them away, and the next run goes on.

    The job's role gets what it needs by a policy of the preparation. Where Lake Formation guards the tables, grant it
    to write them there as well.

    Idle cost: two alarms, 0.30 USD a month; the table costs cents for a million runs.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import (
    ...     Aggregate,
    ...     Column,
    ...     Database,
    ...     DataPreparation,
    ...     IcebergTable,
    ...     IncomingFiles,
    ...     InRange,
    ...     LakeTables,
    ...     QualityGate,
    ...     SparkJob,
    ...     WindowFeatures,
    ...     preparation_script,
    ... )
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> shop = Database(stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix="shop")
    >>> orders = IcebergTable(
    ...     stack,
    ...     "OrdersTable",
    ...     workspace=workspace,
    ...     database=shop,
    ...     name="orders",
    ...     columns=[
    ...         Column("order_id", "string"),
    ...         Column("customer_id", "bigint"),
    ...         Column("ordered_at", "timestamp"),
    ...         Column("amount", "double"),
    ...     ],
    ...     partitions=["day(ordered_at)"],
    ... )
    >>> customers = IcebergTable(
    ...     stack,
    ...     "CustomersTable",
    ...     workspace=workspace,
    ...     database=shop,
    ...     name="customers",
    ...     columns=[
    ...         Column("customer_id", "bigint"),
    ...         Column("as_of", "timestamp"),
    ...         Column("orders_7d", "bigint"),
    ...         Column("amount_30d", "double"),
    ...     ],
    ... )
    >>> job = SparkJob(
    ...     stack,
    ...     "Prepare",
    ...     workspace=workspace,
    ...     script=preparation_script(),
    ...     lake=LakeTables(warehouse=shop.location),
    ... )
    >>> preparation = DataPreparation(
    ...     stack,
    ...     "Orders",
    ...     workspace=workspace,
    ...     job=job,
    ...     source=IncomingFiles(format="json"),
    ...     table=orders,
    ...     key=["order_id"],
    ...     event_time="ordered_at",
    ...     gate=QualityGate(
    ...         rules=[InRange(column="amount", minimum=0)], refuse_above=0.2, alarm_above=0.01
    ...     ),
    ...     features=WindowFeatures(
    ...         table=customers,
    ...         entity=["customer_id"],
    ...         aggregates=[
    ...             Aggregate("orders_7d", "count", "order_id", days=7),
    ...             Aggregate("amount_30d", "sum", "amount", days=30),
    ...         ],
    ...     ),
    ... )

    See https://iceberg.apache.org/docs/latest/spark-writes/#merge-into

    :ivar preparation_name: what its metrics and its prefix are called.
    :ivar bucket: where files arrive.
    :ivar prefix: under which they do.
    :ivar quarantine: where what is no good goes: lines of JSON, with a folder for each run.
    :ivar machine: a run.
    :ivar trigger: what starts a run when a file arrives; ``None`` with a schedule.
    :ivar schedule: what starts runs at given times; ``None`` without.
    :ivar cfn_quarantine_alarm: raised when too many records of a run are in quarantine.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        job: PreparationJob,
        source: IncomingFiles,
        table: CatalogTable,
        key: Sequence[str],
        event_time: str,
        gate: QualityGate = QualityGate(),
        features: WindowFeatures | None = None,
        schedule: str | None = None,
        timeout_seconds: int = 21_600,
    ) -> None:
        """
        :param workspace: key, buckets, topic, queue, tags and profile.
        :param job: runs :func:`~cdk_ml.data.preparation_script` on Spark.
        :param source: files, and where they arrive.
        :param table: an Iceberg table, each column of which files have, apart from ``source.optional``.
        :param key: columns that say which records are about the same.
        :param event_time: column of a timestamp that says which of them is the latest.
        :param gate: rules, and how much may go to quarantine.
        :param features: features of the table's entities.
        :param schedule: when runs start, such as ``rate(1 hour)``; whenever files arrive when not given.
        :param timeout_seconds: seconds after which an execution is stopped, its wait for another one included.
        :raises cdk_ml.errors.ConfigurationError: for a key, rule or feature on a column that is not there, for what
            would refuse every run, and the like: every problem at once, with its fix.
        """
        super().__init__(scope, id)
        events = schedule is not None or source.bucket is None or source.bucket is not workspace.data_bucket
        types = spark_types(table.columns)
        reject(
            self,
            [
                *table_problems(table, types, key, event_time, timeout_seconds, events=events),
                *incoming_problems(source, types, key, event_time),
                *gate_problems(gate, types, key),
                *(() if features is None else feature_problems(features, types, table)),
            ],
        )
        workspace.adopt(self)
        self.preparation_name = Names.unique_resource_name(self, max_length=63, separator="-").lower()
        self.prefix = source.prefix
        self.bucket: s3.IBucket = source.bucket or inbox_bucket(self, "Inbox", workspace=workspace)
        kept, tables = workspace.data_bucket, [table, *(() if features is None else (features.table,))]
        state = f"{STATE}{self.preparation_name}/"
        self.quarantine = Data(kept, f"{state}quarantine/")
        told = preparation_settings(source, types, key=key, event_time=event_time, gate=gate, features=features)
        settings = settings_asset(self, "Settings", told)
        policy = managed_policy(
            self,
            "JobPolicy",
            statements=job_statements(
                source=self.bucket,
                source_prefix=self.prefix,
                kept=kept,
                state=state,
                settings=settings,
                tables=tables,
            ),
            roles=[job.role],
        )
        arguments = {
            "settings": settings.s3_object_url,
            "source": f"s3://{self.bucket.bucket_name}/{self.prefix}",
            "state": f"s3://{kept.bucket_name}/{state}",
            "quarantine": f"s3://{kept.bucket_name}/{self.quarantine.prefix}",
            "run": "$$.Execution.Name",
            **table_arguments(*tables),
        }
        turns = turn_table(self, "Turns", workspace=workspace)
        plan = RunPlan(
            name=self.preparation_name,
            table_name=turns.ref,
            bucket_name=kept.bucket_name,
            state=state,
            timeout_seconds=timeout_seconds,
            features=features is not None,
        )
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=run_states(
                plan, lambda id: job.task(self, id, arguments={**arguments, "stage": id.lower()}).to_state_json()
            ),
            statements=[turn_statement(turns), *state_statements(kept=kept, state=state), *job.run_statements()],
            timeout_seconds=timeout_seconds,
        )
        # The first run may come as soon as something can start it.
        self.machine.node.add_dependency(policy)
        self.trigger: EventTrigger | None = None
        self.schedule: Schedule | None = None
        if schedule is None:
            self.trigger = arrival_trigger(
                self,
                "Arrival",
                workspace=workspace,
                bucket=self.bucket,
                prefix=self.prefix,
                target=self.machine.target,
            )
        else:
            self.schedule = Schedule(
                self, "Schedule", workspace=workspace, expression=schedule, target=self.machine.target
            )
        self.cfn_quarantine_alarm = quarantine_alarm(
            self,
            "QuarantineAlarm",
            preparation=self.preparation_name,
            place=self.quarantine.prefix,
            share=gate.alarm_above,
            topic_arn=workspace.alert_topic.topic_arn,
        )

    def drop_statements(self) -> list[Statement]:
        """What delivers files needs this."""
        key = self.bucket.encryption_key
        return [
            *write_objects(self.bucket.bucket_arn, self.prefix),
            *(use_key(key.key_arn) if key is not None else ()),
        ]

    def grant_drop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` deliver files."""
        return self.bucket.grant_put(grantee, f"{self.prefix}*")

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the preparation: a value for each run.

        :param name: ``Records``, ``Curated``, ``Quarantined``, ``Duplicates``, ``QuarantinedPercent``, ``Files`` or
            ``UnreadableFiles``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options.setdefault("statistic", "Sum")
        return cloudwatch.Metric(
            namespace=NAMESPACE, metric_name=name, dimensions_map={DIMENSION: self.preparation_name}, **options
        )

    def metric_records(self, **options: Any) -> cloudwatch.Metric:
        """Records that came in."""
        return self.metric("Records", **options)

    def metric_curated(self, **options: Any) -> cloudwatch.Metric:
        """Records that were merged into the table."""
        return self.metric("Curated", **options)

    def metric_quarantined(self, **options: Any) -> cloudwatch.Metric:
        """Records that went into quarantine; a file that cannot be read counts as one."""
        return self.metric("Quarantined", **options)
