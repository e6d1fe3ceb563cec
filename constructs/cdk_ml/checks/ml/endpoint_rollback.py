"""An update that turns out bad is undone by SageMaker itself only when the endpoint names the alarms to watch;
without them the new model takes all traffic at once and stays.

A serverless or asynchronous endpoint can name them as well.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if not get(resource.properties, "DeploymentConfig", "AutoRollbackConfiguration", "Alarms"):
        yield "an update of this endpoint is not rolled back when its alarms fire, because it names none"


RULE = Rule(
    id="ML-EndpointRollback",
    title="Endpoint updates roll back on alarms",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html",
    resource_types=("AWS::SageMaker::Endpoint",),
    check=_check,
    fix="Set DeploymentConfig with a blue/green or rolling policy and AutoRollbackConfiguration.Alarms",
    good=example(
        "AWS::SageMaker::Endpoint",
        EndpointConfigName="c",
        DeploymentConfig={"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}},
    ),
    bad=example("AWS::SageMaker::Endpoint", EndpointConfigName="c"),
)
