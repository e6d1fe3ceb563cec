"""Brings accepted records into an Iceberg table: by key, the latest event wins, whenever it arrives.

Two records of one key and one event time that say different things have no latest: the one with the larger digest
wins, so that the table is the same whatever order files come in. What would change nothing is not merged: the same
input twice makes no snapshot.

https://iceberg.apache.org/docs/latest/spark-writes/#merge-into
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ingest import ACCEPTED, VERDICT, LostRecordsError
from places import Places, Run, take
from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that everybody gives it)
from settings import Settings

_SOURCE, _TARGET = "incoming", "present"
KIND = "_kind"
INSERT, UPDATE, KNOWN = "insert", "update", "known"


def curate(spark: SparkSession, settings: Settings, run: Run, table: str, source: str) -> dict[str, Any]:
    """Merge what a run accepted, and say that its files are done.

    :param table: name of the table in Spark, with its catalog.
    :param source: prefix that the files lie under.
    :raises LostRecordsError: when the records do not add up.
    """
    places = Places(spark)
    report, files = places.read(run.place("report.json")), places.read(run.place("files.json"))
    if report is None or files is None:
        raise FileNotFoundError(f"{run.place('report.json')} is not there: this run was not ingested")
    if report["verdict"] == "refused":
        raise ValueError(f"The run {run.id} was refused: {report['failures']}")
    # An attempt that failed in its middle has found out what changes; the table may know it by now.
    found = places.read(run.place("changes.json"))
    again = found is not None
    if found is None:
        found = _find_changes(spark, settings, run, table, report)
        places.write(run.place("changes.json"), found)
    if found["curated"]:
        changes = spark.read.parquet(run.place("changes"))
        if again:
            left = compared(changes, spark.table(table), [*settings.columns], settings.key, settings.event_time)
            changes = left.where(F.col(KIND) != KNOWN).select(*settings.columns)
        if not again or not changes.isEmpty():
            merge(spark, changes, merge_statement(table, settings))
    take(places, run, source, files)
    places.write(run.place("curated.json"), found)
    return found


def _find_changes(
    spark: SparkSession, settings: Settings, run: Run, table: str, report: dict[str, Any]
) -> dict[str, Any]:
    counted = {"records": 0, "kept": 0, INSERT: 0, UPDATE: 0, KNOWN: 0}
    if report["accepted"]:
        # With a schema, a folder that lost its files is empty, and does not pass for one that says nothing.
        schema = ", ".join(f"`{name}` {type_}" for name, type_ in settings.columns.items())
        accepted = spark.read.schema(schema).parquet(f"{run.place('records')}/{VERDICT}={ACCEPTED}")
        found, observations = changes_of(settings, accepted, spark.table(table))
        found.write.mode("overwrite").parquet(run.place("changes"))
        counted = {name: number for each in observations for name, number in each.get.items()}
    curated, superseded = counted[INSERT] + counted[UPDATE], counted["records"] - counted["kept"]
    if counted["records"] != report["accepted"]:
        raise LostRecordsError(f"{report['accepted']} records were accepted, and {counted['records']} are there")
    if counted["kept"] != curated + counted[KNOWN]:
        told = f"{counted['kept']} records met {curated + counted[KNOWN]} of the table"
        raise LostRecordsError(f"{told}: {table} has several rows of one key, and has to be put right by hand")
    return {
        "run": run.id,
        "records": report["records"],
        "quarantined": report["quarantined"],
        "curated": curated,
        "inserted": counted[INSERT],
        "updated": counted[UPDATE],
        "duplicates": superseded + counted[KNOWN],
        "superseded": superseded,
        "known": counted[KNOWN],
    }


def as_in(table: DataFrame, frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Records in the types that a table has: the digests of two types differ, although their values do not.

    :raises ValueError: when the table lacks a column.
    """
    types = {field.name: field.dataType for field in table.schema.fields}
    lacking = [name for name in columns if name not in types]
    if lacking:
        raise ValueError(f"The table has no column {', '.join(lacking)}; it has {', '.join(types)}")
    return frame.select(*(F.col(name).cast(types[name]).alias(name) for name in columns))


