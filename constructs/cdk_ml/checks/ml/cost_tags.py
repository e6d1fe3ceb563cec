"""Cost allocation and attribute-based access control work by tags; what has none is everybody's cost and nobody's.

Which keys an organisation uses is its own choice, so this is an info.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.ml_types import COMPUTE_TYPES
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, is_intrinsic, items

_KEYS = ("project", "owner", "environment", "cost-center")


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    tags = resource.properties.get("Tags")
    if is_intrinsic(tags):
        return
    keys = [get(tag, "Key") for tag in items(tags) if not is_intrinsic(tag)]
    given = {key.lower().replace("_", "-") for key in keys if isinstance(key, str)}
    if missing := [key for key in _KEYS if key not in given]:
        yield f"no tag {', '.join(missing)}"


RULE = Rule(
    id="ML-CostTags",
    title="Machine learning resources say whose cost they are",
    severity=Severity.INFO,
    source="https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html",
    resource_types=COMPUTE_TYPES,
    check=_check,
    fix="Tag the stack with project, owner, environment and cost-center",
    good=example(
        "AWS::SageMaker::Endpoint",
        EndpointConfigName="c",
        Tags=[
            {"Key": "project", "Value": "x"},
            {"Key": "owner", "Value": "x"},
            {"Key": "environment", "Value": "x"},
            {"Key": "cost-center", "Value": "x"},
        ],
    ),
    bad=example(
        "AWS::SageMaker::Endpoint",
        EndpointConfigName="c",
        Tags=[{"Key": "project", "Value": "x"}, {"Key": "owner", "Value": "x"}],
    ),
)
