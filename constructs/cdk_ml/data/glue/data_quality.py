"""Rules that a table has to keep, and a gate in a state machine that lets through only what keeps them.

https://docs.aws.amazon.com/glue/latest/dg/data-quality-getting-started.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import Aws, Names
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_glue as glue
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.glue.job_role import publish_glue_metrics, write_glue_logs
from cdk_ml.data.glue.quality_gate import gate_problems, quality_gate
from cdk_ml.data.glue.rules import PRIMARY, QualityRule, ruleset_problems, ruleset_text
from cdk_ml.data.glue.table_access import read_table
from cdk_ml.errors import Problem, reject
from cdk_ml.facts import glue as facts
from cdk_ml.tokens import outside
from cdk_ml.workflow.event_alarm import EventAlarm
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import pass_role, use_key

_READ_RULES = ("glue:GetDataQualityResult", "glue:GetDataQualityRuleset", "glue:GetDataQualityRulesetEvaluationRun")
_RUN = ("glue:CancelDataQualityRulesetEvaluationRun", "glue:StartDataQualityRulesetEvaluationRun")
_LOGS = "/aws-glue/data-quality/"
_NAMESPACE = "Glue Data Quality"
_MOST_WORKERS = 100


class DataQualityRuleset(Construct):
    """Rules about a table of the catalog, checked at synth, and a gate that evaluates them.

    Creates the ruleset, a role that reads the table for the evaluation, and an alarm on evaluations in which a rule is
    broken. Rules are values or AWS's language; one that Glue would not take, and one about a column that the table
    lacks, is an error.

    An evaluation logs to ``/aws-glue/data-quality``, which all of the account share: Glue has no other place for it.
    Where Lake Formation guards the table, the role needs ``lake.grant_read(ruleset.role, table)``.

    Idle cost: an alarm, 0.10 USD a month. An evaluation costs what its workers cost.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Column, Database, DataQualityRuleset, IcebergTable, QualityRule
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> database = Database(
    ...     stack, "Sales", workspace=workspace, name="sales", bucket=workspace.data_bucket, prefix="curated"
    ... )
    >>> orders = IcebergTable(
    ...     stack,
    ...     "Orders",
    ...     workspace=workspace,
    ...     database=database,
    ...     name="orders",
    ...     columns=[Column("order_id", "bigint"), Column("country", "string"), Column("changed_at", "timestamp")],
    ... )
    >>> rules = DataQualityRuleset(
    ...     stack,
    ...     "Rules",
    ...     workspace=workspace,
    ...     table=orders,
    ...     rules=[
    ...         QualityRule("IsPrimaryKey", "order_id"),
    ...         QualityRule("ColumnValues", "country", condition='in ["CH", "LI"]', threshold="> 0.99"),
    ...         QualityRule("DataFreshness", "changed_at", condition="<= 24 hours"),
    ...     ],
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Nightly",
    ...     workspace=workspace,
    ...     definition=rules.gate(stack, "OrdersAreGood", minimum_score=0.9),
    ...     statements=rules.run_statements(),
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/dqdl.html

    :ivar name: the ruleset's name, which is known at synth.
    :ivar text: the rules, in AWS's language.
    :ivar role: what an evaluation reads the table as.
    :ivar failures: raises an alarm when a rule is broken.
    :ivar cfn_ruleset: the ruleset.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        table: CatalogTable,
        rules: str | Sequence[QualityRule],
        references: Mapping[str, CatalogTable] | None = None,
        workers: int = 5,
        timeout_minutes: int = 60,
    ) -> None:
        """
        :param workspace: key, topic, tags and profile.
        :param table: what the rules are about.
        :param rules: such as ``Rules = [ IsComplete "order_id" ]``, or the same as values.
        :param references: other tables that rules speak of, by the names that they use.
        :param workers: G.1X workers of an evaluation, at least 2.
        :param timeout_minutes: minutes after which an evaluation is stopped and counts as failed.
        :raises cdk_ml.errors.ConfigurationError: for rules that Glue would not take, or that the table cannot be asked.
        """
        super().__init__(scope, id)
        others = dict(references or {})
        self.text = ruleset_text(rules)
        columns = [column.name for column in table.columns]
        reject(
            self,
            [
                *ruleset_problems(self.text, columns=columns, references=others),
                *_problems(others, workers, timeout_minutes),
            ],
        )
        workspace.adopt(self)
        self.table = table
        self.references = others
        self.workers = workers
        self.timeout_minutes = timeout_minutes
        # Rules can change while the name stays; Glue wants one.
        self.name = Names.unique_resource_name(self, max_length=200, separator="-")
        self.role = workspace.role(
            self, "Role", service="glue.amazonaws.com", statements=self._read(workspace, [table, *others.values()])
        )
        self.cfn_ruleset = glue.CfnDataQualityRuleset(
            self,
            "Resource",
            name=self.name,
            ruleset=self.text,
            target_table={"databaseName": table.database.database_name, "tableName": table.table_name},
        )
        if isinstance(table, Construct):
            # The table's name is a text, which says nothing of the order.
            self.cfn_ruleset.node.add_dependency(table)
        self.failures = EventAlarm(
            self,
            "Failures",
            workspace=workspace,
            source="aws.glue-dataquality",
            detail_types=["Data Quality Evaluation Results Available"],
            detail={"rulesetNames": [self.name], "state": ["FAILED"]},
            description=f"Rows of {table.table_name} break rules of {self.node.path}",
        )

    @property
    def ruleset_arn(self) -> str:
        """ARN of the ruleset."""
        return f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:dataQualityRuleset/{self.name}"

    def gate(
        self, scope: Construct, id: str, *, minimum_score: float = 1.0, otherwise: sfn.IChainable | None = None
    ) -> sfn.Chain:
        """States that evaluate the rules, and go on only when enough of them are kept.

        Score and rules are under ``id`` in the output: ``$.<id>.Score``, ``$.<id>.RuleResults``. What the state machine
        needs is :meth:`run_statements`.

        :param minimum_score: share of the rules that have to be kept, 0 to 1.
        :param otherwise: where it goes on when fewer are; the execution fails when not given.
        :raises cdk_ml.errors.ConfigurationError: for a score that no evaluation has.
        """
        reject(f"{scope.node.path}/{id}", gate_problems(id, minimum_score))
        return quality_gate(self, scope, id, minimum_score, otherwise)

    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs to evaluate the rules."""
        return (
            Statement(actions=[*_READ_RULES, *_RUN], resources=[self.ruleset_arn]),
            pass_role(self.role.role_arn, to="glue.amazonaws.com"),
        )

    def metric_failures(self, **options: object) -> cloudwatch.Metric:
        """Evaluations in which a rule was broken.

        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        return self.failures.metric(**options)

    def _read(self, workspace: Workspace, tables: Sequence[CatalogTable]) -> list[Statement]:
        return [
            *(statement for table in tables for statement in read_table(table)),
            Statement(actions=[*_READ_RULES, "glue:PublishDataQuality"], resources=[self.ruleset_arn]),
            Statement(
                actions=["s3:GetObject"],
                resources=[f"arn:{Aws.PARTITION}:s3:::aws-glue-ml-data-quality-assets-{Aws.REGION}/*"],
                wildcard="What evaluates rules is an archive of AWS, in a bucket of AWS that holds nothing else. "
                "https://docs.aws.amazon.com/glue/latest/dg/data-quality-trouble.html",
            ),
            write_glue_logs(_LOGS),
            publish_glue_metrics(_NAMESPACE),
            *use_key(workspace.key.key_arn),
        ]


def _problems(references: Mapping[str, CatalogTable], workers: int, timeout_minutes: int) -> Iterator[Problem]:
    for name in references:
        if name == PRIMARY or not name.isidentifier():
            fix = f"Use letters, digits and underscores; {PRIMARY} is the table itself"
            yield Problem("references", name, "is no name for another table", fix)
    fewest = facts.limit("fewest_workers")
    if outside(workers, fewest, _MOST_WORKERS):
        rule = "is no number of workers for an evaluation"
        yield Problem("workers", workers, rule, f"Use {fewest} to {_MOST_WORKERS}")
    longest = facts.limit("longest_minutes")
    if outside(timeout_minutes, 1, longest):
        rule = "is not a time that an evaluation may take"
        yield Problem("timeout_minutes", timeout_minutes, rule, f"Use 1 to {longest}, which is seven days")
