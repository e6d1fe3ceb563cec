"""Features are customer data in the form that matters most. Online and offline store each take a key of their own,
and cannot change it later.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    online, offline = (get(resource.properties, store) for store in ("OnlineStoreConfig", "OfflineStoreConfig"))
    if get(online, "EnableOnlineStore") in (True, "true") and get(online, "SecurityConfig", "KmsKeyId") is None:
        yield "the online store is encrypted with a key that AWS owns"
    if offline is not None and get(offline, "S3StorageConfig", "KmsKeyId") is None:
        yield "the offline store is written without a customer managed key"


RULE = Rule(
    id="ML-FeatureStoreEncrypted",
    title="Both stores of a feature group are encrypted with a customer managed key",
    severity=Severity.ERROR,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html",
    resource_types=("AWS::SageMaker::FeatureGroup",),
    check=_check,
    fix="Set KmsKeyId in OnlineStoreConfig.SecurityConfig and in OfflineStoreConfig.S3StorageConfig",
    good=example(
        "AWS::SageMaker::FeatureGroup",
        OnlineStoreConfig={"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": "k"}},
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://b", "KmsKeyId": "k"}},
    ),
    bad=example(
        "AWS::SageMaker::FeatureGroup",
        OnlineStoreConfig={"EnableOnlineStore": True},
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://b"}},
    ),
)
