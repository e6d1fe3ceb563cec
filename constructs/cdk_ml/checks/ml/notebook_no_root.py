"""Root on a notebook instance can undo every setting of it, from the lifecycle configuration to the agents that watch
it.

https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-root-access.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if get(resource.properties, "RootAccess") in (None, "Enabled"):
        yield "users of this notebook instance have root access"


RULE = Rule(
    id="ML-NotebookNoRoot",
    title="Notebook users are not root",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-root-access.html",
    resource_types=("AWS::SageMaker::NotebookInstance",),
    check=_check,
    fix="Set RootAccess to Disabled",
    good=example("AWS::SageMaker::NotebookInstance", InstanceType="ml.t3.medium", RoleArn="r", RootAccess="Disabled"),
    bad=example("AWS::SageMaker::NotebookInstance", InstanceType="ml.t3.medium", RoleArn="r"),
)
