"""Reads what an endpoint captured: a line of JSON for each request, with the request and the answer in an encoding.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
"""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

# What the rows of a request, and the answers to them, are called in the JSON of common containers.
_ROWS = ("instances", "inputs", "data", "features")
_ANSWERS = ("predictions", "outputs", "predicted_label", "prediction", "label", "score", "probability")
_JSON = ("application/json", "application/jsonlines", "application/x-jsonlines")


@dataclass
class Read:
    """What was read, and what could not be.

    :ivar rows: features by name, with ``prediction`` and ``inference_id``.
    :ivar corrupt: file, line, reason and text of each line that is not in ``rows``.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    corrupt: list[dict[str, Any]] = field(default_factory=list)

    def lost(self, file: Path, number: int, reason: object, text: str) -> None:
        """Keep a line that could not be read."""
        self.corrupt.append({"file": file.name, "line": number, "reason": str(reason), "text": text})


def lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that say something, from 1 on."""
    with file.open(encoding="utf-8", errors="replace") as opened:
        for number, line in enumerate(opened, start=1):
            if line.strip():
                yield number, line.rstrip("\n")


def read_captured(files: Iterable[Path], columns: Sequence[str]) -> Read:
    """Read captured requests.

    :param columns: names of what a request without names holds, in its order.
    """
    found = Read()
    for file in files:
        for number, line in lines(file):
            try:
                found.rows += _rows(json.loads(line), columns)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                found.lost(file, number, error if isinstance(error, ValueError) else f"lacks {error}", line)
    return found


def _rows(line: Mapping[str, Any], columns: Sequence[str]) -> list[dict[str, Any]]:
    kept, about = line["captureData"], line["eventMetadata"]
    id = about.get("inferenceId") or about["eventId"]
    asked = _many(decoded(kept["endpointInput"]), _ROWS) if "endpointInput" in kept else []
    answered = _many(decoded(kept["endpointOutput"]), _ANSWERS) if "endpointOutput" in kept else []
    if asked and answered and len(asked) != len(answered):
        raise ValueError(f"{len(asked)} rows were asked about and {len(answered)} answered")
    return [
        {
            **(_named(asked[index], columns) if asked else {}),
            "prediction": answer(answered[index]) if answered else None,
            # One request may hold many rows; labels are by request and, inside it, in its order.
            "inference_id": id,
            "row": index,
        }
        for index in range(max(len(asked), len(answered)))
    ]


def decoded(part: Mapping[str, Any]) -> Any:
    """What was sent, whatever it is encoded in.

    :raises ValueError: when it is encoded otherwise than it says, or holds neither CSV nor JSON.
    """
    data, encoding = part["data"], part.get("encoding", "CSV")
    kind = str(part.get("observedContentType", "")).partition(";")[0].strip().lower()
    if encoding == "BASE64":
        data = base64.b64decode(data, validate=True).decode("utf-8")
        encoding = "CSV" if kind == "text/csv" else "JSON" if kind in _JSON else kind
    if encoding == "CSV":
        return [row for row in csv.reader(StringIO(data)) if row]
    if encoding != "JSON":
        raise ValueError(f"{encoding or 'no content type'} is neither CSV nor JSON")
    if not isinstance(data, str):
        return data
    try:
        return json.loads(data)
    except ValueError:
        return [json.loads(line) for line in data.splitlines() if line.strip()]


def _many(value: Any, keys: Sequence[str]) -> list[Any]:
    """The rows of a request or an answer, each a list, a mapping or one value."""
    if isinstance(value, Mapping):
        inner = next((value[key] for key in keys if isinstance(value.get(key), list)), None)
        return [value] if inner is None else _many(inner, keys)
    if isinstance(value, list):
        if keys is _ROWS and value and not any(isinstance(item, list | Mapping) for item in value):
            return [value]
        return [item["features"] if isinstance(item, Mapping) and "features" in item else item for item in value]
    return [value]


def _named(row: Any, columns: Sequence[str]) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return dict(row)
    values = row if isinstance(row, list) else [row]
    if len(values) != len(columns):
        raise ValueError(f"{len(values)} values, and {len(columns)} features have a name")
    return dict(zip(columns, values, strict=True))


def answer(value: Any) -> Any:
    """The prediction in one answer."""
    if isinstance(value, Mapping):
        return answer(next(value[key] for key in _ANSWERS if key in value)) if {*_ANSWERS} & {*value} else None
    if isinstance(value, list):
        return answer(value[0]) if value else None
    return value
