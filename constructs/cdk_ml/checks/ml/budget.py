"""Accelerators cost from one to a hundred dollars an hour, and an endpoint runs until it is deleted. A budget is the
only thing that says so before the bill does.

The budget may be in another template of the account, so this is only an info.

https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.ml_types import COMPUTE_TYPES
from cdk_ml.checks.rule import Rule, example


def _check(resource: Resource, template: Template) -> Iterator[str]:
    first, *_ = template.of_type(*COMPUTE_TYPES)
    if resource is first and not template.of_type("AWS::Budgets::Budget"):
        yield "this template runs machine learning compute and has no budget"


RULE = Rule(
    id="ML-Budget",
    title="Machine learning compute comes with a budget",
    severity=Severity.INFO,
    source="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
    resource_types=COMPUTE_TYPES,
    check=_check,
    fix="Add an AWS::Budgets::Budget with a notification, filtered by the tags of the workload",
    good=example("AWS::SageMaker::Endpoint", EndpointConfigName="c") | example("AWS::Budgets::Budget"),
    bad=example("AWS::SageMaker::Endpoint", EndpointConfigName="c"),
)
