"""The states that bring an approved version to an endpoint, and that say so when it did not stay there.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from __future__ import annotations

from typing import Any

from cdk_ml.mlops.deployment_plan import Plan
from cdk_ml.mlops.deployment_record import Record
from cdk_ml.mlops.states import (
    CONDITION_FAILED,
    RETRY_SAGEMAKER,
    SAGEMAKER_ERROR,
    assign,
    call,
    caught,
    choice,
    fail,
    formula,
    wait,
)

POLL_SECONDS, TURN_SECONDS = 60, 30
_UPDATABLE = "['InService', 'OutOfService', 'UpdateRollbackFailed']"
_SETTLED = "['InService', 'OutOfService', 'UpdateRollbackFailed', 'Failed']"
_STATUS = formula("$states.result.EndpointStatus")
_ATTRIBUTES = formula("$exists($states.result.Attributes) ? $states.result.Attributes : {}")
_ITEM = formula("$exists($states.result.Item) ? $states.result.Item : {}")
# Events tell the second; decisions of the same second are in the order of the versions. JSONata writes 15 digits.
_VERSION = "$number($split($states.input.detail.ModelPackageArn, '/')[-1])"
_ORDER = f"$floor($toMillis($states.input.time) / 1000) * 100000 + {_VERSION}"
_SHORT_RETRY = ({**RETRY_SAGEMAKER[0], "IntervalSeconds": 5, "MaxAttempts": 2},)


def deployment_states(plan: Plan) -> dict[str, Any]:
    """The definition of the state machine; its input is SageMaker's event about a decision."""
    record = Record(plan.table_name, plan.endpoint_name)
    states = {**_decide(record), **_prepare(plan, record), **_shift(plan, record), **_end(plan, record)}
    return {"QueryLanguage": "JSONata", "StartAt": "Begin", "States": states}


def _decide(record: Record) -> dict[str, Any]:
    """What the decision asks for, and whose turn it is."""
    rejects_live = "$exists($live.livePackage) and $live.livePackage.S = $package and $live.previousPackage.S != ''"
    late = (
        "$number($live.wantedOrder.N) > $order or ($exists($live.doneOrder) and $number($live.doneOrder.N) >= $order)"
    )
    return {
        "Begin": assign(
            "Decision",
            package=formula("$states.input.detail.ModelPackageArn"),
            status=formula("$states.input.detail.ModelApprovalStatus"),
            order=formula(_ORDER),
            name="",
            first=True,
            reason="",
            error="",
            cause="",
            unused="",
            outcome="Failed",
        ),
        "Decision": choice(("$status = 'Rejected'", "ReadLive"), default="Want"),
        "ReadLive": call(
            "dynamodb:getItem", record.read(), assign={"live": _ITEM}, catch=[caught("Tell")], next="IsLive"
        ),
        # Who rejects what is live wants what was live before it.
        "IsLive": choice((rejects_live, "GoBack"), default="NothingToDo"),
        "NothingToDo": {"Type": "Succeed"},
        "GoBack": assign("Want", package=formula("$live.previousPackage.S")),
        "Want": call(
            "dynamodb:updateItem",
            record.want(),
            catch=[caught("Superseded", CONDITION_FAILED), caught("Tell")],
            next="TakeTurn",
        ),
        "TakeTurn": call(
            "dynamodb:updateItem",
            record.take(),
            assign={"live": _ATTRIBUTES},
            catch=[caught("WhoseTurn", CONDITION_FAILED), caught("Tell")],
            next="DescribePackage",
        ),
        "WhoseTurn": call(
            "dynamodb:getItem", record.read(), assign={"live": _ITEM}, catch=[caught("Tell")], next="IsLate"
        ),
        "IsLate": choice((late, "Superseded"), default="WaitForTurn"),
        "WaitForTurn": wait(TURN_SECONDS, next="TakeTurn"),
        "Superseded": {"Type": "Succeed"},
    }


