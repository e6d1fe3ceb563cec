"""The physical plans of a preparation's stages, for the tests that count what is shuffled."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any


def plan(spark: Any, *, stage: str, settings: str, table: str, place: str) -> str:
    """What Spark would do, as it writes it."""
    told = importlib.import_module("settings").settings_of(Path(settings).read_text(encoding="utf-8"))
    ingest, curate, features, quality = map(importlib.import_module, ("ingest", "curate", "features", "quality"))
    if stage == "merge":
        spark.read.parquet(place).createOrReplaceTempView("incoming")
        statement = curate.merge_statement(table, told)
        return str(spark.sql(f"EXPLAIN {statement}").collect()[0][0])
    if stage == "ingest":
        drift, places = importlib.import_module("drift"), importlib.import_module("places").Places(spark)
        made, _ = drift.batches(spark, places, places.files(place), told)
        frame, _ = ingest.records_of(spark, told, quality.own_rules(told), made)
    elif stage == "curate":
        frame, _ = curate.changes_of(told, spark.read.parquet(place), spark.table(table))
    else:
        frame = features.windowed(spark.table(table), told.event_time, told.features, 0)
    return str(frame._jdf.queryExecution().executedPlan().toString())
