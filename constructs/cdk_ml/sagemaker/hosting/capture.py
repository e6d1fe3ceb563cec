"""Data capture: what an endpoint was asked, and what it answered, in the workspace's data bucket.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.data import Data
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace.permissions import Statement
from cdk_ml.workspace.statements import use_key


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCapture:
    """Which requests are kept.

    :param percentage: share of the requests, 0 to 100; 0 keeps none.
    :param requests: keep what was asked.
    :param responses: keep what was answered.
    """

    percentage: int
    requests: bool = True
    responses: bool = True

    @property
    def enabled(self) -> bool:
        return is_token(self.percentage) or self.percentage > 0


@dataclass(frozen=True, slots=True)
class CapturedRequests(Data):
    """What one variant of an endpoint was asked and answered, in the bucket that it is captured in.

    An endpoint made here knows its own (:attr:`RealTimeEndpoint.captured`). Of another, ``prefix`` is what its
    ``DestinationS3Uri`` says, with the endpoint's name and the variant's behind it: ``capture/churn/AllTraffic/``.

    :param requests: what was asked is kept.
    :param responses: what was answered is kept.
    """

    requests: bool = True
    responses: bool = True


def captured_requests(
    capture: DataCapture, *, bucket: s3.IBucket, prefix: str, endpoint_name: str, variant_name: str
) -> CapturedRequests | None:
    """What a variant was asked and answered, as SageMaker files it; ``None`` where nothing is captured."""
    if not capture.enabled:
        return None
    place = f"{prefix}/{endpoint_name}/{variant_name}/"
    return CapturedRequests(bucket, place, requests=capture.requests, responses=capture.responses)


def capture_problems(capture: DataCapture) -> Iterator[Problem]:
    """What SageMaker would refuse about ``capture``."""
    if outside(capture.percentage, 0, 100):
        fix = "Give a percentage from 0 to 100"
        yield Problem("capture.percentage", capture.percentage, "is not a share of the requests", fix)
    if capture.enabled and not (capture.requests or capture.responses):
        rule = "and responses=False keep nothing"
        yield Problem("capture.requests", capture.requests, rule, "Keep one of them, or use percentage=0")


def capture_config(capture: DataCapture, *, bucket: s3.IBucket, prefix: str, key: kms.IKey) -> dict[str, Any]:
    """The ``DataCaptureConfig`` of an endpoint configuration."""
    modes = {"Input": capture.requests, "Output": capture.responses}
    return {
        "enableCapture": True,
        "initialSamplingPercentage": capture.percentage,
        "destinationS3Uri": f"s3://{bucket.bucket_name}/{prefix}",
        "kmsKeyId": key.key_arn,
        "captureOptions": [{"captureMode": mode} for mode, wanted in modes.items() if wanted],
        "captureContentTypeHeader": {"jsonContentTypes": ["application/json"], "csvContentTypes": ["text/csv"]},
    }


def write_capture(prefix_arn: str, key_arn: str) -> list[Statement]:
    """Write captured requests under one prefix, encrypted."""
    return [
        Statement(
            actions=["s3:PutObject"],
            resources=[f"{prefix_arn}/*"],
            wildcard="SageMaker names captured objects by time; the prefix is this endpoint's own. "
            "https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html",
        ),
        *use_key(key_arn),
    ]
