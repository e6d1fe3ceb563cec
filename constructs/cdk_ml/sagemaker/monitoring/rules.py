"""What is wrong with a monitor: nothing to look at, nothing to look with, or no time to do it in.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.container_image import ContainerImage, EcrImage
from cdk_ml.sagemaker.hosting.capture import CapturedRequests
from cdk_ml.sagemaker.jobs.data import Data, data_problems
from cdk_ml.sagemaker.monitoring.alarms import LONGEST_HOURS
from cdk_ml.sagemaker.monitoring.kinds import ModelQuality, MonitorKind, kind_problems
from cdk_ml.tokens import is_token, outside

_MOST_ROWS = 10_000_000


def monitor_problems(
    watched: Data | None,
    baseline: Data,
    kinds: Sequence[MonitorKind],
    feature_names: Sequence[str],
    every_hours: int,
    minimum_rows: int,
    wheels: Data | None,
    image: ContainerImage | None,
) -> Iterator[Problem]:
    """Everything that is wrong with the arguments of a monitor."""
    yield from _source_problems(watched, kinds)
    yield from data_problems("baseline", baseline)
    yield from kind_problems(kinds)
    if len({*feature_names}) < len(feature_names) or not all(name.strip() for name in feature_names):
        fix = "Name each feature, in the order of a request"
        yield Problem("feature_names", [*feature_names], "has an empty name, or one twice", fix)
    yield from _time_problems(every_hours)
    if outside(minimum_rows, 1, _MOST_ROWS):
        yield Problem("minimum_rows", minimum_rows, "is no number of rows to judge by", f"Use 1 to {_MOST_ROWS}")
    if wheels is not None:
        yield from data_problems("wheels", wheels)
    elif not isinstance(image, EcrImage):
        fix = "Give a prefix with its wheels, or image=EcrImage(...) with Evidently in it"
        yield Problem("wheels", None, "leaves the job without Evidently, which AWS's images do not have", fix)


def _source_problems(watched: Data | None, kinds: Sequence[MonitorKind]) -> Iterator[Problem]:
    if watched is None:
        fix = "Capture requests: RealTimeEndpoint(..., capture=DataCapture(percentage=100))"
        yield Problem("source", "an endpoint with capture.percentage=0", "captures nothing to monitor", fix)
        return
    yield from data_problems("source", watched)
    if not isinstance(watched, CapturedRequests):
        return
    if not watched.requests and any(not isinstance(kind, ModelQuality) for kind in kinds):
        rule = "keeps no features for DataQuality and DataDrift"
        yield Problem("source", "an endpoint with capture.requests=False", rule, "Use DataCapture(requests=True)")
    if not watched.responses and any(isinstance(kind, ModelQuality) for kind in kinds):
        rule = "keeps no predictions for ModelQuality"
        yield Problem("source", "an endpoint with capture.responses=False", rule, "Use DataCapture(responses=True)")


def _time_problems(every_hours: int) -> Iterator[Problem]:
    if is_token(every_hours):
        rule = "has to become a schedule and the time of an alarm at synth, and only the deployment knows it"
        yield Problem("every_hours", every_hours, rule, "Use a number")
    elif not 1 <= every_hours <= LONGEST_HOURS:
        rule = "is faster than requests are filed, by the hour, or slower than an alarm on missed runs can look back"
        yield Problem("every_hours", every_hours, rule, f"Use 1 to {LONGEST_HOURS}")
