"""Version 1 of the instance metadata service hands the role's credentials to whoever can make the notebook fetch an
address.

https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-imds.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, is_intrinsic


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    path = ("InstanceMetadataServiceConfiguration", "MinimumInstanceMetadataServiceVersion")
    version = get(resource.properties, *path)
    if not is_intrinsic(version) and str(version) != "2":
        yield "this notebook instance accepts version 1 of the instance metadata service"


RULE = Rule(
    id="ML-NotebookImdsV2",
    title="Notebook instances accept version 2 of the metadata service only",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-imds.html",
    resource_types=("AWS::SageMaker::NotebookInstance",),
    check=_check,
    fix="Set InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion to 2",
    good=example(
        "AWS::SageMaker::NotebookInstance",
        InstanceType="ml.t3.medium",
        RoleArn="r",
        InstanceMetadataServiceConfiguration={"MinimumInstanceMetadataServiceVersion": "2"},
    ),
    bad=example("AWS::SageMaker::NotebookInstance", InstanceType="ml.t3.medium", RoleArn="r"),
)
