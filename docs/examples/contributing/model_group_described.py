"""A group of model versions that does not say what it is for is asked about in every audit, and answered by nobody once
its author has left.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-model-group.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if "ModelPackageGroupDescription" not in resource.properties:
        yield "the group does not say what its models are for"


RULE = Rule(
    id="ML-ModelGroupDescribed",
    title="Groups of model versions say what they are for",
    severity=Severity.INFO,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-model-group.html",
    resource_types=("AWS::SageMaker::ModelPackageGroup",),
    check=_check,
    fix="Give a ModelPackageGroupDescription",
    good=example("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupDescription="Who will leave, and when"),
    bad=example("AWS::SageMaker::ModelPackageGroup"),
)
