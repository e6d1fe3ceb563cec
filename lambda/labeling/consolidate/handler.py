"""Makes one label of what several workers said: the one that most of them chose.

https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]

s3 = boto3.client("s3")


def handler(event: dict[str, Any], _context: object) -> list[dict[str, Any]]:
    """Consolidate the answers to some objects of a job.

    :param event: ``payload.s3Uri`` is where the answers are; ``labelAttributeName`` is what the label is called.
    """
    address = urlsplit(event["payload"]["s3Uri"])
    answers = json.loads(s3.get_object(Bucket=address.netloc, Key=address.path.lstrip("/"))["Body"].read())
    return [
        {
            "datasetObjectId": answer["datasetObjectId"],
            "consolidatedAnnotation": {"content": {event["labelAttributeName"]: _consolidated(answer["annotations"])}},
        }
        for answer in answers
    ]


def _consolidated(annotations: list[dict[str, Any]]) -> dict[str, Any]:
    """The label that most workers chose, and which share of them; of equals, the one that was chosen first."""
    chosen = [json.loads(annotation["annotationData"]["content"])["label"]["label"] for annotation in annotations]
    ((label, votes),) = Counter(chosen).most_common(1)
    return {"label": label, "agreement": votes / len(chosen), "workers": len(chosen)}
