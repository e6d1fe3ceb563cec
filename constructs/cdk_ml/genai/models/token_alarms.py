"""Alarms about models: turned away, failing, or read and written more than was meant.

https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.genai.models.metrics import NAMESPACE
from cdk_ml.genai.texts import repeated
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.alerts import alarm_above

_MINUTES_5, _DAY = 300, 86_400
_MOST_TOKENS = 10**15


class TokenAlarms(Construct):
    """Tells the workspace's topic when a model turns requests away, fails, or is asked for too many tokens in a day.

    Creates two alarms for each model, and a third where ``tokens_a_day`` is given. An alarm of CloudWatch sees one day:
    what a month may cost is the business of :class:`cdk_ml.cost.MlBudget`, which knows the cost tags of profiles.

    Idle cost: 0.10 USD a month for each of the first two alarms of a model, and 0.20 USD for the third, which adds two
    metrics.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import CrossRegionProfile, TokenAlarms
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="care-ml", cost_center="4711"),
    ... )
    >>> alarms = TokenAlarms(
    ...     stack,
    ...     "Alarms",
    ...     workspace=workspace,
    ...     models=[CrossRegionProfile("amazon.nova-2-lite-v1:0", "us")],
    ...     tokens_a_day=5_000_000,
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        models: Sequence[InvokableModel],
        throttles: int = 10,
        server_errors: int = 5,
        tokens_a_day: int | None = None,
    ) -> None:
        """
        :param workspace: topic, tags and profile.
        :param models: models and profiles, counted each for itself; new ones go to the end of the list.
        :param throttles: requests that may be turned away in five minutes.
        :param server_errors: requests that may fail in Bedrock in five minutes.
        :param tokens_a_day: tokens that may be read and written in a day, together.
        :raises cdk_ml.errors.ConfigurationError: no model, one twice, or a number that no alarm takes.
        """
        super().__init__(scope, id)
        reject(self, _problems(models, throttles, server_errors, tokens_a_day))
        workspace.adopt(self)
        for index, model in enumerate(models, 1):
            metric_id: str = getattr(model, "metric_model_id", model.model_id)
            self._alarm(
                f"Throttles{index}",
                workspace,
                f"{metric_id} turns requests away: slow down, spread them, or ask AWS for a higher quota",
                throttles,
                **_counted("InvocationThrottles", metric_id),
            )
            self._alarm(
                f"ServerErrors{index}",
                workspace,
                f"{metric_id} fails: see https://health.aws.amazon.com and let callers try again",
                server_errors,
                **_counted("InvocationServerErrors", metric_id),
            )
            if tokens_a_day is not None:
                says = f"{metric_id} was asked for more tokens than planned in a day: see who asks, and what it costs"
                self._alarm(f"Tokens{index}", workspace, says, tokens_a_day, metrics=_tokens(metric_id))

    def _alarm(self, id: str, workspace: Workspace, says: str, threshold: float, **watched: Any) -> None:
        topic = workspace.alert_topic.topic_arn
        alarm_above(self, id, alarm_description=says, threshold=threshold, topic_arn=topic, **watched)


def _counted(name: str, model_id: str) -> dict[str, Any]:
    dimensions = [{"name": "ModelId", "value": model_id}]
    metric = {"namespace": NAMESPACE, "metric_name": name, "dimensions": dimensions}
    return {**metric, "statistic": "Sum", "period": _MINUTES_5}


def _tokens(model_id: str) -> list[dict[str, Any]]:
    """Read and written, together. Where nothing was written, as by an embedding model, what was read counts."""
    dimensions = [{"name": "ModelId", "value": model_id}]
    counts = [
        {
            "id": id,
            "returnData": False,
            "metricStat": {
                "metric": {"namespace": NAMESPACE, "metricName": name, "dimensions": dimensions},
                "period": _DAY,
                "stat": "Sum",
            },
        }
        for id, name in (("read", "InputTokenCount"), ("written", "OutputTokenCount"))
    ]
    return [{"id": "tokens", "expression": "FILL(read, 0) + FILL(written, 0)", "returnData": True}, *counts]


def _problems(
    models: Sequence[InvokableModel], throttles: int, server_errors: int, tokens_a_day: int | None
) -> Iterator[Problem]:
    if not models:
        yield Problem("models", [], "leaves nothing to watch", "Name the models and profiles that are asked")
    for twice in repeated(model.model_id for model in models if not is_token(model.model_id)):
        yield Problem("models", twice, "is listed twice", "List each model once")
    for name, value in (("throttles", throttles), ("server_errors", server_errors)):
        if outside(value, 0, _MOST_TOKENS):
            yield Problem(name, value, "is no number of requests", "Use 0 or more")
    if tokens_a_day is not None and outside(tokens_a_day, 1, _MOST_TOKENS):
        yield Problem("tokens_a_day", tokens_a_day, "is no number of tokens", "Use 1 or more, or leave it out")
