"""Captured requests and responses are production data, often personal: they are encrypted with a key you control.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.ml_types import VARIANT
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, is_off


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    capture = get(resource.properties, "DataCaptureConfig")
    if capture is None or is_off(get(capture, "EnableCapture") if "EnableCapture" in capture else True):
        return
    if get(capture, "KmsKeyId") is None:
        yield "captured requests and responses are written to S3 without a customer managed key"


RULE = Rule(
    id="ML-DataCaptureEncrypted",
    title="Captured inference data is encrypted with a customer managed key",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html",
    resource_types=("AWS::SageMaker::EndpointConfig",),
    check=_check,
    fix="Set DataCaptureConfig.KmsKeyId",
    good=example(
        "AWS::SageMaker::EndpointConfig",
        ProductionVariants=[VARIANT],
        DataCaptureConfig={"EnableCapture": True, "KmsKeyId": "k"},
    ),
    bad=example(
        "AWS::SageMaker::EndpointConfig",
        ProductionVariants=[VARIANT],
        DataCaptureConfig={"EnableCapture": True},
    ),
)
