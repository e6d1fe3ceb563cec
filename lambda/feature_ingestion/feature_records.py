"""What a record has to be before the Feature Store may have it.

Plain functions over plain values: a record is a mapping of names to values, a schema a mapping of names to types.
https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z")
_LARGEST_RECORD = 350 * 1024
_LARGEST_IDENTIFIER = 2 * 1024

# Clocks differ a little. An event from further in the future would hide every later record from the online store, which
# keeps what has the latest event time.
FUTURE = timedelta(minutes=15)


@dataclass(frozen=True)
class Schema:
    """What a feature group takes.

    :param types: ``Integral``, ``Fractional`` or ``String`` by the name of the feature.
    :param identifier: name of the feature that tells records apart.
    :param event_time: name of the feature that says when.
    """

    types: Mapping[str, str]
    identifier: str
    event_time: str


@dataclass(frozen=True)
class Record:
    """A record as the Feature Store takes it: every value is text.

    :param values: text by the name of the feature; features without a value are left out.
    :param identifier: value of the record identifier.
    :param moment: the event time, in seconds since 1970.
    """

    values: Mapping[str, str]
    identifier: str
    moment: float


class BadRecordError(Exception):
    """A record that the feature group does not take. The message says why."""


def checked(raw: Mapping[str, object], schema: Schema, now: datetime) -> Record:
    """``raw`` as a record.

    :raises BadRecordError: with everything that is wrong with it.
    """
    values: dict[str, str] = {}
    wrong = [f"{name} is no feature of the group" for name in raw if name not in schema.types]
    for name, kind in schema.types.items():
        value = raw.get(name)
        if value is None or (value == "" and kind != "String") or (value == "" and _needed(name, schema)):
            if _needed(name, schema):
                wrong.append(f"{name} is missing")
            continue
        try:
            values[name] = _text(value, kind)
        except BadRecordError as bad:
            wrong.append(f"{name} {bad}")
    moment = 0.0
    if schema.event_time in values:
        try:
            moment = _moment(values[schema.event_time], schema.types[schema.event_time], now)
        except BadRecordError as bad:
            wrong.append(f"{schema.event_time} {bad}")
    wrong += _size_problems(values, schema)
    if wrong:
        raise BadRecordError("; ".join(wrong))
    return Record(values=values, identifier=values[schema.identifier], moment=moment)


def _needed(name: str, schema: Schema) -> bool:
    return name in (schema.identifier, schema.event_time)


def _text(value: object, kind: str) -> str:
    """``value`` as the Feature Store writes a value of ``kind``."""
    match kind, value:
        case _, bool() | list() | dict():
            raise BadRecordError(f"is {_shown(value)}, which is no {kind} value")
        case "String", str() if _is_unicode(value):
            return value
        case "Integral", int():
            return _integral(value)
        case "Integral", str() if _INTEGER.fullmatch(value.strip()) and len(value) < 30:
            return _integral(int(value))
        case "Fractional", int() | float() if abs(value) <= sys.float_info.max:
            return repr(value)
        case "Fractional", str() if _NUMBER.fullmatch(value.strip()) and math.isfinite(float(value)):
            return value.strip()
    raise BadRecordError(f"is {_shown(value)}, which is no {kind} value")


def _is_unicode(text: str) -> bool:
    """JSON can write halves of characters, which nothing else takes."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _integral(value: int) -> str:
    if not -(2**63) <= value < 2**63:
        raise BadRecordError(f"is {value}, which does not fit into 64 bits")
    return str(value)


def _moment(text: str, kind: str, now: datetime) -> float:
    if kind == "String":
        if not _MOMENT.fullmatch(text):
            raise BadRecordError(f"is {_shown(text)}, not a time such as 2026-01-31T12:00:00Z")
        try:
            moment = datetime.fromisoformat(text).timestamp()
        except ValueError:
            raise BadRecordError(f"is {_shown(text)}, a day or an hour that does not exist") from None
    else:
        moment = float(text)
    if moment > (now.astimezone(UTC) + FUTURE).timestamp():
        hint = ", perhaps in milliseconds instead of seconds" if kind == "Fractional" and moment > 1e11 else ""
        raise BadRecordError(f"is {_shown(text)}, in the future{hint}")
    return moment


def _size_problems(values: Mapping[str, str], schema: Schema) -> Iterator[str]:
    size = sum(len(name) + len(value.encode()) for name, value in values.items())
    if size > _LARGEST_RECORD:
        yield f"the record has {size} bytes, but {_LARGEST_RECORD} is the most"
    identifier = len(values.get(schema.identifier, "").encode())
    if identifier > _LARGEST_IDENTIFIER:
        yield f"{schema.identifier} has {identifier} bytes, but {_LARGEST_IDENTIFIER} is the most"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
