"""Models and endpoint configurations are immutable: a change replaces them, and CloudFormation creates the new one
before it deletes the old one. With a fixed name the second deployment fails because the name is taken.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.ml_types import VARIANT
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    for name in ("ModelName", "EndpointConfigName"):
        if isinstance(value := get(resource.properties, name), str):
            yield f"{name} is fixed to {value!r}: the next change of this resource fails because the name exists"


RULE = Rule(
    id="ML-NoFixedName",
    title="Resources that every update replaces have no fixed name",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",
    resource_types=("AWS::SageMaker::Model", "AWS::SageMaker::EndpointConfig"),
    check=_check,
    fix="Remove the name and let CloudFormation make one",
    good=example("AWS::SageMaker::EndpointConfig", ProductionVariants=[VARIANT]),
    bad=example(
        "AWS::SageMaker::EndpointConfig",
        ProductionVariants=[VARIANT],
        EndpointConfigName="churn",
    ),
)
