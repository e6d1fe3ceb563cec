"""The states that start a pipeline because of an alarm: not while it runs, not too soon, and not twice.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_ml.mlops.states import assign, call, caught, choice, fail, formula, wait

POLL_SECONDS = 900
_GIVE_UP = (caught("Failed"),)


def retraining_states(
    *, pipeline_arn: str, parameters: Mapping[str, str], cool_down_seconds: int, role_arn: str | None
) -> dict[str, Any]:
    """The definition of the state machine; its input is CloudWatch's event about an alarm.

    :param parameters: of the pipeline, by name.
    :param cool_down_seconds: seconds from the start of an execution to that of the next.
    :param role_arn: role that the pipeline is started as, where it is in another account.
    """
    last = "$states.result.PipelineExecutionSummaries[0]"
    given = [{"Name": name, "Value": value} for name, value in parameters.items()]
    over = f"$toMillis($last.StartTime) + {1000 * cool_down_seconds}"
    # The name of the last execution: of several alarms that see the same one, the first starts the next.
    token = f"$hash($exists($last.PipelineExecutionArn) ? $last.PipelineExecutionArn : '{pipeline_arn}', 'SHA-256')"
    rings = "'ALARM' in $states.result.MetricAlarms.StateValue or 'ALARM' in $states.result.CompositeAlarms.StateValue"
    states = {
        "Begin": assign("Look", alarm=formula("$states.input.detail.alarmName")),
        "Look": call(
            "aws-sdk:sagemaker:listPipelineExecutions",
            {"PipelineName": pipeline_arn, "SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 1},
            assign={"last": formula(f"$exists({last}) ? {last} : {{}}")},
            catch=_GIVE_UP,
            role_arn=role_arn,
            next="MayStart",
        ),
        "MayStart": choice(
            ("$exists($last.StartTime) and $last.PipelineExecutionStatus in ['Executing', 'Stopping']", "WaitForEnd"),
            (f"$exists($last.StartTime) and {over} > $millis()", "CoolDown"),
            default="Start",
        ),
        "WaitForEnd": wait(POLL_SECONDS, next="LookAtAlarm"),
        "CoolDown": {"Type": "Wait", "Timestamp": formula(f"$fromMillis({over})"), "Next": "LookAtAlarm"},
        # An alarm that stays raised is not told again, so whoever waited has to ask.
        "LookAtAlarm": call(
            "aws-sdk:cloudwatch:describeAlarms",
            {"AlarmNames": [formula("$alarm")], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
            assign={"rings": formula(rings)},
            catch=_GIVE_UP,
            next="StillRings",
        ),
        "StillRings": choice(("$rings", "Look"), default="Recovered"),
        "Recovered": {"Type": "Succeed"},
        "Start": call(
            "aws-sdk:sagemaker:startPipelineExecution",
            {
                "PipelineName": pipeline_arn,
                "ClientRequestToken": formula(token),
                **({"PipelineParameters": given} if given else {}),
            },
            catch=_GIVE_UP,
            role_arn=role_arn,
            next="Started",
        ),
        "Started": {"Type": "Succeed"},
        "Failed": fail(),
    }
    return {"QueryLanguage": "JSONata", "StartAt": "Begin", "States": states}