def _prepare(plan: Plan, record: Record) -> dict[str, Any]:
    """Whether the version may still be deployed, and whether the endpoint can be changed."""
    describe = {"EndpointName": plan.endpoint_name}
    differs = "$exists($live.livePackage) and $live.livePackage.S != $package"
    kept = f"{differs} ? $live.livePackage.S : ($exists($live.previousPackage) ? $live.previousPackage.S : '')"
    name = f"'{plan.name_prefix}-' & $split($package, '/')[-1] & '-' & $substring($uuid(), 24)"
    return {
        "DescribePackage": call(
            "aws-sdk:sagemaker:describeModelPackage",
            {"ModelPackageName": formula("$package")},
            # The name is made once, so that a call that is made again does not create another model.
            assign={
                "status": formula("$states.result.ModelApprovalStatus"),
                "name": formula(name),
                "previous": formula(kept),
            },
            catch=[caught("Tell")],
            next="IsApproved",
        ),
        "IsApproved": choice(("$status = 'Approved'", "LookBefore"), default="Withdraw"),
        "Withdraw": call(
            "dynamodb:updateItem", record.give_back(done=True), catch=[caught("NothingToDo")], next="NothingToDo"
        ),
        "LookBefore": call(
            "aws-sdk:sagemaker:describeEndpoint",
            describe,
            assign={"first": False, "status": _STATUS},
            retry=_SHORT_RETRY,
            catch=[caught("IsMissing", SAGEMAKER_ERROR, assign={"first": True}), caught("Tell")],
            next="CanChange",
        ),
        # SageMaker has no error of its own for an endpoint that is not there.
        "IsMissing": choice(("$contains($cause, 'Could not find')", "CreateModel"), default="Tell"),
        "CanChange": choice(
            (f"$status in {_UPDATABLE}", "CreateModel"), ("$status = 'Failed'", "DeleteFailed"), default="KeepTurn"
        ),
        # Nothing else can be done with an endpoint that could not be created.
        "DeleteFailed": call("aws-sdk:sagemaker:deleteEndpoint", describe, catch=[caught("Tell")], next="KeepTurn"),
        "KeepTurn": call("dynamodb:updateItem", record.renew(), catch=[caught("Tell")], next="WaitForEndpoint"),
        "WaitForEndpoint": wait(POLL_SECONDS, next="LookBefore"),
    }


def _shift(plan: Plan, record: Record) -> dict[str, Any]:
    """The model, its configuration, and the endpoint that takes it over or goes back."""
    name, both = formula("$name"), {"EndpointName": plan.endpoint_name, "EndpointConfigName": formula("$name")}
    look = {"first": False, "status": _STATUS, "config": formula("$states.result.EndpointConfigName")}
    why = formula("$exists($states.result.FailureReason) ? $states.result.FailureReason : 'SageMaker gives no reason'")
    patient = ({**RETRY_SAGEMAKER[0], "MaxAttempts": 8},)
    return {
        "CreateModel": call(
            "aws-sdk:sagemaker:createModel",
            {
                "ModelName": name,
                "Containers": [{"ModelPackageName": formula("$package")}],
                **plan.model,
                "Tags": plan.tags,
            },
            catch=[caught("Tell")],
            next="CreateConfig",
        ),
        "CreateConfig": call(
            "aws-sdk:sagemaker:createEndpointConfig",
            {
                "EndpointConfigName": name,
                "ProductionVariants": [{**plan.variant, "ModelName": name}],
                **plan.config,
                "Tags": plan.tags,
            },
            assign={"unused": name},
            catch=[caught("Tell")],
            next="StillMyTurn",
        ),
        "StillMyTurn": call(
            "dynamodb:updateItem",
            record.renew(),
            assign={"deadline": formula(f"$millis() + {1000 * plan.longest_seconds}")},
            catch=[caught("Tell")],
            next="IsFirst",
        ),
        "IsFirst": choice(("$first", "CreateEndpoint"), default="UpdateEndpoint"),
        "CreateEndpoint": call(
            "aws-sdk:sagemaker:createEndpoint",
            {**both, "Tags": plan.tags},
            assign={"unused": ""},
            catch=[caught("Tell")],
            next="Wait",
        ),
        "UpdateEndpoint": call(
            "aws-sdk:sagemaker:updateEndpoint",
            {**both, "DeploymentConfig": plan.deployment},
            # From here on SageMaker uses it, until the endpoint has settled.
            assign={"unused": ""},
            catch=[caught("Tell")],
            next="Wait",
        ),
        "Wait": wait(POLL_SECONDS, next="Look"),
        "Look": call(
            "aws-sdk:sagemaker:describeEndpoint",
            {"EndpointName": plan.endpoint_name},
            assign={**look, "reason": why},
            retry=patient,
            catch=[caught("Tell")],
            next="Outcome",
        ),
        "Outcome": choice(
            ("$status = 'InService' and $config = $name", "RecordLive"),
            (f"$status in {_SETTLED}", "Reject"),
            ("$millis() > $deadline", "Late"),
            default="Renew",
        ),
        "Renew": call("dynamodb:updateItem", record.renew(), catch=[caught("Tell")], next="Wait"),
        "Late": assign("Tell", error="TimedOut", cause=formula(f"'{plan.endpoint_name} is still ' & $status")),
    }


