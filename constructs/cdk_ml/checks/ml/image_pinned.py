"""A tag that moves makes two deployments of one template run different code, and a roll back does not bring the old
code back.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, items, joined


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    containers = [get(resource.properties, "PrimaryContainer"), *items(resource.properties.get("Containers"))]
    for container in containers:
        image = joined(get(container, "Image"))
        if image.endswith(":latest"):
            yield f"a container runs {image.rpartition('/')[2]}, which is another image tomorrow"


RULE = Rule(
    id="ML-ImagePinned",
    title="Model containers name the image they run",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
    resource_types=("AWS::SageMaker::Model",),
    check=_check,
    fix="Name a version tag that is never moved, or a digest",
    good=example(
        "AWS::SageMaker::Model", PrimaryContainer={"Image": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/churn:1.4.2"}
    ),
    bad=example(
        "AWS::SageMaker::Model", PrimaryContainer={"Image": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/churn:latest"}
    ),
)
