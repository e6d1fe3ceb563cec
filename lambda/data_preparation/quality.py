"""What has to hold: rules about each record, and rules about the run as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that everybody gives it)
from settings import Rule, Settings

NEWEST = "newest"


def own_rules(settings: Settings) -> Sequence[Rule]:
    """The rules, and those that come with a key and an event time: nothing can be merged without them."""
    merged = (*settings.key, settings.event_time)
    asked = {name for rule in settings.rules if rule.kind == "not_null" for name in rule.columns}
    added = tuple(name for name in merged if name not in asked)
    needed = [Rule("not_null", f"{', '.join(added)} not null", added, False, {})] if added else []
    return [*needed, *settings.rules]


def broken(rule: Rule, types: Mapping[str, str]) -> Column:
    """Whether a record breaks a rule. What has no value breaks none but those that ask for one."""
    held = [F.col(name) for name in rule.columns]
    if rule.kind == "not_null":
        found = [column.isNull() for column in held]
    elif rule.kind == "in_range":
        found = [_outside(F.col(name), types[name], rule.options) for name in rule.columns]
    elif rule.kind == "one_of":
        found = [~column.cast("string").isin(list(rule.options["values"])) for column in held]
    elif rule.kind == "matches":
        found = [~column.cast("string").rlike(rule.options["pattern"]) for column in held]
    elif rule.kind == "unique":
        found = [_shared(rule)]
    else:
        raise ValueError(f"{rule.kind} is about the run, and not about a record")
    either = found[0]
    for one in found[1:]:
        either = either | F.coalesce(one, F.lit(False))
    return F.coalesce(either, F.lit(False))


def _outside(column: Column, type_: str, options: Mapping[str, Any]) -> Column:
    # What is no number is larger than all numbers to Spark, and in no range to us.
    found = F.isnan(column) if type_ in ("float", "double") else F.lit(False)
    # A bound may have more digits than the column: a number is compared as it is, and no less exactly.
    least, most = (_bound(options[name], type_) for name in ("minimum", "maximum"))
    if least is not None:
        found = found | (column < least)
    if most is not None:
        found = found | (column > most)
    return found


def _bound(value: Any, type_: str) -> Column | None:
    if value is None:
        return None
    return F.lit(value).cast(type_) if type_ in ("date", "timestamp") else F.lit(value)


def _shared(rule: Rule) -> Column:
    """Whether records of different keys have the same values. The same record may well come twice."""
    owner = F.struct(*(F.col(name) for name in rule.options["key"]))
    alike = Window.partitionBy(*rule.columns)
    there = F.lit(True)
    for name in rule.columns:
        there = there & F.col(name).isNotNull()
    return there & (F.min(owner).over(alike) != F.max(owner).over(alike))


def counts(settings: Settings, rules: Sequence[Rule]) -> Iterator[Column]:
    """What is counted while records pass: how many break each rule, and what the rules about the run ask."""
    for index, rule in enumerate(rules):
        if rule.kind == "complete":
            yield F.count(F.col(rule.columns[0])).alias(f"rule{index}")
        elif not rule.of_the_run:
            yield F.count(F.when(F.col(f"_rule{index}"), 1)).alias(f"rule{index}")
    yield F.max(F.col(settings.event_time).cast("timestamp").cast("long")).alias(NEWEST)


def failures(
    settings: Settings,
    rules: Sequence[Rule],
    counted: Mapping[str, Any],
    *,
    records: int,
    quarantined: int,
    now: datetime,
) -> list[str]:
    """Why a run is refused.

    :param counted: what :func:`counts` found.
    :param records: how many there were.
    :param quarantined: how many of them are in quarantine.
    :param now: in UTC.
    """
    found = []
    share = quarantined / records if records else 0.0
    if share > settings.most_quarantined:
        told = f"{quarantined} of {records} records are in quarantine"
        found.append(f"{told}, a share of {share:.4g} of at most {settings.most_quarantined:g}")
    for index, rule in enumerate(rules):
        number = counted.get(f"rule{index}", 0)
        if rule.kind == "complete" and records and number / records < rule.options["share"]:
            least = rule.options["share"]
            found.append(f"{rule.name}: {number} of {records} records have a value, and a share of {least:g} has to")
        elif rule.kind == "fresh":
            found += _stale(rule, counted.get(NEWEST), now)
        elif rule.fails and number:
            found.append(f"{rule.name}: {number} records break it")
    return found


def _stale(rule: Rule, newest: int | None, now: datetime) -> list[str]:
    if newest is None:
        return [f"{rule.name}: there is no event"]
    latest = datetime.fromtimestamp(newest, timezone.utc)  # noqa: UP017 (EMR 7 runs Python 3.9)
    if latest >= now - timedelta(hours=rule.options["hours"]):
        return []
    return [f"{rule.name}: the latest event is of {latest.isoformat()}"]


def judged(frame: DataFrame, rules: Mapping[int, Rule], types: Mapping[str, str]) -> DataFrame:
    """The records with a column for each rule that says whether they break it.

    :param rules: by their number.
    """
    return frame.withColumns({f"_rule{index}": broken(rule, types) for index, rule in rules.items()})
