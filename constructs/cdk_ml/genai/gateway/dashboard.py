"""What a gateway's operator looks at: tokens, estimated cost and quotas, by team and model.

Bedrock counts tokens by profile, whoever asks: also what teams ask past the gateway.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws

from cdk_ml.genai.gateway.team import Team, TokenPrice, price_of
from cdk_ml.genai.models.application_inference_profile import ApplicationInferenceProfile
from cdk_ml.genai.models.metrics import NAMESPACE as BEDROCK

_DAY = 86_400
_WIDTH, _HEIGHT = 12, 6
_OUTCOMES = ("Answered", "Blocked", "Refused", "QuotaSpent", "Throttled", "Late", "Failed", "HungUp", "Unsettled")

Profiles = Mapping[str, Mapping[str, ApplicationInferenceProfile]]
"""By team, and then by model."""


def dashboard_body(
    *, gateway: str, namespace: str, teams: Sequence[Team], profiles: Profiles, prices: Mapping[str, TokenPrice]
) -> dict[str, Any]:
    """The dashboard, as CloudWatch has it."""
    models = sorted({id for team in teams for id in profiles[team.name]})
    quotas = [[namespace, "QuotaPercent", "Gateway", gateway, "Team", team.name] for team in teams]
    outcomes = [[namespace, name, "Gateway", gateway] for name in _OUTCOMES]
    rows = [
        [_text(models, prices), _graph("Quota used (%)", quotas, statistic="Maximum", period=300)],
        *([_tokens(team, profiles[team.name]), _cost(team, profiles[team.name], prices)] for team in teams),
        [_graph("Calls", outcomes, period=300)],
    ]
    widgets = [
        {**widget, "x": column * _WIDTH, "y": row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
        for row, line in enumerate(rows)
        for column, widget in enumerate(line)
    ]
    return {"widgets": widgets}


def _text(models: Sequence[str], prices: Mapping[str, TokenPrice]) -> dict[str, Any]:
    lines = [
        "Costs are estimates by these prices, USD for a million tokens:",
        "",
        "| model | read | written |",
        "|-|-|-|",
    ]
    for model in models:
        price = price_of(model, prices)
        shown = ("unknown", "unknown") if price is None else (f"{price.input_usd:g}", f"{price.output_usd:g}")
        lines.append(f"| {model} | {' | '.join(shown)} |")
    return {"type": "text", "properties": {"markdown": "\n".join(lines)}}


def _tokens(team: Team, profiles: Mapping[str, ApplicationInferenceProfile]) -> dict[str, Any]:
    metrics = [
        [BEDROCK, name, "ModelId", profile.profile_id, {"label": f"{model} {what}"}]
        for model, profile in profiles.items()
        for name, what in (("InputTokenCount", "read"), ("OutputTokenCount", "written"))
    ]
    return _graph(f"{team.name}: tokens a day", metrics, stacked=True)


def _cost(
    team: Team, profiles: Mapping[str, ApplicationInferenceProfile], prices: Mapping[str, TokenPrice]
) -> dict[str, Any]:
    metrics: list[list[Any]] = []
    unknown = []
    for index, (model, profile) in enumerate(profiles.items()):
        price = price_of(model, prices)
        if price is None:
            unknown.append(model)
            continue
        read, written = f"r{index}", f"w{index}"
        usd = f"(FILL({read}, 0) * {price.input_usd:.9g} + FILL({written}, 0) * {price.output_usd:.9g}) / 1000000"
        metrics += [
            [{"expression": usd, "label": model, "id": f"usd{index}"}],
            [BEDROCK, "InputTokenCount", "ModelId", profile.profile_id, {"id": read, "visible": False}],
            [BEDROCK, "OutputTokenCount", "ModelId", profile.profile_id, {"id": written, "visible": False}],
        ]
    title = f"{team.name}: estimated USD a day"
    if unknown:
        title += f" (unknown for {', '.join(unknown)})"
    if not metrics:
        # A graph of nothing would look like one of no cost.
        return {"type": "text", "properties": {"markdown": f"{title}: see https://aws.amazon.com/bedrock/pricing/"}}
    return _graph(title, metrics, stacked=True)


def _graph(
    title: str, metrics: Sequence[Any], *, statistic: str = "Sum", period: int = _DAY, stacked: bool = False
) -> dict[str, Any]:
    properties = {"title": title, "metrics": metrics, "stat": statistic, "period": period, "stacked": stacked}
    return {"type": "metric", "properties": {**properties, "view": "timeSeries", "region": Aws.REGION}}
