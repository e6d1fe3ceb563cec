"""When somebody should look at a gateway: a quota is nearly spent, calls fail, or nobody knows what they used.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_ml.genai.gateway.team import Team
from cdk_ml.workspace.alerts import alarm_above

_FIVE_MINUTES = 300


def gateway_alarms(
    scope: Construct, *, gateway: str, namespace: str, teams: Sequence[Team], topic_arn: str
) -> dict[str, cloudwatch.CfnAlarm]:
    """Make the alarms: two of the gateway, and one for each team."""
    itself = {"name": "Gateway", "value": gateway}
    says = {
        "Failed": f"Calls of {gateway} fail: the log of its function says why",
        "Unsettled": f"Calls of {gateway} ended without anybody knowing what they used; they count in full",
    }
    watched = [(name, name, text, 0.0, [itself], "Sum") for name, text in says.items()]
    for team in teams:
        percent = team.quota.alarm_percent
        text = f"The team {team.name} has used more than {percent} percent of its quota at {gateway}"
        dimensions = [itself, {"name": "Team", "value": team.name}]
        watched.append((team.name, "QuotaPercent", text, percent, dimensions, "Maximum"))
    return {
        id: alarm_above(
            scope,
            id,
            alarm_description=text,
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            statistic=statistic,
            period=_FIVE_MINUTES,
            threshold=threshold,
            topic_arn=topic_arn,
            # A quota is not less spent because nobody asks for five minutes.
            tells_recovery=statistic == "Sum",
        )
        for id, metric, text, threshold, dimensions, statistic in watched
    }
