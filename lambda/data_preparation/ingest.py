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
from pyspark.sql.types import StringType, StructField, StructType
from quality import counts, failures, judged, own_rules
from settings import Rule, Settings

# Names that no column of a table has: columns begin with a letter.
FILE, RECORD, REASONS, EXTRA, VERDICT = "_file", "_record", "_reasons", "_extra", "_verdict"
ACCEPTED, QUARANTINED = "accepted", "quarantined"
_CORRUPT, _TEXT, _MAP = "_corrupt", "_text", "_map"
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
    read = reduce(DataFrame.unionByName, [_read(spark, batch, settings) for batch in made])
    tested = judged(read, rules, settings.columns)
    texts = [
        F.when(F.col(f"_rule{index}"), F.lit(rule.name)) for index, rule in enumerate(rules) if not rule.of_the_run
    ]
    decided = tested.withColumn(REASONS, F.concat(REASONS, F.array_compact(F.array(*texts)) if texts else F.array()))
    observation = Observation("ingest")
    bad = F.size(REASONS) > 0
    observed = decided.observe(
        observation,
        F.count(F.lit(1)).alias("records"),
        F.count(F.when(bad, 1)).alias(QUARANTINED),
        F.count(F.when(~bad, 1)).alias(ACCEPTED),
        F.count(F.when(~bad & F.col(EXTRA).isNotNull(), 1)).alias("extra"),
        *counts(settings, rules),
    )
    return observed.select(
        *settings.columns,
        FILE,
        F.when(bad, F.col(RECORD)).alias(RECORD),
        F.when(bad, F.col(REASONS)).alias(REASONS),
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
        _read(spark, alone, settings).write.format("noop").mode("overwrite").save()
    except Exception as error:
        return first_line(error)
    return None


def _read(spark: SparkSession, batch: Batch, settings: Settings) -> DataFrame:
    """Records as values of the table's types, with what is wrong with them so far."""
    match settings.format:
        case "csv":
            frame, texts = _csv(spark, batch, settings)
        case "json":
            frame, texts = _json(spark, batch, settings)
        case "parquet":
            frame, texts = _parquet(spark, batch, settings)
    given = frame.select(*(text.alias(f"{_TEXT}_{name}") for name, text in texts.items()), FILE, RECORD, REASONS, EXTRA)
    held = given.select(
        "*", *(_value(name, type_, name in texts, settings).alias(name) for name, type_ in settings.columns.items())
    )
    mistyped = [_mistyped(name, settings.columns[name]) for name in texts]
    untyped = F.array_compact(F.array(*mistyped)) if mistyped else F.col(REASONS)
    # What is not what it says it is has reasons enough.
    reasons = F.when(F.size(REASONS) > 0, F.col(REASONS)).otherwise(untyped)
    return held.select(*settings.columns, FILE, RECORD, reasons.alias(REASONS), EXTRA)


def _value(name: str, type_: str, given: bool, settings: Settings) -> Column:
    if not given:
        return F.lit(None).cast(type_)
    if settings.format == "parquet":
        return F.col(f"{_TEXT}_{name}").cast(type_)
    # This cast takes no part of a number for the whole, and gives nothing for what is none.
    return F.expr(f"try_cast(`{_TEXT}_{name}` AS {type_})")


def _mistyped(name: str, type_: str) -> Column:
    text = F.col(f"{_TEXT}_{name}")
    said = F.concat(F.lit(f"{name} is no {type_}: "), F.substring(text.cast("string"), 1, _LONGEST_VALUE))
    return F.when(text.isNotNull() & F.col(name).isNull(), said)


def _csv(spark: SparkSession, batch: Batch, settings: Settings) -> tuple[DataFrame, Mapping[str, Column]]:
    at = {name: f"c{index}" for index, name in enumerate(batch.names)}
    schema = StructType([StructField(place, StringType()) for place in (*at.values(), _CORRUPT)])
    frame = spark.read.csv(
        [*batch.files],
        schema=schema,
        header=True,
        escape='"',
        multiLine=settings.multiline,
        columnNameOfCorruptRecord=_CORRUPT,
    )
    whole = F.to_json(F.struct(*(F.col(place).alias(name) for name, place in at.items())))
    new = {name: F.col(place) for name, place in at.items() if name not in settings.columns}
    corrupt = F.when(F.col(_CORRUPT).isNotNull(), F.lit("is no record of as many values as the header has names"))
    prepared = frame.select(
        "*",
        _origin(),
        F.coalesce(_CORRUPT, whole).alias(RECORD),
        F.array_compact(F.array(corrupt, *map(F.lit, batch.reasons))).alias(REASONS),
        _extra(new).alias(EXTRA),
    )
    return prepared, {name: F.col(place) for name, place in at.items() if name in settings.columns}


def _json(spark: SparkSession, batch: Batch, settings: Settings) -> tuple[DataFrame, Mapping[str, Column]]:
    lines = spark.read.text([*batch.files]).select(F.col("value").alias(_TEXT), _origin())
    lines = lines.where(F.trim(_TEXT) != "").select(_TEXT, FILE, F.from_json(_TEXT, "map<string,string>").alias(_MAP))
    known = F.array(*map(F.lit, settings.columns))
    new = F.map_filter(_MAP, lambda name, _: ~F.array_contains(known, name))
    # Spark reads the first object of a line and leaves the rest alone.
    more = ~F.col(_TEXT).rlike(r"\}\s*$") | F.col(_TEXT).rlike(r"\}\s*\{")
    corrupt = F.when(F.col(_MAP).isNull() | more, F.lit("is not one object of JSON"))
    lacking = [F.when(~F.map_contains_key(_MAP, name), F.lit(f"lacks {name}")) for name in settings.required]
    prepared = lines.select(
        _MAP,
        FILE,
        F.col(_TEXT).alias(RECORD),
        F.array_compact(F.array(corrupt, *lacking)).alias(REASONS),
        F.when(F.size(new) > 0, F.to_json(new)).alias(EXTRA),
    )
    return prepared, {name: F.col(_MAP)[name] for name in settings.columns}


def _parquet(spark: SparkSession, batch: Batch, settings: Settings) -> tuple[DataFrame, Mapping[str, Column]]:
    schema = ", ".join(f"`{name}` {type_}" for name, type_ in batch.columns)
    frame = spark.read.schema(schema).parquet(*batch.files)
    new = {name: F.col(f"`{name}`") for name in batch.names if name not in settings.columns}
    prepared = frame.select(
        "*",
        _origin(),
        F.to_json(F.struct(*(f"`{name}`" for name in batch.names))).alias(RECORD),
        F.array(*map(F.lit, batch.reasons)).cast("array<string>").alias(REASONS),
        _extra(new).alias(EXTRA),
    )
    wrong = bool(batch.reasons)
    # What has another type is no value of the table's, and stays in the record.
    there = {name: F.col(name) for name in batch.names if name in settings.columns and not wrong}
    return prepared, there


def _origin() -> Column:
    return F.col("_metadata.file_path").alias(FILE)


def _extra(new: Mapping[str, Column]) -> Column:
    if not new:
        return F.lit(None).cast("string")
    # A struct, and not a map: its values may be of several types.
    return F.to_json(F.struct(*(column.alias(name) for name, column in new.items())))


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
