"""The schema of a feature group: which features a record has, and how that may change.

A feature group takes further features while it lives. It gives none up and changes no type.
https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-update-feature-group.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.schema_file import read_published
from cdk_ml.tokens import is_token

RESERVED = ("api_invocation_time", "is_deleted", "write_time")
_NAME = re.compile(r"[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}")
_LONGEST_NAME = 64
_MAXIMUM_FEATURES = 2_500


class FeatureType(StrEnum):
    """What the values of a feature are. CloudFormation has no collections: a list is a string of JSON."""

    INTEGRAL = "Integral"
    """Whole numbers of 64 bits."""

    FRACTIONAL = "Fractional"
    """Numbers of double precision."""

    STRING = "String"
    """Text."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature of a record.

    :param name: letters, digits, hyphens and underscores, at most 64.
    :param type: what its values are.
    """

    name: str
    type: FeatureType


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The features of a group, and which of them say whose and when."""

    features: Sequence[Feature]
    record_identifier: str
    event_time: str

    def definitions(self) -> list[dict[str, str]]:
        """The features as CloudFormation writes them."""
        return [{"featureName": one.name, "featureType": one.type.value} for one in self.features]

    def document(self) -> dict[str, Any]:
        """What a schema file holds."""
        features = {one.name: one.type.value for one in self.features}
        return {"record_identifier": self.record_identifier, "event_time": self.event_time, "features": features}


def schema_problems(schema: Schema) -> Iterator[Problem]:
    """What the Feature Store would refuse about ``schema``."""
    names = [one.name for one in schema.features]
    if not 1 <= len(names) <= _MAXIMUM_FEATURES:
        rule = f"are {len(names)}, but a feature group has 1 to {_MAXIMUM_FEATURES}"
        yield Problem("features", names[:3], rule, "Split them into several groups with the same record identifier")
    for name in names:
        yield from _name_problems(name)
    # The offline store is a table of Glue, which does not tell upper from lower case.
    for name, count in Counter(name if is_token(name) else name.lower() for name in names).items():
        if count > 1:
            rule = f"is the name of {count} features, in upper or lower case"
            yield Problem("features.name", name, rule, "Name each one differently")
    if not any(is_token(name) for name in names):
        yield from _role_problems(schema, {one.name: one.type for one in schema.features})


def _name_problems(name: str) -> Iterator[Problem]:
    if is_token(name):
        return
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        fix = "Use at most 64 letters, digits, hyphens and underscores, starting and ending with a letter or digit"
        yield Problem("features.name", name, "is not a name that the Feature Store takes", fix)
    elif name.lower() in RESERVED:
        rule = f"is reserved, as {', '.join(RESERVED)} are: the Feature Store adds them itself"
        yield Problem("features.name", name, rule, "Choose another name")


def _role_problems(schema: Schema, types: dict[str, FeatureType]) -> Iterator[Problem]:
    known = ", ".join([*types][:10])
    for argument in ("record_identifier", "event_time"):
        name = getattr(schema, argument)
        if not is_token(name) and name not in types:
            yield Problem(argument, name, "is none of the features", f"Use one of {known}, or add it to them")
    if types.get(schema.record_identifier) is FeatureType.FRACTIONAL:
        rule = "is Fractional, and what is computed twice is rarely the same fraction"
        yield Problem("record_identifier", schema.record_identifier, rule, "Use an Integral or a String feature")
    if types.get(schema.event_time) is FeatureType.INTEGRAL:
        rule = "is Integral, which the Feature Store does not take as a time"
        fix = "Use a Fractional feature of seconds since 1970, or a String such as 2026-01-31T12:00:00Z"
        yield Problem("event_time", schema.event_time, rule, fix)
    if schema.record_identifier == schema.event_time:
        rule = "is the record identifier as well, so that no record could ever be updated"
        yield Problem("event_time", schema.event_time, rule, "Use two features")


def published_problems(schema: Schema, file: str | Path) -> Iterator[Problem]:
    """How ``schema`` differs from the one that was deployed.

    :param file: the schema file, kept under version control.
    """
    path, wanted = Path(file), schema.document()
    published, problems = read_published(path, wanted, _is_schema)
    if problems:
        yield from problems
        return
    yield from _changes(wanted, published, str(path))


def _is_schema(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("features"), dict)


def _changes(wanted: dict[str, Any], published: dict[str, Any], file: str) -> Iterator[Problem]:
    anew = "Bring it back, or make a new group under another id and fill it from the old one's offline store"
    for argument in ("record_identifier", "event_time"):
        if wanted[argument] != published.get(argument):
            rule = f"was {published.get(argument)!r} when the group was deployed, which no update changes"
            yield Problem(argument, wanted[argument], rule, anew)
    now: dict[str, str] = wanted["features"]
    for name, type_ in published["features"].items():
        if name not in now:
            yield Problem("features", name, f"is in {file} and no longer here: a group gives no feature up", anew)
        elif now[name] != type_:
            yield Problem("features.type", now[name], f"of {name} was {type_}, and a feature keeps its type", anew)
    added = {name: type_ for name, type_ in now.items() if name not in published["features"]}
    if added:
        fix = f"Add {json.dumps(added)} to its features, so that the next change is compared with them"
        yield Problem("schema_file", file, f"does not know {', '.join(added)}", fix)
