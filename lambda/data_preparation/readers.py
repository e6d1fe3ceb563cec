"""Reads files as they are: what they hold, the record as it was delivered, and what is wrong with it at first sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drift import Batch
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that everybody gives it)
from pyspark.sql.types import StringType, StructField, StructType
from settings import Settings

# A name that no column of a table has: columns begin with a letter.
FILE = "_file"
_CORRUPT, _LINE, _MAP = "_corrupt", "_line", "_map"


@dataclass(frozen=True)
class Raw:
    """Records as they were delivered. Columns are computed where they are needed: most records are in order.

    :ivar frame: what Spark reads, with the file that it comes from.
    :ivar texts: what becomes values of the table, by its columns.
    :ivar record: the record as it was delivered.
    :ivar wrong: what may be wrong with it: whether it is, and the reason.
    :ivar extra: what the table has no column for, as JSON.
    """

    frame: DataFrame
    texts: Mapping[str, Column]
    record: Column
    wrong: Sequence[tuple[Column, str]]
    extra: Column


def raw(spark: SparkSession, batch: Batch, settings: Settings) -> Raw:
    """Read the files of a batch."""
    read = {"csv": _csv, "json": _json, "parquet": _parquet}[settings.format]
    return read(spark, batch, settings)


def _csv(spark: SparkSession, batch: Batch, settings: Settings) -> Raw:
    at = _places(batch)
    schema = StructType([StructField(place, StringType()) for place in (*at.values(), _CORRUPT)])
    frame = spark.read.csv(
        [*batch.files],
        schema=schema,
        header=True,
        escape='"',
        multiLine=settings.multiline,
        columnNameOfCorruptRecord=_CORRUPT,
    )
    corrupt = (F.col(_CORRUPT).isNotNull(), "is no record of as many values as the header has names")
    return Raw(
        frame=frame.select("*", _origin()),
        texts={name: F.col(place) for name, place in at.items() if name in settings.columns},
        record=F.coalesce(_CORRUPT, _whole(at)),
        wrong=[corrupt, *_of_the_file(batch)],
        extra=_extra(at, settings),
    )


def _json(spark: SparkSession, batch: Batch, settings: Settings) -> Raw:
    lines = spark.read.text([*batch.files]).select(F.col("value").alias(_LINE), _origin()).where(F.trim(_LINE) != "")
    known = F.array(*map(F.lit, settings.columns))
    new = F.map_filter(_MAP, lambda name, _: ~F.array_contains(known, name))
    # Spark reads the first object of a line and leaves the rest alone.
    more = ~F.col(_LINE).rlike(r"\}\s*$") | F.col(_LINE).rlike(r"\}\s*\{")
    lacking = [(~F.map_contains_key(_MAP, name), f"lacks {name}") for name in settings.required]
    return Raw(
        frame=lines.select("*", F.from_json(_LINE, "map<string,string>").alias(_MAP)),
        texts={name: F.col(_MAP)[name] for name in settings.columns},
        record=F.col(_LINE),
        wrong=[(F.col(_MAP).isNull() | more, "is not one object of JSON"), *lacking],
        extra=F.when(F.size(new) > 0, F.to_json(new)),
    )


def _parquet(spark: SparkSession, batch: Batch, settings: Settings) -> Raw:
    at = _places(batch)
    schema = ", ".join(f"`{name}` {type_}" for name, type_ in batch.columns)
    frame = spark.read.schema(schema).parquet(*batch.files)
    # What has another type is no value of the table's, and stays in the record.
    there = {} if batch.reasons else {name: F.col(place) for name, place in at.items() if name in settings.columns}
    return Raw(
        frame=frame.select(*(F.col(f"`{name}`").alias(place) for name, place in at.items()), _origin()),
        texts=there,
        record=_whole(at),
        wrong=_of_the_file(batch),
        extra=_extra(at, settings),
    )


def _places(batch: Batch) -> dict[str, str]:
    """What columns of a file are called here, where those of the table have their own names."""
    return {name: f"_c{index}" for index, name in enumerate(batch.names)}


def _whole(at: Mapping[str, str]) -> Column:
    return F.to_json(F.struct(*(F.col(place).alias(name) for name, place in at.items())))


def _of_the_file(batch: Batch) -> list[tuple[Column, str]]:
    return [(F.lit(True), reason) for reason in batch.reasons]


def _origin() -> Column:
    return F.col("_metadata.file_path").alias(FILE)


def _extra(at: Mapping[str, str], settings: Settings) -> Column:
    new = {name: place for name, place in at.items() if name not in settings.columns}
    return _whole(new) if new else F.lit(None).cast("string")
