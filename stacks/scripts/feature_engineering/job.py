"""Makes features of the readings before a moment, keeps them as a snapshot, and delivers what changed.

Run twice for the same moment, it finds that nothing changed and writes nothing. Whatever is interrupted is made good by
the next run: records are delivered before the snapshot that remembers them, under names that the moment gives, so that
what is delivered again takes the place of what was.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import islice
from typing import Any

from laboratory import CORRUPT, READING, features, followed, judged, records, with_ratio
from pyspark.sql import DataFrame, SparkSession

ROWS_OF_A_FILE = 500_000
"""Records that the ingestion takes in at once without haste."""


class Files:
    """Files where Spark's are: in S3 on EMR, in a folder in the tests."""

    def __init__(self, spark: SparkSession) -> None:
        self._hadoop: Any = spark._jvm.org.apache.hadoop
        self._settings = spark._jsc.hadoopConfiguration()

    def names(self, folder: str) -> list[str]:
        """What is in a folder, in order; nothing where there is none."""
        path, system = self._at(folder)
        return sorted(each.getPath().getName() for each in system.listStatus(path)) if system.exists(path) else []

    def write(self, file: str, lines: Iterator[str]) -> None:
        """Write a file in one go: it is there as a whole, or not at all."""
        path, system = self._at(file)
        stream = system.create(path, True)
        try:
            for line in lines:
                stream.write(bytearray(f"{line}\n", "utf-8"))
        finally:
            stream.close()

    def _at(self, address: str) -> tuple[Any, Any]:
        path = self._hadoop.fs.Path(address)
        return path, path.getFileSystem(self._settings)


def run(spark: SparkSession, given: argparse.Namespace) -> dict[str, int]:
    """One run, and what it counted."""
    files, measures = Files(spark), given.measures.split(",")
    day = given.until[:10]
    if not files.names(given.readings):
        return {"readings": 0, "bad": 0, "samples": 0, "changed": 0}
    readings = spark.read.schema(READING).option("columnNameOfCorruptRecord", CORRUPT).json(given.readings)
    told = judged(readings, measures).cache()
    bad = told.where("reason IS NOT NULL")
    made = with_ratio(features(told.where("reason IS NULL"), measures, given.until), "color_intensity", "alcohol")
    # Without its past: the snapshot that it was compared with may be the one that it replaces.
    now = followed(made, _known(spark, files, given.features, day), given.until).localCheckpoint()
    changed = now.where("changed").count()
    if changed:
        _deliver(files, records(now), given.inbox, given.until)
        now.drop("changed").write.mode("overwrite").parquet(_snapshot(given.features, day))
    counted = {"readings": told.count(), "bad": bad.count(), "samples": now.count(), "changed": changed}
    if counted["bad"]:
        bad.drop("number", "moment").write.mode("overwrite").json(f"{given.quarantine}day={day}/")
    told.unpersist()
    return counted


def _known(spark: SparkSession, files: Files, folder: str, day: str) -> DataFrame | None:
    """The last snapshot up to a day."""
    days = [name.removeprefix("snapshot=") for name in files.names(folder) if name.startswith("snapshot=")]
    earlier = [each for each in days if each <= day]
    return spark.read.parquet(_snapshot(folder, earlier[-1])) if earlier else None


def _snapshot(folder: str, day: str) -> str:
    return f"{folder}snapshot={day}/"


def _deliver(files: Files, lines: DataFrame, inbox: str, until: str) -> None:
    rows = (row["record"] for row in lines.toLocalIterator())
    stamp = until.replace("-", "").replace(":", "")
    number = 0
    while part := [*islice(rows, ROWS_OF_A_FILE)]:
        files.write(f"{inbox}features-{stamp}-{number:05}.jsonl", iter(part))
        number += 1


def _in_utc(text: str) -> str:
    """A moment as the Feature Store writes it."""
    # EMR 7 runs Python 3.9, which reads no Z and has another name for UTC.
    utc = timezone.utc  # noqa: UP017
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.replace(tzinfo=moment.tzinfo or utc).astimezone(utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """What the job was told; addresses of folders end in ``/``."""
    parser = argparse.ArgumentParser()
    for name in ("readings", "features", "quarantine", "inbox", "summary", "run", "measures"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--until", required=True, type=_in_utc)
    return parser.parse_args(words)


def main() -> None:
    given = arguments()
    spark = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    counted = run(spark, given)
    Files(spark).write(f"{given.summary}{given.run}.json", iter([json.dumps(counted)]))


if __name__ == "__main__":
    main()
