"""Reads what arrived, in one pass: each record ends as accepted or in quarantine, and both are counted.

A record is read as texts first and made a value then, so that what is in quarantine is what was delivered, and its
reason names the value. Nothing is shuffled, unless a rule asks for what only all records together can say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Any

from drift import Batch, batches, first_line
from places import File, Places, Run
from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that everybody gives it)
from quality import counts, failures, judged, own_rules
from readers import FILE, raw
from settings import Rule, Settings

# Names that no column of a table has: columns begin with a letter.
RECORD, REASONS, EXTRA, VERDICT = "_record", "_reasons", "_extra", "_verdict"
ACCEPTED, QUARANTINED = "accepted", "quarantined"
_TEXT = "_text"
_LONGEST_VALUE = 100
_MOST_NAMES = 50


class LostRecordsError(Exception):
    """Records that are neither in one place nor in another. It must never happen, and is never passed over."""


def ingest(
    spark: SparkSession,
    settings: Settings,
    run: Run,
    files: Sequence[File],
    *,
    quarantine: str,
    hidden: int,
    now: datetime,
) -> dict[str, Any]:
    """Read the files of a run, and leave its records, its quarantine and its report.

    :param quarantine: prefix that has a folder for each run.
    :param hidden: files that are none of ours, to be told.
    :param now: in UTC.
    """
    places, rules = Places(spark), own_rules(settings)
    made, unreadable = batches(spark, places, files, settings)
    try:
        counted = _pass(spark, settings, rules, run, made)
    except Exception:
        # A file that breaks off in its middle says so only when it is read to there. Each is tried alone then.
        tried = {path: _why_not(spark, batch, path, settings) for batch in made for path in batch.files}
        broken = {path: why for path, why in tried.items() if why is not None}
        if not broken:
            raise
        unreadable = {**unreadable, **broken}
        made, more = batches(spark, places, [file for file in files if file.path not in unreadable], settings)
        unreadable = {**unreadable, **more}
        counted = _pass(spark, settings, rules, run, made)
    folder = f"{quarantine}{run.id}/"
    _set_aside(spark, run, counted, folder, unreadable)
    records = counted["records"] + len(unreadable)
    quarantined = counted[QUARANTINED] + len(unreadable)
    failed = failures(settings, rules, counted, records=records, quarantined=quarantined, now=now)
    report = {
        "run": run.id,
        "files": len(files),
        "hidden_files": hidden,
        "unreadable_files": len(unreadable),
        "records": records,
        "accepted": counted[ACCEPTED],
        "quarantined": quarantined,
        "quarantined_percent": round(100 * quarantined / records, 4) if records else 0.0,
        "new_columns": _new_columns(spark, run, counted, made, settings),
        "broken_rules": {
            rule.name: counted[f"rule{index}"]
            for index, rule in enumerate(rules)
            if not rule.of_the_run and counted.get(f"rule{index}")
        },
        "failures": failed,
        "quarantine": folder,
        "verdict": "empty" if not records else "refused" if failed else "passed",
    }
    if report["records"] != report["accepted"] + report["quarantined"]:
        told = f"Of {records} records {report['accepted']} are accepted"
        raise LostRecordsError(f"{told} and {quarantined} in quarantine")
    places.write(run.place("files.json"), {file.path: file.stamp for file in files})
    # Last, because whoever finds the report may rely on the rest.
    places.write(run.place("report.json"), report)
    return report


def records_of(
    spark: SparkSession, settings: Settings, rules: Sequence[Rule], made: Sequence[Batch]
) -> tuple[DataFrame, Observation]:
    """Every record with its verdict, and what is counted when they are written."""
    decided = reduce(DataFrame.unionByName, [_read(spark, batch, settings, rules) for batch in made])
    late = _numbered(rules, of_all=True)
    if late:
        decided = _reject(judged(decided, late, settings.columns), late, F.col(REASONS), "*")
    observation = Observation("ingest")
    bad = F.col(REASONS).isNotNull()
    observed = decided.observe(
        observation,
        F.count(F.lit(1)).alias("records"),
        F.count(REASONS).alias(QUARANTINED),
        F.count(F.when(~bad, 1)).alias(ACCEPTED),
        F.count(F.when(~bad, F.col(EXTRA))).alias("extra"),
        *counts(settings, rules),
    )
    return observed.select(
        *settings.columns,
        FILE,
        F.when(bad, F.col(RECORD)).alias(RECORD),
        REASONS,
        EXTRA,
        F.when(bad, QUARANTINED).otherwise(ACCEPTED).alias(VERDICT),
    ), observation


def _pass(
    spark: SparkSession, settings: Settings, rules: Sequence[Rule], run: Run, made: Sequence[Batch]
) -> dict[str, Any]:
    if not made:
        return {"records": 0, ACCEPTED: 0, QUARANTINED: 0, "extra": 0}
    records, observation = records_of(spark, settings, rules, made)
    records.write.mode("overwrite").partitionBy(VERDICT).parquet(run.place("records"))
    counted: dict[str, Any] = observation.get
    return counted


def _why_not(spark: SparkSession, batch: Batch, path: str, settings: Settings) -> str | None:
    """Why a file cannot be read to its end."""
    alone = Batch((path,), batch.columns, ())
    try:
        _read(spark, alone, settings, ()).write.format("noop").mode("overwrite").save()
    except Exception as error:
        return first_line(error)
    return None


def _read(spark: SparkSession, batch: Batch, settings: Settings, rules: Sequence[Rule]) -> DataFrame:
    """Records as values of the table's types, with what is wrong with each of them.

    Reasons, and the record itself, are made of those that have one only: to write them costs more than to find them.
    """
    read = raw(spark, batch, settings)
    given = read.frame.select("*", *(text.alias(f"{_TEXT}_{name}") for name, text in read.texts.items()))
    values = (_value(name, type_, name in read.texts, settings) for name, type_ in settings.columns.items())
    early = _numbered(rules, of_all=False)
    tested = judged(given.select("*", *values), early, settings.columns)
    mistyped = {name: _mistyped(name) for name in read.texts}
    marked = tested.select(
        "*", _any([flag for flag, _ in read.wrong], "_wrong"), _any([*mistyped.values()], "_untyped")
    )
    reasons = F.when(F.col("_wrong"), _texts(read.wrong)).when(
        F.col("_untyped"), _texts([(flag, _said(name, settings.columns[name])) for name, flag in mistyped.items()])
    )
    late = bool(_numbered(rules, of_all=True))
    broken = _any([F.col(f"_rule{index}") for index in early], "")
    bad = F.lit(late) | F.col("_wrong") | F.col("_untyped") | broken
    kept = [*settings.columns, FILE, F.when(bad, read.record).alias(RECORD), read.extra.alias(EXTRA)]
    return _reject(marked, early, reasons, *kept, *(f"_rule{index}" for index in early))


def _numbered(rules: Sequence[Rule], *, of_all: bool) -> dict[int, Rule]:
    """The rules about records, by their number: those that a record can be held against alone, or the others."""
    found = {index: rule for index, rule in enumerate(rules) if not rule.of_the_run}
    return {index: rule for index, rule in found.items() if (rule.kind == "unique") is of_all}


def _reject(frame: DataFrame, rules: Mapping[int, Rule], reasons: Column, *kept: Any) -> DataFrame:
    """Add the names of broken rules to the reasons that there are."""
    flags = [(F.col(f"_rule{index}"), rule.name) for index, rule in rules.items()]
    added = F.concat(F.coalesce(reasons, F.array().cast("array<string>")), _texts(flags))
    found = F.when(_any([flag for flag, _ in flags], ""), added).otherwise(reasons) if flags else reasons
    if kept == ("*",):
        return frame.withColumn(REASONS, found)
    return frame.select(*kept, found.alias(REASONS))


def _any(flags: Sequence[Column], name: str) -> Column:
    """Whether one of them is so."""
    found = reduce(lambda one, other: one | other, flags, F.lit(False))
    return F.coalesce(found, F.lit(False)).alias(name) if name else found


def _texts(wrong: Sequence[tuple[Column, str | Column]]) -> Column:
    """The reasons whose flag is set."""
    said = [F.when(flag, F.lit(text) if isinstance(text, str) else text) for flag, text in wrong]
    return F.array_compact(F.array(*said)) if said else F.array().cast("array<string>")


def _value(name: str, type_: str, given: bool, settings: Settings) -> Column:
    if not given:
        return F.lit(None).cast(type_).alias(name)
    if settings.format == "parquet":
        return F.col(f"{_TEXT}_{name}").cast(type_).alias(name)
    # This cast takes no part of a number for the whole, and gives nothing for what is none.
    return F.expr(f"try_cast(`{_TEXT}_{name}` AS {type_})").alias(name)


def _mistyped(name: str) -> Column:
    return F.col(f"{_TEXT}_{name}").isNotNull() & F.col(name).isNull()


def _said(name: str, type_: str) -> Column:
    text = F.substring(F.col(f"{_TEXT}_{name}").cast("string"), 1, _LONGEST_VALUE)
    return F.concat(F.lit(f"{name} is no {type_}: "), text)


def _set_aside(
    spark: SparkSession, run: Run, counted: Mapping[str, Any], folder: str, unreadable: Mapping[str, str]
) -> None:
    """Put into quarantine what belongs there: lines of JSON that people can read."""
    if unreadable:
        told = [{"run": run.id, "file": path, "reasons": [why]} for path, why in unreadable.items()]
        Places(spark).write(f"{folder}files/unreadable.json", *told)
    if not counted[QUARANTINED]:
        return
    written = Observation("quarantine")
    (
        spark.read.parquet(f"{run.place('records')}/{VERDICT}={QUARANTINED}")
        .select(F.lit(run.id).alias("run"), *(F.col(name).alias(name[1:]) for name in (FILE, REASONS, RECORD)))
        .observe(written, F.count(F.lit(1)).alias("records"))
        .write.mode("overwrite")
        .json(f"{folder}records/")
    )
    if written.get["records"] != counted[QUARANTINED]:
        bad = f"{counted[QUARANTINED]} records are no good"
        raise LostRecordsError(f"{bad}, and {written.get['records']} were put aside")


def _new_columns(
    spark: SparkSession, run: Run, counted: Mapping[str, Any], made: Sequence[Batch], settings: Settings
) -> list[str]:
    """Keep what the table has no column for beside the run, and say what it is called."""
    if settings.format == "json":
        named: set[str] = set()
    else:
        named = {name for batch in made for name in batch.names if name not in settings.columns}
    if counted["extra"]:
        aside = spark.read.parquet(f"{run.place('records')}/{VERDICT}={ACCEPTED}").where(F.col(EXTRA).isNotNull())
        aside.select(*settings.key, settings.event_time, FILE, EXTRA).write.mode("overwrite").json(run.place("aside"))
        if settings.format == "json":
            keys = aside.select(F.explode(F.json_object_keys(EXTRA)).alias("name")).distinct().limit(_MOST_NAMES)
            named = {row["name"] for row in keys.collect()}
    return sorted(named)[:_MOST_NAMES]
