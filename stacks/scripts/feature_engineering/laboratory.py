"""Features of samples, made of a laboratory's readings: plain functions over DataFrames, the same on every Spark.

A reading is a line of JSON: ``{"sample_id": "w-1", "measure": "alcohol", "value": 14.2, "measured_at":
"2026-11-01T12:00:00Z"}``. A reading may come late, twice, or again with a corrected value; the latest counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sql
from pyspark.sql.types import StringType, StructField, StructType

CORRUPT = "_corrupt"
# Everything is text at first, so that what is wrong with a reading can be said.
READING = StructType(
    [StructField(name, StringType()) for name in ("sample_id", "measure", "value", "measured_at", CORRUPT)]
)
KEY, EVENT_TIME = "sample_id", "changed_at"
_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$"
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_PLACES = 6


def judged(readings: DataFrame, measures: Sequence[str]) -> DataFrame:
    """The readings with number, time, and ``reason``: everything that is wrong with one, null where nothing is."""
    number = sql.when(sql.col("value").rlike(_NUMBER), sql.col("value").cast("double"))
    moment = sql.when(sql.col("measured_at").rlike(_TIME), sql.try_to_timestamp("measured_at"))
    typed = readings.withColumn("number", number).withColumn("moment", moment)
    known = sql.col("measure").isin([*measures])
    wrong = [
        _when(sql.col(CORRUPT).isNotNull(), sql.lit("is no JSON")),
        _when(sql.coalesce(sql.trim("sample_id"), sql.lit("")) == "", sql.lit("sample_id is missing")),
        _when(~sql.coalesce(known, sql.lit(False)), sql.concat(sql.lit("measure is "), _shown("measure"))),
        _when(
            sql.col("number").isNull() | sql.isnan("number") | sql.col("number").isin(float("inf"), float("-inf")),
            sql.concat(sql.lit("value is no number: "), _shown("value")),
        ),
        _when(sql.col("moment").isNull(), sql.concat(sql.lit("measured_at is no time: "), _shown("measured_at"))),
    ]
    # What cannot be read says nothing else about itself.
    reason = sql.when(sql.col(CORRUPT).isNotNull(), sql.lit("is no JSON")).otherwise(sql.concat_ws("; ", *wrong))
    return typed.withColumn("reason", sql.when(reason != "", reason))


def features(good: DataFrame, measures: Sequence[str], until: str) -> DataFrame:
    """What is known of each sample from its readings before ``until``: one shuffle, by sample.

    Of two values for the same measure and moment the larger counts, so that their order does not matter.
    """
    before = good.where(sql.col("moment") < sql.to_timestamp(sql.lit(until)))
    latest = [
        sql.max(sql.when(sql.col("measure") == name, sql.struct("moment", "number"))).getField("number")
        for name in measures
    ]
    named = zip(measures, latest)  # noqa: B905 (EMR 7 runs Python 3.9)
    told = sql.size(sql.collect_set(sql.struct("measure", "moment", "number")))
    return before.groupBy(KEY).agg(
        told.cast("long").alias("readings"),
        *(sql.round(value, _PLACES).alias(name) for name, value in named),
    )


def with_ratio(table: DataFrame, above: str, below: str) -> DataFrame:
    """``above`` for each of ``below``; null where one of them is not known or nothing is to be divided by."""
    ratio = sql.when(sql.col(below) != 0, sql.round(sql.col(above) / sql.col(below), _PLACES))
    return table.withColumn(f"{above}_per_{below}", ratio)


def followed(now: DataFrame, known: DataFrame | None, until: str) -> DataFrame:
    """``now`` with ``changed_at``, when a sample's features last changed, and ``changed``, whether they did now."""
    columns = [name for name in now.columns if name != KEY]
    if known is None:
        return now.withColumn(EVENT_TIME, sql.lit(until)).withColumn("changed", sql.lit(True))
    # A measure that is new was not known before.
    then = [sql.col(name) if name in known.columns else sql.lit(None).cast("double").alias(name) for name in columns]
    before = known.select(KEY, sql.col(EVENT_TIME).alias("_at"), sql.struct(*then).alias("_before"))
    same = sql.col("_before").isNotNull() & sql.struct(*columns).eqNullSafe(sql.col("_before"))
    return (
        now.join(before, KEY, "left")
        .withColumn("changed", ~same)
        .withColumn(EVENT_TIME, sql.when(same, sql.col("_at")).otherwise(sql.lit(until)))
        .drop("_at", "_before")
    )


def records(table: DataFrame) -> DataFrame:
    """What changed, as lines that the ingestion of a feature group reads, in the order of the samples.

    A feature without a value is left out, which is how the Feature Store says that there is none.
    """
    changed = table.where("changed").drop("changed")
    return changed.orderBy(KEY).select(sql.to_json(sql.struct(*changed.columns)).alias("record"))


def _when(condition: Column, reason: Column) -> Column:
    return sql.when(condition, reason)


def _shown(name: str) -> Column:
    return sql.substring(sql.coalesce(sql.col(name), sql.lit("missing")), 1, 60)
