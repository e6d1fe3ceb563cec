"""A model container without network isolation can call anywhere its network lets it, also when it runs code that came
with a model somebody else published. Isolated, it makes no network calls and sees no credentials of the role.

https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import is_off


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if is_off(resource.properties.get("EnableNetworkIsolation")):
        yield "the containers of this model may make outbound network calls"


RULE = Rule(
    id="ML-ModelNetworkIsolation",
    title="Model containers cannot make network calls",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
    resource_types=("AWS::SageMaker::Model",),
    check=_check,
    fix="Set EnableNetworkIsolation to true, or acknowledge it for a container that has to call out",
    good=example("AWS::SageMaker::Model", EnableNetworkIsolation=True),
    bad=example("AWS::SageMaker::Model", EnableNetworkIsolation=False),
)
