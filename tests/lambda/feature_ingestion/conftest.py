"""The function with services that behave as AWS's do, as far as a test sees it."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.conftest import ROOT

FOLDER = ROOT / "lambda" / "feature_ingestion"
BUCKET, GROUP = "inbox", "customers"
TYPES = {"customer_id": "String", "seen_at": "String", "orders": "Integral", "value": "Fractional"}


def accept(_record: dict[str, str]) -> None:
    """What the feature store does with most records."""


class FeatureStore:
    """An online and an offline store: the newest record of an identifier is online, every record is offline."""

    def __init__(self) -> None:
        self.online: dict[str, dict[str, str]] = {}
        self.offline: list[dict[str, str]] = []
        self.refuses: Callable[[dict[str, str]], str | None] = accept

    def put_record(self, *, FeatureGroupName: str, Record: list[dict[str, str]]) -> None:  # noqa: N803
        assert FeatureGroupName == GROUP
        record = {value["FeatureName"]: value["ValueAsString"] for value in Record}
        if code := self.refuses(record):
            raise ClientError({"Error": {"Code": code, "Message": "not this one"}}, "PutRecord")
        self.offline.append(record)
        newest = self.online.get(record["customer_id"])
        if newest is None or newest["seen_at"] < record["seen_at"]:
            self.online[record["customer_id"]] = record


@pytest.fixture
def store() -> FeatureStore:
    return FeatureStore()


@pytest.fixture
def handler(store: FeatureStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module, with S3 and SageMaker by moto and the feature store above."""
    monkeypatch.setenv("FEATURE_GROUP", GROUP)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.syspath_prepend(str(FOLDER))
    with mock_aws():
        loaded = load("feature_ingestion_handler", FOLDER / "handler.py")
        s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        sagemaker.create_feature_group(
            FeatureGroupName=GROUP,
            RecordIdentifierFeatureName="customer_id",
            EventTimeFeatureName="seen_at",
            OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/features"}},
            FeatureDefinitions=[{"FeatureName": name, "FeatureType": type_} for name, type_ in TYPES.items()],
        )
        clients: dict[str, Any] = {"s3": s3, "sagemaker": sagemaker, "sagemaker-featurestore-runtime": store}
        monkeypatch.setattr(loaded, "client", clients.__getitem__)
        yield loaded
    for name in ("feature_files", "feature_records"):
        sys.modules.pop(name, None)


def load(name: str, file: Path) -> ModuleType:
    """A module of a function; two functions have modules of one name."""
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def arrive(handler: ModuleType) -> Callable[..., dict[str, Any]]:
    """Puts a file into the bucket, and gives the event that S3 sends about it."""

    def put(content: str | bytes, key: str = "incoming/customers.jsonl") -> dict[str, Any]:
        body = content.encode() if isinstance(content, str) else content
        version = handler.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]
        detail = {"bucket": {"name": BUCKET}, "object": {"key": key, "version-id": version}}
        return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}

    return put


@pytest.fixture
def read(handler: ModuleType) -> Callable[[str], list[Any]]:
    """What the JSON lines of an object say."""

    def lines(key: str) -> list[Any]:
        body = handler.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
        return [json.loads(line) for line in body.splitlines()]

    return lines
