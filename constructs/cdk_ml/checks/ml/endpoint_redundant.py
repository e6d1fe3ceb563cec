"""One instance is in one Availability Zone: the endpoint is gone when the instance or the zone is.

That is a fair choice for a sandbox, so this is an info.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-best-practices.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.ml_types import VARIANT
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, items


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    for variant in items(resource.properties.get("ProductionVariants")):
        if get(variant, "InstanceType") is not None and str(get(variant, "InitialInstanceCount")) in ("0", "1"):
            yield f"variant {get(variant, 'VariantName')} runs on a single instance"


RULE = Rule(
    id="ML-EndpointRedundant",
    title="Endpoint variants start with two instances or more",
    severity=Severity.INFO,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-best-practices.html",
    resource_types=("AWS::SageMaker::EndpointConfig",),
    check=_check,
    fix="Set InitialInstanceCount to 2 or more, so that SageMaker spreads the instances over Availability Zones",
    good=example("AWS::SageMaker::EndpointConfig", ProductionVariants=[VARIANT]),
    bad=example("AWS::SageMaker::EndpointConfig", ProductionVariants=[VARIANT | {"InitialInstanceCount": 1}]),
)
