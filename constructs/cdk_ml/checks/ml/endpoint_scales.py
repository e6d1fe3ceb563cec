"""An endpoint with a fixed number of instances is either too small at noon or paid for at night.

Serverless variants scale by themselves, and with managed instance scaling SageMaker follows the inference components.
The scaling target may be in another template, so this is only an info.

https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.ml_types import VARIANT
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, items, literals


def _check(resource: Resource, template: Template) -> Iterator[str]:
    targets = template.of_type("AWS::ApplicationAutoScaling::ScalableTarget")
    if any("sagemaker" in text for target in targets for text in literals(target.properties.get("ServiceNamespace"))):
        return
    for variant in items(resource.properties.get("ProductionVariants")):
        if get(variant, "InstanceType") is not None and get(variant, "ManagedInstanceScaling") is None:
            yield f"variant {get(variant, 'VariantName')} keeps its number of instances, whatever its load"


RULE = Rule(
    id="ML-EndpointScales",
    title="Instance-backed endpoint variants scale with their load",
    severity=Severity.INFO,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html",
    resource_types=("AWS::SageMaker::EndpointConfig",),
    check=_check,
    fix="Register the variant as AWS::ApplicationAutoScaling::ScalableTarget with a target tracking policy",
    good=example("AWS::SageMaker::EndpointConfig", ProductionVariants=[VARIANT])
    | example("AWS::ApplicationAutoScaling::ScalableTarget", ServiceNamespace="sagemaker"),
    bad=example("AWS::SageMaker::EndpointConfig", ProductionVariants=[VARIANT]),
)