def newest(frame: DataFrame, columns: Sequence[str], key: Sequence[str], event_time: str) -> DataFrame:
    """One record for each key: the latest."""
    by_key = Window.partitionBy(*key).orderBy(F.col(event_time).desc(), digest(columns).desc())
    return frame.withColumn("_rank", F.row_number().over(by_key)).where("_rank = 1").drop("_rank")


def changes_of(settings: Settings, accepted: DataFrame, present: DataFrame) -> tuple[DataFrame, Sequence[Observation]]:
    """The records that the table lacks or has an older one of, and what is counted when they are written."""
    columns = [*settings.columns]
    read, kept, met = Observation("read"), Observation("kept"), Observation("met")
    counted = as_in(present, accepted, columns).observe(read, F.count(F.lit(1)).alias("records"))
    latest = newest(counted, columns, settings.key, settings.event_time)
    latest = latest.observe(kept, F.count(F.lit(1)).alias("kept"))
    found = compared(latest, present, columns, settings.key, settings.event_time)
    kinds = (F.count(F.when(F.col(KIND) == kind, 1)).alias(kind) for kind in (INSERT, UPDATE, KNOWN))
    found = found.observe(met, *kinds)
    return found.where(F.col(KIND) != KNOWN).select(*columns), [read, kept, met]


def compared(
    incoming: DataFrame, present: DataFrame, columns: Sequence[str], key: Sequence[str], event_time: str
) -> DataFrame:
    """Each record with what it is to the table."""
    known = present.select(
        *(F.col(name).alias(f"_known_{name}") for name in dict.fromkeys((*key, event_time))),
        digest(columns).alias("_known_digest"),
    )
    alike = [F.col(name) == F.col(f"_known_{name}") for name in key]
    at, known_at = F.col(event_time), F.col(f"_known_{event_time}")
    newer = (at > known_at) | ((at == known_at) & (digest(columns) > F.col("_known_digest")))
    kind = F.when(F.col("_known_digest").isNull(), INSERT).when(newer, UPDATE).otherwise(KNOWN)
    return incoming.join(known, alike, "left").withColumn(KIND, kind)


def digest(columns: Sequence[str]) -> Column:
    """A number that two records share when they say the same."""
    return F.xxhash64(*(F.col(f"`{name}`") for name in columns))


def merge(spark: SparkSession, changes: DataFrame, statement: str) -> None:
    """Merge into a table, by a statement of :func:`merge_into`."""
    changes.createOrReplaceTempView(_SOURCE)
    spark.sql(statement)


def merge_statement(table: str, settings: Settings) -> str:
    """How records are merged. What somebody else brought in the meantime, and is newer, stays."""
    at = f"{_SOURCE}.`{settings.event_time}`", f"{_TARGET}.`{settings.event_time}`"
    given, known = (
        f"xxhash64({', '.join(f'{of}.`{name}`' for name in settings.columns)})" for of in (_SOURCE, _TARGET)
    )
    newer = f"({at[0]} > {at[1]} OR ({at[0]} = {at[1]} AND {given} > {known}))"
    return merge_into(table, [*settings.columns], settings.key, newer)


def merge_into(table: str, columns: Sequence[str], key: Sequence[str], newer: str) -> str:
    """A merge in SQL.

    :param newer: when a row that is there is replaced.
    """
    alike = " AND ".join(f"{_TARGET}.`{name}` = {_SOURCE}.`{name}`" for name in key)
    names = ", ".join(f"`{name}`" for name in columns)
    values = ", ".join(f"{_SOURCE}.`{name}`" for name in columns)
    replaced = ", ".join(f"{_TARGET}.`{name}` = {_SOURCE}.`{name}`" for name in columns)
    return (
        f"MERGE INTO {table} AS {_TARGET} USING {_SOURCE} ON {alike} "
        f"WHEN MATCHED AND {newer} THEN UPDATE SET {replaced} "
        f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )
