"""Says what workers see of one object of a labelling job.

https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
"""

from __future__ import annotations

import json
import os
from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Give the template the object and the labels.

    :param event: ``dataObject`` is a line of the manifest, with ``source``, a text, or ``source-ref``, which is in S3.
    """
    line = event["dataObject"]
    source = line.get("source", line.get("source-ref"))
    if source is None:
        raise ValueError(f"a line of the manifest has neither source nor source-ref: {sorted(line)}")
    return {
        "taskInput": {
            "question": os.environ["QUESTION"],
            "labels": json.loads(os.environ["LABELS"]),
            "source": source,
            "isReference": "source" not in line,
        },
        "isHumanAnnotationRequired": "true",
    }
