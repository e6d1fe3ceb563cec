"""The states that synchronize one data source: start, look until it has ended, and fail with what went wrong.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_StartIngestionJob.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

LOOK_SECONDS = 30
_JOB = "$.IngestionJob"
_STATUS = f"{_JOB}.Status"
_FAILED_DOCUMENTS = f"{_JOB}.Statistics.NumberOfDocumentsFailed"

_OFTEN = {
    "ErrorEquals": ["BedrockAgent.ThrottlingException", "BedrockAgent.InternalServerException"],
    "IntervalSeconds": 5,
    "BackoffRate": 2,
    "MaxAttempts": 6,
    "MaxDelaySeconds": 120,
    "JitterStrategy": "FULL",
}
# Bedrock ingests one data source at a time, and has room for a few jobs in an account: whoever comes second waits, for
# up to four hours.
_BUSY = {
    "ErrorEquals": ["BedrockAgent.ConflictException", "BedrockAgent.ServiceQuotaExceededException"],
    "IntervalSeconds": 60,
    "BackoffRate": 1,
    "MaxAttempts": 240,
}


def sync_states(scope: Construct, *, knowledge_base_id: str, data_source_id: str, tolerated: int) -> sfn.IChainable:
    """The states, whatever the execution is started with.

    :param tolerated: documents that may fail.
    """
    place = {"KnowledgeBaseId": knowledge_base_id, "DataSourceId": data_source_id}
    # Said before the job is started, so that a call that is tried again does not start another one. It takes the place
    # of the input, which is a list when a pipe starts the execution.
    begin = {"Type": "Pass", "Parameters": {"ClientToken.$": "States.UUID()"}}
    start = _call("startIngestionJob", {**place, "ClientToken.$": "$.ClientToken"}, retries=[_BUSY, _OFTEN])
    look = _call("getIngestionJob", {**place, "IngestionJobId.$": f"{_JOB}.IngestionJobId"}, retries=[_OFTEN])
    wait = sfn.CustomState(scope, "Wait", state_json={"Type": "Wait", "Seconds": LOOK_SECONDS})
    incomplete = _fail(
        scope,
        "Incomplete",
        "DocumentsFailed",
        "States.Format('{} documents could not be ingested by the job {}: "
        f"ListKnowledgeBaseDocuments says which and why', {_FAILED_DOCUMENTS}, {_JOB}.IngestionJobId)",
    )
    failed = _fail(scope, "Failed", "IngestionFailed", f"States.JsonToString({_JOB}.FailureReasons)")
    ended = _fail(scope, "Ended", "IngestionEnded", f"States.Format('Bedrock says {{}} and no reason', {_STATUS})")
    complete = sfn.Condition.string_equals(_STATUS, "COMPLETE")
    over = sfn.Condition.or_(
        sfn.Condition.string_equals(_STATUS, "FAILED"), sfn.Condition.string_equals(_STATUS, "STOPPED")
    )
    too_many = sfn.Condition.and_(
        complete,
        sfn.Condition.is_present(_FAILED_DOCUMENTS),
        sfn.Condition.number_greater_than(_FAILED_DOCUMENTS, tolerated),
    )
    decide = (
        sfn.Choice(scope, "Decide")
        .when(too_many, incomplete)
        .when(complete, sfn.Succeed(scope, "Done"))
        .when(sfn.Condition.and_(over, sfn.Condition.is_present(f"{_JOB}.FailureReasons[0]")), failed)
        .when(over, ended)
        .otherwise(wait)
    )
    wait.next(sfn.CustomState(scope, "Look", state_json=look)).next(decide)
    return (
        sfn.CustomState(scope, "Begin", state_json=begin)
        .next(sfn.CustomState(scope, "Start", state_json=start))
        .next(wait)
    )


def _call(action: str, parameters: dict[str, Any], *, retries: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:bedrockagent:{action}",
        "Parameters": parameters,
        "Retry": retries,
    }


def _fail(scope: Construct, id: str, error: str, cause_path: str) -> sfn.Fail:
    return sfn.Fail(scope, id, error=error, cause_path=cause_path)
