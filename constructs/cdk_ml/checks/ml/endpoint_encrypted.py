"""An endpoint's storage volume holds the model and what it caches: it is encrypted with a key you control.

Instances with local NVMe storage encrypt that in hardware, and SageMaker refuses a KmsKeyId for them; serverless
variants have no volume of yours.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.ml_types import VARIANT
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, items
from cdk_ml.facts.accelerators import has_local_storage


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if get(resource.properties, "KmsKeyId") is not None:
        return
    for variant in items(resource.properties.get("ProductionVariants")):
        instance = get(variant, "InstanceType")
        if isinstance(instance, str) and not has_local_storage(instance):
            yield f"variant on {instance} stores its model on a volume without a customer managed key"


RULE = Rule(
    id="ML-EndpointEncrypted",
    title="Endpoint volumes are encrypted with a customer managed key",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html",
    resource_types=("AWS::SageMaker::EndpointConfig",),
    check=_check,
    fix="Set KmsKeyId to the ARN of a key that the endpoint's users may use",
    good=example(
        "AWS::SageMaker::EndpointConfig",
        ProductionVariants=[VARIANT],
        KmsKeyId="k",
    ),
    bad=example("AWS::SageMaker::EndpointConfig", ProductionVariants=[VARIANT]),
)
