"""With PublicInternetOnly a Studio domain sends all traffic except the home volume through a network that SageMaker
owns: notebooks can send data anywhere.

https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    access = get(resource.properties, "AppNetworkAccessType")
    if access is None or access == "PublicInternetOnly":
        yield "apps of this domain reach the internet without passing through your VPC"


RULE = Rule(
    id="ML-DomainVpcOnly",
    title="Studio domains send their traffic through your VPC",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html",
    resource_types=("AWS::SageMaker::Domain",),
    check=_check,
    fix="Set AppNetworkAccessType to VpcOnly, with VPC endpoints for what notebooks need",
    good=example("AWS::SageMaker::Domain", AppNetworkAccessType="VpcOnly"),
    bad=example("AWS::SageMaker::Domain"),
)
