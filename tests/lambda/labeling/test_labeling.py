"""Workers see the object and the labels, and what most of them chose is the label."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from moto import mock_aws

CODE = Path(__file__).parents[3] / "lambda" / "labeling"
EVENT = {"version": "2018-10-16", "labelingJobArn": "arn:aws:sagemaker:us-east-1:111111111111:labeling-job/1"}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"labeling_{name}", CODE / name / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("line", "source", "is_reference"),
    [
        ({"source": "My roof leaks."}, "My roof leaks.", False),
        ({"source-ref": "s3://data/letters/1.png"}, "s3://data/letters/1.png", True),
        ({"source": "", "id": 1}, "", False),
    ],
)
def test_workers_see_the_object_and_the_labels(
    line: dict[str, Any], source: str, is_reference: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUESTION", "Is this a claim?")
    monkeypatch.setenv("LABELS", '["claim", "no claim"]')
    assert load("prepare").handler({**EVENT, "dataObject": line}, None) == {
        "taskInput": {
            "question": "Is this a claim?",
            "labels": ["claim", "no claim"],
            "source": source,
            "isReference": is_reference,
        },
        "isHumanAnnotationRequired": "true",
    }


def test_a_line_without_an_object_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"neither source nor source-ref: \['id'\]"):
        load("prepare").handler({**EVENT, "dataObject": {"id": 1}}, None)


@pytest.mark.parametrize(
    ("chosen", "label", "agreement"),
    [
        (["claim"], "claim", 1.0),
        (["no claim", "claim", "claim", "claim"], "claim", 0.75),
        (["no claim", "claim"], "no claim", 0.5),
    ],
)
def test_the_label_is_what_most_workers_chose(
    chosen: list[str], label: str, agreement: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    annotations = [
        {"workerId": str(number), "annotationData": {"content": json.dumps({"label": {"label": choice}})}}
        for number, choice in enumerate(chosen)
    ]
    payload = [{"datasetObjectId": "7", "dataObject": {"content": "My roof leaks."}, "annotations": annotations}]
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="data")
        client.put_object(Bucket="data", Key="labelled/1/payload.json", Body=json.dumps(payload))
        event = {**EVENT, "labelAttributeName": "label", "payload": {"s3Uri": "s3://data/labelled/1/payload.json"}}
        assert load("consolidate").handler(event, None) == [
            {
                "datasetObjectId": "7",
                "consolidatedAnnotation": {
                    "content": {"label": {"label": label, "agreement": agreement, "workers": len(chosen)}}
                },
            }
        ]


def test_the_page_asks_what_the_function_gives() -> None:
    page = (CODE / "template" / "question.liquid.html").read_text()
    for field in ("question", "labels", "source", "isReference"):
        assert f"task.input.{field}" in page
    assert 'name="label"' in page
