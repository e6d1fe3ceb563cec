"""The home volume of a Studio domain holds notebooks, data and credentials people leave in them. Its key cannot be
changed after the domain exists.

https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest-studio.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if get(resource.properties, "KmsKeyId") is None:
        yield "the home volume of this domain is encrypted with a key that AWS manages"


RULE = Rule(
    id="ML-DomainEncrypted",
    title="Studio home volumes are encrypted with a customer managed key",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest-studio.html",
    resource_types=("AWS::SageMaker::Domain",),
    check=_check,
    fix="Set KmsKeyId; the domain is replaced",
    good=example("AWS::SageMaker::Domain", KmsKeyId="k"),
    bad=example("AWS::SageMaker::Domain"),
)
