"""The states of a gate: evaluate the rules of a table, look at the score, go on or not.

Step Functions starts evaluations and does not wait for them, so that the gate looks after one.
https://docs.aws.amazon.com/glue/latest/webapi/API_StartDataQualityRulesetEvaluationRun.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow.polled_job import LONGEST_ID, Call, PolledJob, polled_job, run_name

if TYPE_CHECKING:
    from cdk_ml.data.glue.data_quality import DataQualityRuleset

_LOOK_SECONDS = 30
_RETRIED = (
    "Glue.ConflictException",
    "Glue.InternalServiceException",
    "Glue.OperationTimeoutException",
    "Glue.ThrottlingException",
)
_LONGEST = LONGEST_ID - len(".Evaluate")


def gate_problems(id: str, minimum_score: float) -> Iterator[Problem]:
    """Why there is no such gate."""
    if outside(minimum_score, 0, 1):
        rule = "is no score: that is the share of rules that are kept"
        yield Problem("minimum_score", minimum_score, rule, "Use 0 to 1")
    if not is_token(id) and len(id) > _LONGEST:
        yield Problem("id", id, "is too long for the names of its states", f"Use at most {_LONGEST} characters")


def quality_gate(
    ruleset: DataQualityRuleset, scope: Construct, id: str, minimum_score: float, otherwise: sfn.IChainable | None
) -> sfn.Chain:
    """The states of ``ruleset``'s gate."""
    evaluate = polled_job(_evaluation(ruleset, id), scope, f"{id}.Evaluate")
    read = sfn.CustomState(scope, f"{id}.Read", state_json=_read(id))
    good = sfn.Pass(scope, f"{id}.Good")
    kept = f"$['{id}']"
    told = f"{ruleset.name}: {{}} of the rules are kept, and {minimum_score:g} have to be; see {{}}"
    bad = otherwise or sfn.Fail(
        scope,
        f"{id}.Bad",
        error="DataQualityTooLow",
        cause_path=f"States.Format('{told}', {kept}.Score, {kept}.ResultId)",
    )
    enough = sfn.Condition.number_greater_than_equals(f"{kept}.Score", minimum_score)
    decide = sfn.Choice(scope, f"{id}.Decide").when(enough, good).otherwise(bad)
    evaluate.next(read).next(decide)
    return sfn.Chain.custom(evaluate, [good], good)


def _evaluation(ruleset: DataQualityRuleset, kept: str) -> PolledJob:
    run = {"RunId.$": f"$['{kept}Created'].RunId"}
    parameters: dict[str, Any] = {
        # A call that is tried again then does not start another evaluation.
        "ClientToken.$": f"$['{kept}'].ClientToken",
        "DataSource": _source(ruleset.table),
        "RulesetNames": [ruleset.name],
        "Role": ruleset.role.role_arn,
        "NumberOfWorkers": ruleset.workers,
        "Timeout": ruleset.timeout_minutes,
        "AdditionalRunOptions": {"CloudWatchMetricsEnabled": True},
    }
    if ruleset.references:
        parameters["AdditionalDataSources"] = {name: _source(table) for name, table in ruleset.references.items()}
    return PolledJob(
        service="glue",
        kept=kept,
        name={"ClientToken.$": run_name("gate")},
        create=Call(action="startDataQualityRulesetEvaluationRun", parameters=parameters),
        look=Call(action="getDataQualityRulesetEvaluationRun", parameters=run),
        stop=Call(action="cancelDataQualityRulesetEvaluationRun", parameters=run),
        status="Status",
        done=["SUCCEEDED"],
        failed=["FAILED", "STOPPED", "TIMEOUT"],
        reason="ErrorString",
        noun="DataQualityEvaluation",
        look_seconds=_LOOK_SECONDS,
        retried=_RETRIED,
    )


def _read(kept: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:glue:getDataQualityResult",
        "Parameters": {"ResultId.$": f"$['{kept}'].ResultIds[0]"},
        "ResultSelector": {"ResultId.$": "$.ResultId", "Score.$": "$.Score", "RuleResults.$": "$.RuleResults"},
        "ResultPath": f"$['{kept}']",
        "Retry": [
            {
                "ErrorEquals": [*_RETRIED],
                "IntervalSeconds": 10,
                "BackoffRate": 2,
                "MaxAttempts": 5,
                "JitterStrategy": "FULL",
            }
        ],
    }


def _source(table: CatalogTable) -> dict[str, Any]:
    return {"GlueTable": {"DatabaseName": table.database.database_name, "TableName": table.table_name}}
