"""What a preparation is told: the columns of its table, what has to hold of them, and the features that come of them.

The file is made at synth by ``cdk_ml.data.DataPreparation`` and holds no addresses: those are arguments of the job.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Format = Literal["csv", "json", "parquet"]
Kind = Literal["not_null", "in_range", "one_of", "matches", "unique", "complete", "fresh"]


@dataclass(frozen=True)
class Rule:
    """Something that has to hold, of each record or of the run.

    :ivar name: what reasons and reports call it.
    :ivar columns: which columns it is about.
    :ivar fails: one record that breaks it fails the run; otherwise the record goes to quarantine.
    :ivar options: what the kind takes besides.
    """

    kind: Kind
    name: str
    columns: tuple[str, ...]
    fails: bool
    options: Mapping[str, Any]

    @property
    def of_the_run(self) -> bool:
        """Whether no single record can break it."""
        return self.kind in ("complete", "fresh")


@dataclass(frozen=True)
class Aggregate:
    """A feature: what is done with a column over the days before the latest event."""

    name: str
    function: Literal["count", "sum", "mean", "min", "max"]
    column: str
    days: int


@dataclass(frozen=True)
class Features:
    """A row of aggregates for each entity.

    :ivar as_of: column of the time that the row is about.
    """

    entity: tuple[str, ...]
    as_of: str
    aggregates: tuple[Aggregate, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.entity, self.as_of, *(each.name for each in self.aggregates))


@dataclass(frozen=True)
class Settings:
    """The file.

    :ivar columns: types of Spark by column, in the table's order.
    :ivar key: the columns that say which records are about the same.
    :ivar optional: columns that a file or a record may lack.
    :ivar most_quarantined: share of the records above which a run is refused.
    :ivar multiline: values of CSV may hold line breaks, so that a file cannot be split.
    """

    format: Format
    columns: Mapping[str, str]
    key: tuple[str, ...]
    event_time: str
    optional: frozenset[str]
    rules: tuple[Rule, ...]
    most_quarantined: float
    multiline: bool
    features: Features | None

    @property
    def required(self) -> Sequence[str]:
        return [name for name in self.columns if name not in self.optional]


def settings_of(text: str) -> Settings:
    """Read the file."""
    told = json.loads(text)
    features = told.get("features")
    return Settings(
        format=told["format"],
        columns={each["name"]: each["type"] for each in told["columns"]},
        key=tuple(told["key"]),
        event_time=told["event_time"],
        optional=frozenset(told["optional"]),
        rules=tuple(_rule(each) for each in told["rules"]),
        most_quarantined=told["most_quarantined"],
        multiline=told["multiline"],
        features=None if features is None else _features(features),
    )


def _rule(told: Mapping[str, Any]) -> Rule:
    return Rule(
        kind=told["kind"],
        name=told["name"],
        columns=tuple(told["columns"]),
        fails=told["fails"],
        options=told["options"],
    )


def _features(told: Mapping[str, Any]) -> Features:
    aggregates = tuple(Aggregate(**each) for each in told["aggregates"])
    return Features(entity=tuple(told["entity"]), as_of=told["as_of"], aggregates=aggregates)
