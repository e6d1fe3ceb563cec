"""Without a VPC configuration a model's containers reach S3 and everything else over a network that SageMaker owns
and you cannot see: no flow logs, no endpoint policies, no security groups.

A model with network isolation has no network of its own and needs none.

https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, is_off


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if get(resource.properties, "VpcConfig") is None and is_off(resource.properties.get("EnableNetworkIsolation")):
        yield "the containers of this model run outside any VPC of yours"


RULE = Rule(
    id="ML-ModelInVpc",
    title="Model containers run in a VPC, or without any network",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html",
    resource_types=("AWS::SageMaker::Model",),
    check=_check,
    fix="Set VpcConfig with private subnets and a security group, or EnableNetworkIsolation",
    good=example("AWS::SageMaker::Model", VpcConfig={"Subnets": ["s"], "SecurityGroupIds": ["g"]}),
    bad=example("AWS::SageMaker::Model"),
)
