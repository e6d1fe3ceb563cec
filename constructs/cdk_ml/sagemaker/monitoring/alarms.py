"""Alarms of a monitor: what it found, and whether it looked at all.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_ml.sagemaker.monitoring.kinds import DataDrift, DataQuality, ModelQuality, MonitorKind

NAMESPACE = "cdk-ml/ModelMonitor"
"""Namespace of the metrics of every monitor; its dimension is ``Monitor``."""

_HOUR = 3_600
# Hours that a run may be late: the schedule, instances that have to be found, the job.
_SLACK = 6
# CloudWatch looks back seven days at most.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
LONGEST_HOURS = 168 - _SLACK


class MonitorAlarms(Construct):
    """The alarms of one monitor, each 0.10 USD a month."""

    def __init__(self, scope: Construct, id: str, *, monitor: str, topic_arn: str) -> None:
        """
        :param monitor: name of the monitor, as its metrics have it.
        :param topic_arn: who is told.
        """
        super().__init__(scope, id)
        self._monitor, self._topic_arn = monitor, topic_arn

    def of(self, kind: MonitorKind) -> cloudwatch.CfnAlarm:
        """What is raised when a kind of monitoring finds something."""
        match kind:
            case DataDrift():
                return self._found("Drift", "DriftedShare", kind.share, "More features drifted than may")
            case DataQuality():
                return self._found("Quality", "BrokenFeatures", 0, "A feature is missing, invalid, or was never seen")
            case ModelQuality():
                better = kind.metric.higher_is_better
                what = f"The model's {kind.metric} is {'lower' if better else 'higher'} than it may be"
                return self._found("Model", "ModelQuality", kind.threshold, what, below=better)

    def no_data(self) -> cloudwatch.CfnAlarm:
        """Raised when there was nothing to look at: nobody asks the model, or nothing is captured any more."""
        return self._found("NoData", "NoData", 0, "There was nothing to look at")

    def missed(self, every_hours: int) -> cloudwatch.CfnAlarm:
        """Raised when no run came to its end in its time."""
        return cloudwatch.CfnAlarm(
            self,
            "Missed",
            alarm_description=f"No run of {self._monitor} ended for {every_hours + _SLACK} hours",
            **{
                **self._common("Runs"),
                "statistic": "Sum",
                "evaluation_periods": every_hours + _SLACK,
                "threshold": 1,
                "comparison_operator": "LessThanThreshold",
                # Nothing is reported where nothing runs: that is what the alarm is about.
                "treat_missing_data": "breaching",
            },
        )

    def _found(self, id: str, metric: str, threshold: float, what: str, *, below: bool = False) -> cloudwatch.CfnAlarm:
        return cloudwatch.CfnAlarm(
            self,
            id,
            alarm_description=f"{what}: {self._monitor}",
            **self._common(metric),
            statistic="Maximum" if not below else "Minimum",
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="LessThanThreshold" if below else "GreaterThanThreshold",
            # Between two runs nothing is known: what the last one found stands until the next one finds otherwise.
            treat_missing_data="ignore",
        )

    def _common(self, metric: str) -> dict[str, Any]:
        return {
            "namespace": NAMESPACE,
            "metric_name": metric,
            "dimensions": [{"name": "Monitor", "value": self._monitor}],
            "period": _HOUR,
            "alarm_actions": [self._topic_arn],
            "ok_actions": [self._topic_arn],
        }
