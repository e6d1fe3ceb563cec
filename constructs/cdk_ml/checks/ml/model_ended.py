"""A model of Bedrock that reached its end answers nobody: the deployment succeeds, and every request fails.

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
    for model in named(resource, ModelState.ENDED):
        when = f" on {model.ends}" if model.ends else ""
        yield f"{model.id} ended{when}; use {model.successor}"


RULE = Rule(
    id="ML-ModelEnded",
    title="Foundation models that are named can still be asked",
    severity=Severity.ERROR,
    source=SOURCE,
    resource_types=CALLER_TYPES,
    check=_check,
    fix="Name the successor, and test prompts and permissions with it",
    good=example("AWS::SSM::Parameter", Type="String", Value="us.amazon.nova-lite-v1:0"),
    bad=example("AWS::SSM::Parameter", Type="String", Value="amazon.titan-text-express-v1"),
)
