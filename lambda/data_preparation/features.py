"""Features: aggregates over the days before the latest event, for each entity that was seen in them.

The time that features are about is that of the latest event in the table and not the clock's: the same table gives the
same features, whenever they are computed. An entity that was not seen in the longest window keeps its row, which says
of when it is.
"""

from __future__ import annotations

from typing import Any

from curate import INSERT, KIND, KNOWN, UPDATE, as_in, merge, merge_into
from places import Places, Run
from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that everybody gives it)
from settings import Aggregate, Features, Settings

# Sums of floating point depend on the order that Spark adds in: in their last digits, which are no news.
_SAME = 1e-9


def compute(spark: SparkSession, settings: Settings, run: Run, table: str, feature_table: str) -> dict[str, Any]:
    """Bring the features of a table up to date.

    :param table: what they come of.
    :param feature_table: where they go.
    """
    wanted = settings.features
    if wanted is None:
        raise ValueError("The settings name no features")
    curated = spark.table(table)
    # Iceberg answers it from what it knows of its files.
    newest = F.max(settings.event_time).cast("timestamp")
    row = curated.agg(F.unix_micros(newest).alias("micros"), newest.cast("string").alias("text")).collect()[0]
    latest = row["micros"]
    counted = {"features": 0, "changed": 0}
    if latest is not None:
        present = spark.table(feature_table)
        rows = as_in(present, windowed(curated, settings.event_time, wanted, latest), wanted.columns)
        seen = Observation("seen")
        found = _compared(rows, present, wanted).observe(
            seen, F.count(F.lit(1)).alias("features"), F.count(F.when(F.col(KIND) != KNOWN, 1)).alias("changed")
        )
        place = run.place("features")
        found.where(F.col(KIND) != KNOWN).select(*wanted.columns).write.mode("overwrite").parquet(place)
        counted = seen.get
        if counted["changed"]:
            not_older = f"incoming.`{wanted.as_of}` >= present.`{wanted.as_of}`"
            statement = merge_into(feature_table, wanted.columns, wanted.entity, not_older)
            merge(spark, spark.read.parquet(place), statement)
    report = {"run": run.id, "as_of": row["text"], **counted}
    Places(spark).write(run.place("features.json"), report)
    return report


def windowed(curated: DataFrame, event_time: str, wanted: Features, latest: int) -> DataFrame:
    """A row for each entity that was seen in the longest window. One shuffle, of what is left of each entity.

    :param latest: microseconds since 1970.
    """
    end = F.timestamp_micros(F.lit(latest))
    longest = max(each.days for each in wanted.aggregates)
    recent = curated.where(F.col(event_time) > end - F.expr(f"INTERVAL {longest} DAYS"))
    made = recent.groupBy(*wanted.entity).agg(*(_aggregate(each, event_time, end) for each in wanted.aggregates))
    return made.select(*wanted.entity, end.alias(wanted.as_of), *(each.name for each in wanted.aggregates))


def _aggregate(wanted: Aggregate, event_time: str, end: Column) -> Column:
    within = F.col(event_time) > end - F.expr(f"INTERVAL {wanted.days} DAYS")
    value = F.when(within, F.col(wanted.column))
    function = {"count": F.count, "sum": F.sum, "mean": F.avg, "min": F.min, "max": F.max}[wanted.function]
    return function(value).alias(wanted.name)


def _compared(rows: DataFrame, present: DataFrame, wanted: Features) -> DataFrame:
    """Each row with what it is to the table."""
    types = dict(present.dtypes)
    known = present.select(*(F.col(name).alias(f"_known_{name}") for name in wanted.columns))
    alike = [F.col(name) == F.col(f"_known_{name}") for name in wanted.entity]
    differs = F.lit(False)
    for name in wanted.columns:
        differs = differs | _differs(F.col(name), F.col(f"_known_{name}"), types[name])
    older = F.col(wanted.as_of) < F.col(f"_known_{wanted.as_of}")
    kind = F.when(F.col(f"_known_{wanted.entity[0]}").isNull(), INSERT).when(~older & differs, UPDATE).otherwise(KNOWN)
    return rows.join(known, alike, "left").withColumn(KIND, kind)


def _differs(given: Column, known: Column, type_: str) -> Column:
    same = given.eqNullSafe(known)
    if type_ in ("float", "double"):
        close = F.abs(given - known) <= _SAME * F.greatest(F.abs(given), F.abs(known))
        same = same | F.coalesce(close, F.lit(False))
    return ~same
