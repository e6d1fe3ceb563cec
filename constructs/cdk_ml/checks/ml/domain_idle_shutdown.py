"""A notebook somebody forgot is paid for until somebody finds it. Studio shuts idle JupyterLab and Code Editor apps
down when the domain's default settings say so.

https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, is_intrinsic


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    path = ("DefaultUserSettings", "JupyterLabAppSettings", "AppLifecycleManagement", "IdleSettings")
    setting = get(resource.properties, *path, "LifecycleManagement")
    if not is_intrinsic(setting) and setting != "ENABLED":
        yield "JupyterLab apps of this domain run, and cost, until somebody stops them"


RULE = Rule(
    id="ML-DomainIdleShutdown",
    title="Studio shuts idle apps down",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown.html",
    resource_types=("AWS::SageMaker::Domain",),
    check=_check,
    fix="Set AppLifecycleManagement.IdleSettings in DefaultUserSettings.JupyterLabAppSettings",
    good=example(
        "AWS::SageMaker::Domain",
        DefaultUserSettings={
            "JupyterLabAppSettings": {"AppLifecycleManagement": {"IdleSettings": {"LifecycleManagement": "ENABLED"}}}
        },
    ),
    bad=example("AWS::SageMaker::Domain", DefaultUserSettings={}),
)
