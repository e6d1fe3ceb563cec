"""What operators see: metrics in the log, by team and model.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tally import Tally
    from teams import Team

_NOBODY = "none"
_UNITS = {"QuotaPercent": "Percent", "EstimatedUsd": "None"}


def count(
    outcome: str,
    team: Team | None,
    model: str = _NOBODY,
    *,
    tally: Tally | None = None,
    percent: float | None = None,
) -> None:
    """One of the outcome, what it took, and how much of the quota is used.

    :param outcome: such as ``Answered``.
    """
    values: dict[str, float] = {outcome: 1}
    if tally is not None:
        values |= {"InputTokens": tally.input_tokens, "OutputTokens": tally.output_tokens}
        if tally.micro_usd is not None:
            values["EstimatedUsd"] = round(tally.micro_usd / 1e6, 9)
    shown = {"Gateway": os.environ["GATEWAY"], "Team": _NOBODY if team is None else team.name, "Model": model}
    # The gateway's sum is what alarms watch; CloudWatch adds up no dimensions by itself.
    directives = [_directive([["Gateway", "Team", "Model"], ["Gateway"]], values)]
    if percent is not None:
        directives.append(_directive([["Gateway", "Team"]], {"QuotaPercent": percent}))
        values["QuotaPercent"] = percent
    metric = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives}, **shown, **values}
    print(json.dumps(metric), flush=True)


def _directive(dimensions: list[list[str]], values: dict[str, float]) -> dict[str, Any]:
    metrics = [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in values]
    return {"Namespace": os.environ["NAMESPACE"], "Dimensions": dimensions, "Metrics": metrics}
