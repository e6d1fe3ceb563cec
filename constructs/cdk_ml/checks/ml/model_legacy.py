"""A legacy model of Bedrock answers only who asked it before, may cost more, and has a last day.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.models import CALLER_TYPES, SOURCE, named
from cdk_ml.checks.rule import Rule, example
from cdk_ml.facts.foundation_models import ModelState


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    for model in named(resource, ModelState.LEGACY):
        instead = f"; use {model.successor}" if model.successor else ""
        yield f"{model.id} ends on {model.ends}, and answers only who asked it before{instead}"


RULE = Rule(
    id="ML-ModelLegacy",
    title="Foundation models that are named are not about to end",
    severity=Severity.WARNING,
    source=SOURCE,
    resource_types=CALLER_TYPES,
    check=_check,
    fix="Move to an active model before the last day",
    good=example("AWS::SSM::Parameter", Type="String", Value="us.anthropic.claude-sonnet-5"),
    bad=example("AWS::SSM::Parameter", Type="String", Value="us.anthropic.claude-opus-4-1-20250805-v1:0"),
)
