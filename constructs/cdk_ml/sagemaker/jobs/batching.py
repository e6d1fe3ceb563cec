"""How a transform job turns objects into requests, and answers into objects.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

Split = Literal["Line", "RecordIO", "TFRecord"]
Strategy = Literal["MultiRecord", "SingleRecord"]

_MOST_MB = 100
_LONGEST_FILTER = 63
_JOINED = ("text/csv", "application/json", "application/jsonlines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batching:
    """What one request is.

    :param split: where an object is split into records; ``None`` sends every object in one request.
    :param strategy: as many records in a request as fit into ``payload_mb``, or one; nothing without ``split``.
    :param payload_mb: MB of a request, 0 to 100; 0 sends objects in chunks of any size, to containers that take them.
    :param concurrency: requests that one instance gets at the same time; 0 asks the container.
    :param assemble_lines: a line for every record of the answer; otherwise answers are put together as they are.
    :param timeout_seconds: seconds that a request may take, 1 to 3600.
    :param retries: how often a request that failed is sent again, 0 to 3.
    """

    split: Split | None = "Line"
    strategy: Strategy = "MultiRecord"
    payload_mb: int = 6
    concurrency: int = 1
    assemble_lines: bool = True
    timeout_seconds: int = 600
    retries: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """Which part of a record is sent, and what is kept with its answer. For CSV and JSON.

    :param send: JSONPath of what the model gets, such as ``$[1:]`` to leave out an id.
    :param join: keep the record beside its answer.
    :param keep: JSONPath of what is kept of both, such as ``$[0,-1]`` for the id and the answer.
    """

    send: str = "$"
    join: bool = True
    keep: str = "$"


def batching_problems(batching: Batching) -> Iterator[Problem]:
    """What SageMaker would refuse about ``batching``."""
    bounds = {
        "payload_mb": (0, _MOST_MB, "is no size of a request in MB"),
        "concurrency": (0, _MOST_MB, "is no number of requests that an instance gets at the same time"),
        "timeout_seconds": (1, 3_600, "is not a time that a request may take"),
        "retries": (0, 3, "is not a number of times that SageMaker tries again"),
    }
    found = [
        Problem(f"batching.{name}", getattr(batching, name), rule, f"Use {lowest} to {highest}")
        for name, (lowest, highest, rule) in bounds.items()
        if outside(getattr(batching, name), lowest, highest)
    ]
    yield from found
    if found or is_token(batching.payload_mb) or is_token(batching.concurrency):
        return
    together = batching.payload_mb * batching.concurrency
    if together > _MOST_MB:
        rule = f"times concurrency={batching.concurrency} makes {together} MB, but they may be {_MOST_MB} MB together"
        fix = (
            f"Use payload_mb={_MOST_MB // batching.concurrency} or less, "
            f"or concurrency={_MOST_MB // batching.payload_mb} or less"
        )
        yield Problem("batching.payload_mb", batching.payload_mb, rule, fix)


def association_problems(association: Association, content_type: str | None) -> Iterator[Problem]:
    """What SageMaker would refuse about ``association``."""
    for name in ("send", "keep"):
        path = getattr(association, name)
        if not is_token(path) and (not path.startswith("$") or len(path) > _LONGEST_FILTER):
            fix = f"Write at most {_LONGEST_FILTER} characters that start with $, such as $[1:]"
            yield Problem(f"association.{name}", path, "is no JSONPath that SageMaker reads", fix)
    if content_type is None or (not is_token(content_type) and content_type not in _JOINED):
        fix = f"Give it as {' or '.join(_JOINED)}, or leave association out"
        yield Problem("data.content_type", content_type, "has no records that SageMaker can take apart and join", fix)


def transform_input(batching: Batching) -> dict[str, Any]:
    """``SplitType`` of the input."""
    return {} if batching.split is None else {"SplitType": batching.split}


def transform_request(batching: Batching, association: Association | None) -> dict[str, Any]:
    """What the request says about batching."""
    request: dict[str, Any] = {
        "MaxPayloadInMB": batching.payload_mb,
        "MaxConcurrentTransforms": batching.concurrency,
        "ModelClientConfig": {
            "InvocationsTimeoutInSeconds": batching.timeout_seconds,
            "InvocationsMaxRetries": batching.retries,
        },
    }
    if batching.split is not None:
        request["BatchStrategy"] = batching.strategy
    if association is not None:
        request["DataProcessing"] = {
            "InputFilter": association.send,
            "OutputFilter": association.keep,
            "JoinSource": "Input" if association.join else "None",
        }
    return request
