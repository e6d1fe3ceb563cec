"""Runs what tests ask for in one session of Spark: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import traceback
from typing import Any


def answer(asked: dict[str, Any]) -> Any:
    prepare = importlib.import_module("prepare")
    if "stage" in asked:
        told = prepare.arguments(asked["stage"])
        return prepare.run(prepare.session(told), told)
    if "catalog" in asked:
        needed = (f"--{name}=none" for name in ("run", "settings", "source", "state", "quarantine", "table"))
        where = ["--stage=ingest", "--catalog=hadoop", f"--warehouse={asked['catalog']}"]
        prepare.session(prepare.arguments([*where, *needed]))
        return None
    spark = importlib.import_module("pyspark.sql").SparkSession.getActiveSession()
    if "sql" in asked:
        return [row.asDict() for row in spark.sql(asked["sql"]).collect()]
    if "parquet" in asked:
        made = spark.sql(asked["parquet"])
        made.coalesce(1).write.mode("overwrite").parquet(asked["place"])
        return None
    if "laboratory" in asked:
        return importlib.import_module("tests.spark.laboratory_runs").laboratory_runs(spark, **asked["laboratory"])
    return importlib.import_module("tests.spark.plans").plan(spark, **asked["plan"])


def main() -> None:
    # Spark prints where it likes, and so does the JVM; answers have a channel of their own.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            try:
                told = {"ok": answer(json.loads(line))}
            except Exception as error:
                traceback.print_exc()
                told = {"error": type(error).__name__, "said": str(error)}
            print(json.dumps(told, default=str), file=out, flush=True)


if __name__ == "__main__":
    main()
