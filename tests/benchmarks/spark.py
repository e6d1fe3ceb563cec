"""``python -m tests.benchmarks.spark``: how long the reference job takes for 10^4 to 10^7 rows on this machine.

Each size is ingested from CSV, curated into an empty Iceberg table and made features of, in one session of Spark that
was warmed up. Timing decides no test: a figure is for people. That nothing is shuffled in vain, a test asserts.
Seconds are of CPU, which a machine that does something else besides does not lengthen; wall time stands beside them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.benchmarks.table import Table
from tests.spark.measurements import as_csv, measurements, settings
from tests.spark.session import Preparation, Spark

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
STAGES = ("ingest", "curate", "features")
FILES = 8
# A row of ten times as many rows that takes this much longer is no longer linear.
_MOST_GROWTH = 1.25
# What Spark is told in tests, where it has a few records, and not here.
OPTIONS = {
    "spark.driver.memory": "3g",
    "spark.driver.extraJavaOptions": "-XX:+UseParallelGC",
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.sql.shuffle.partitions": "8",
}
FEATURES = {
    "entity": ["ward"],
    "as_of": "as_of",
    "aggregates": [
        {"name": "measured_7d", "function": "count", "column": "sample_id", "days": 7},
        {"name": "radius_mean_30d", "function": "mean", "column": "radius", "days": 30},
    ],
}
RULES = [
    {
        "kind": "in_range",
        "name": "radius",
        "columns": ["radius"],
        "fails": False,
        "options": {"minimum": 0, "maximum": 50},
    },
    {"kind": "one_of", "name": "ward", "columns": ["ward"], "fails": False, "options": {"values": ["A", "B", "C"]}},
]


def deliver(made: Preparation, rows: int) -> None:
    """Write files of real measurements, one a second; each twentieth record comes twice."""
    head, *known = as_csv(measurements())
    rests = [line.split(",", 2)[2] for line in known]
    first = datetime(2026, 1, 1, tzinfo=UTC)
    days = [(first + timedelta(days=day)).date().isoformat() for day in range(rows // 86_400 + 1)]
    for number in range(FILES):
        with (made.inbox / f"{number}.csv").open("w") as file:
            file.write(f"{head}\n")
            for index in range(number, rows, FILES):
                id = index - 1 if index % 20 == 0 and index else index
                day, second = divmod(id, 86_400)
                at = f"{days[day]}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
                file.write(f"{id},{at},{rests[id % len(rests)]}\n")


def measure(spark: Spark, folder: Path, name: str, rows: int) -> tuple[dict[str, float], float]:
    """Seconds of CPU by stage, and of wall time in all."""
    made = Preparation(spark, folder, name, settings(features=FEATURES, rules=RULES))
    columns = "ward string, as_of timestamp_ntz, measured_7d bigint, radius_mean_30d double"
    made.create_tables(features=columns)
    deliver(made, rows)
    taken: dict[str, float] = {}
    begun = time.perf_counter()
    for stage in STAGES:
        used = spark.cpu_seconds()
        report = made.stage(stage, "one")
        taken[stage] = spark.cpu_seconds() - used
        if stage == "curate":
            assert report["curated"] + report["duplicates"] + report["quarantined"] == rows, report
    return taken, time.perf_counter() - begun


def growth(sizes: list[int], seconds: list[float]) -> list[str]:
    """For each size, what a row more costs beside what it cost in the step before: 1 is linear."""
    steps = [
        (after - before) / (more - less)
        for (less, before), (more, after) in zip(
            zip(sizes, seconds, strict=True), zip(sizes[1:], seconds[1:], strict=False), strict=False
        )
    ]
    return ["", *(f"{step * 1e6:.1f}" for step in steps)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.spark", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[*SIZES], help="sizes, from the smallest on")
    sizes: list[int] = parser.parse_args().rows
    columns = ["rows", *(f"{stage}, s" for stage in STAGES), "all, s", "rows/s of CPU", "wall, s", "µs a row more"]
    table = Table("Preparation with Spark", f"Seconds of CPU; local[2] on {os.cpu_count()} cores.", columns)
    totals: list[float] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        spark = Spark(folder, **OPTIONS)
        measure(spark, folder, "warm", sizes[0])
        for rows in sizes:
            taken, wall = measure(spark, folder, f"n{rows}", rows)
            totals.append(sum(taken.values()))
            each = [f"{taken[stage]:.1f}" for stage in STAGES]
            rate = f"{rows / totals[-1]:,.0f}"
            table.rows.append([f"{rows:,}", *each, f"{totals[-1]:.1f}", rate, f"{wall:.1f}"])
            print(table.rows[-1], flush=True)
        spark.close()
    for row, cost in zip(table.rows, growth(sizes, totals), strict=True):
        row.append(cost)
    Console().print(table.shown())
    print(verdict(sizes, totals))
    return 0


def verdict(sizes: list[int], totals: list[float]) -> str:
    """Whether time grows as rows do, by what a row more costs in the last step and in the one before."""
    if len(sizes) < 3:
        return "Three sizes say whether growth is linear."
    (*_, before, last) = [float(cost) for cost in growth(sizes, totals)[1:]]
    ratio = last / before
    said = "linear" if ratio <= _MOST_GROWTH else f"more than linear: over {_MOST_GROWTH:g}"
    return f"A row more costs {ratio:.2f} times what it did in the step before: growth is {said}."


if __name__ == "__main__":
    sys.exit(main())
