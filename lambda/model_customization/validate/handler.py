"""Reads training data before a customization job does: what is wrong with it, and what training on it would cost.

Called with ``{"training": <s3 uri>, "validation": <s3 uri or absent>, "report": <s3 uri>}``; writes a report to the
last and answers ``{"ok", "records", "tokens", "usd", "reason", "report"}``. Nothing is dropped: data with a bad line is
not trained on. Environment: STYLE of the lines; EPOCHS; FEWEST and MOST records; USD_PER_MILLION_TOKENS and
CEILING_USD, both or neither.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import boto3  # type: ignore[import-untyped]
from records import CHARACTERS_PER_TOKEN, MalformedError, texts_of

_LISTED = 100  # Of what is wrong: enough to see the pattern, and a report that opens.


@dataclass
class Reading:
    """What was found in one file."""

    records: int = 0
    characters: int = 0
    wrong: int = 0
    problems: list[str] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    doubles: int = 0

    def complain(self, text: str) -> None:
        """Count a problem, and list it while there is room."""
        self.wrong += 1
        if len(self.problems) < _LISTED:
            self.problems.append(text)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda gives it)
    """Read both files, write the report, and say whether to go on."""
    s3 = boto3.client("s3")
    style = os.environ["STYLE"]
    training = read(_lines(s3, event["training"]), style)
    validation = read(_lines(s3, event["validation"]), style) if event.get("validation") else Reading()
    leaked = len(training.seen & validation.seen)
    tokens = -(-training.characters // CHARACTERS_PER_TOKEN) * int(os.environ["EPOCHS"])
    usd = _cost(tokens)
    reasons = [*_reasons(training, "training"), *_reasons(validation, "validation", fewest=0)]
    if leaked:
        reasons.append(f"{leaked} records of the validation data are in the training data")
    if usd is not None and usd > float(os.environ["CEILING_USD"]):
        reasons.append(f"training could cost {usd:.2f} USD, and the ceiling is {os.environ['CEILING_USD']}")
    answer = {
        "ok": not reasons,
        "records": training.records,
        "tokens": tokens,
        "usd": usd,
        "reason": "; ".join(reasons) or "the data is in order",
        "report": event["report"],
    }
    details = {
        "duplicates": training.doubles,
        "problems": {"training": training.problems, "validation": validation.problems},
    }
    bucket, key = _place(event["report"])
    s3.put_object(
        Bucket=bucket,
        Key=key,
        Body=json.dumps({**answer, **details}, indent=2).encode(),
        ContentType="application/json",
    )
    print(json.dumps(answer))
    return answer


def read(lines: Iterable[bytes], style: str) -> Reading:
    """Read a file line by line, however long it is."""
    found = Reading()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found.records += 1
        try:
            texts = texts_of(line, style)
        except MalformedError as problem:
            found.complain(f"line {number} {problem}")
            continue
        found.characters += sum(map(len, texts))
        digest = hashlib.sha256("\0".join(texts).encode()).digest()
        found.doubles += digest in found.seen
        found.seen.add(digest)
    return found


def _reasons(found: Reading, name: str, fewest: int | None = None) -> list[str]:
    least = int(os.environ["FEWEST"]) if fewest is None else fewest
    reasons = []
    if found.wrong:
        reasons.append(f"{found.wrong} lines of the {name} data are not what Bedrock reads")
    if found.records < least:
        reasons.append(f"there are {found.records} records of {name} data, and the least is {least}")
    if found.records > int(os.environ["MOST"]):
        reasons.append(f"there are {found.records} records of {name} data, and the most is {os.environ['MOST']}")
    return reasons


def _cost(tokens: int) -> float | None:
    price = os.environ.get("USD_PER_MILLION_TOKENS")
    return None if price is None else round(tokens * float(price) / 1_000_000, 2)


def _lines(s3: Any, uri: str) -> Iterable[bytes]:
    bucket, key = _place(uri)
    lines: Iterable[bytes] = s3.get_object(Bucket=bucket, Key=key)["Body"].iter_lines()
    return lines


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