def _end(plan: Plan, record: Record) -> dict[str, Any]:
    """What is remembered, who is told, and what nobody needs any more."""
    old = "$exists($live.liveName) and $live.liveName.S != $name ? $live.liveName.S : ''"
    back = f"'{plan.endpoint_name} went back from ' & $package & ': ' & $reason"
    broke = f"'{plan.endpoint_name} was not changed to ' & $package & ': ' & $error & ': ' & $cause"
    unused = formula("$unused")
    rejected = {"error": "RolledBack", "cause": formula(back), "unused": formula("$name")}
    return {
        "RecordLive": call(
            "dynamodb:updateItem",
            record.live(),
            assign={"unused": formula(old), "outcome": "Live"},
            catch=[caught("Tell")],
            next="IsUnused",
        ),
        "Reject": call(
            "aws-sdk:sagemaker:updateModelPackage",
            {
                "ModelPackageArn": formula("$package"),
                "ModelApprovalStatus": "Rejected",
                # One line, of which SageMaker takes 1024 characters.
                "ApprovalDescription": formula(rf"$substring($replace({back}, /\s+/, ' '), 0, 1000)"),
            },
            assign=rejected,
            # Where it cannot be said in the registry, people are still told.
            catch=[{"ErrorEquals": ["States.ALL"], "Assign": rejected, "Next": "TellBack"}],
            next="TellBack",
        ),
        "TellBack": _tell(plan, "A model was rolled back", "$cause", next="Settle"),
        "Settle": call(
            "dynamodb:updateItem",
            record.give_back(done=True),
            catch=[{"ErrorEquals": ["States.ALL"], "Next": "IsUnused"}],
            next="IsUnused",
        ),
        "IsUnused": choice(("$unused != ''", "DeleteConfig"), default="HowItWent"),
        "DeleteConfig": call(
            "aws-sdk:sagemaker:deleteEndpointConfig",
            {"EndpointConfigName": unused},
            catch=[{"ErrorEquals": ["States.ALL"], "Next": "DeleteModel"}],
            next="DeleteModel",
        ),
        "DeleteModel": call(
            "aws-sdk:sagemaker:deleteModel",
            {"ModelName": unused},
            catch=[{"ErrorEquals": ["States.ALL"], "Next": "HowItWent"}],
            next="HowItWent",
        ),
        "HowItWent": choice(("$outcome = 'Live'", "Live"), default="Failed"),
        "Live": {"Type": "Succeed"},
        "Tell": _tell(plan, "A model was not deployed", broke, next="GiveBack"),
        "GiveBack": call(
            "dynamodb:updateItem",
            record.give_back(done=False),
            catch=[{"ErrorEquals": ["States.ALL"], "Next": "IsUnused"}],
            next="IsUnused",
        ),
        "Failed": fail(),
    }


def _tell(plan: Plan, subject: str, message: str, *, next: str) -> dict[str, Any]:
    return call(
        "sns:publish",
        {"TopicArn": plan.topic_arn, "Subject": subject, "Message": formula(message)},
        catch=[{"ErrorEquals": ["States.ALL"], "Next": next}],
        next=next,
    )
