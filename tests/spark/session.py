"""A session of Spark with Iceberg, started once for all tests of a worker, and what they ask of it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.spark.jars import iceberg_jars
from tests.toolkit import PYTHON

CODE = ROOT / "lambda" / "data_preparation"
WORKER = Path(__file__).with_name("worker.py")


def submit_arguments(folder: Path, **options: str) -> str:
    """How Spark is started: on this machine, with Iceberg's jars, small."""
    jars = ",".join(map(str, iceberg_jars(folder)))
    told = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        # For a few records, compiling takes longer than computing.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        # Quick compilation alone has room for little code, and the JVM stops to compile when that is full.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=128m",
        **options,
    }
    given = " ".join(f"--conf '{name}={value}'" for name, value in told.items())
    return f"--master local[2] --jars {jars} {given} pyspark-shell"


def environment(folder: Path, **options: str) -> dict[str, str]:
    """What the process of Spark knows."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(CODE), str(ROOT)]),
        "PYSPARK_PYTHON": str(PYTHON),
        "PYSPARK_SUBMIT_ARGS": submit_arguments(folder, **options),
        # Times must not depend on where the machine is.
        "TZ": "America/New_York",
    }


class SparkError(Exception):
    """What a stage ended with."""


class Spark:
    """A process with a session, as the script itself makes it.

    :ivar warehouse: where its catalog keeps tables.
    """

    def __init__(self, folder: Path, **options: str) -> None:
        self.warehouse = folder / "warehouse"
        self._log = (folder / "log").open("w")
        self._process = subprocess.Popen(
            [str(PYTHON), str(WORKER)],
            cwd=folder,
            env=environment(folder, **options),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.ask(catalog=f"file://{self.warehouse}")

    def ask(self, **asked: Any) -> Any:
        """Ask for something.

        :raises SparkError: with the name of the error and what it says.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"Spark ended: {Path(self._log.name).read_text()[-2000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise SparkError(f"{answer['error']}: {answer['said']}")
        return answer["ok"]

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """Rows of a statement."""
        rows: list[dict[str, Any]] = self.ask(sql=statement)
        return rows

    def cpu_seconds(self) -> float:
        """What the process and those that it started have used of all cores so far. Linux tells it."""
        found, used = {self._process.pid}, 0.0
        # A child has a larger number than its parent, so that one pass finds all.
        for status in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda file: int(file.parent.name)):
            with contextlib.suppress(OSError):
                fields = status.read_text().rpartition(")")[2].split()
                if int(status.parent.name) in found or int(fields[1]) in found:
                    found.add(int(status.parent.name))
                    used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return used

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._log.close()


class Preparation:
    """A preparation of its own: an inbox, a table, and what it knows."""

    def __init__(self, spark: Spark, folder: Path, name: str, settings: Mapping[str, Any]) -> None:
        self.spark, self.name = spark, name
        self.inbox, self.state, self.quarantine = (folder / name / each for each in ("incoming", "state", "quarantine"))
        self.inbox.mkdir(parents=True)
        self.settings = folder / name / "settings.json"
        self.settings.write_text(json.dumps(settings))
        self.told = settings
        self.table = f"shop.{name}"

    def arguments(self, stage: str, run: str) -> list[str]:
        """What the job is started with, and what Glue adds."""
        ours = {
            "stage": stage,
            "run": run,
            "settings": self.settings,
            "source": f"file://{self.inbox}/",
            "state": f"file://{self.state}/",
            "quarantine": f"file://{self.quarantine}/",
            "table": self.table,
            "feature-table": f"{self.table}_features",
            "warehouse": f"file://{self.spark.warehouse}",
            "catalog": "hadoop",
        }
        glues = ["--JOB_NAME", "prepare", "--set", "x", "--enable-metrics"]
        return [*(text for name, value in ours.items() for text in (f"--{name}", str(value))), *glues]

    def stage(self, stage: str, run: str) -> dict[str, Any]:
        """Run one stage."""
        report: dict[str, Any] = self.spark.ask(stage=self.arguments(stage, run))
        return report

    def create_tables(self, *, partition: str = "days(measured_at)", features: str = "") -> None:
        """Make the Iceberg tables, as the catalog has them before a preparation runs."""
        columns = ", ".join(f"{each['name']} {each['type']}" for each in self.told["columns"])
        # A table in the Glue catalog that CloudFormation made has times without a zone.
        columns = columns.replace(" timestamp", " timestamp_ntz")
        self.spark.sql(f"CREATE TABLE glue_catalog.{self.table} ({columns}) USING iceberg PARTITIONED BY ({partition})")
        if features:
            self.spark.sql(f"CREATE TABLE glue_catalog.{self.table}_features ({features}) USING iceberg")

    def whole(self, run: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Ingest and curate."""
        return self.stage("ingest", run), self.stage("curate", run)

    def deliver(self, name: str, lines: Sequence[str]) -> Path:
        """Put a file of text into the inbox."""
        file = self.inbox / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines))
        return file

    def rows(self, order: str = "sample_id", columns: str = "*") -> list[dict[str, Any]]:
        """What the table holds."""
        return self.spark.sql(f"SELECT {columns} FROM glue_catalog.{self.table} ORDER BY {order}")

    def snapshots(self) -> list[dict[str, Any]]:
        """The states that the table was in."""
        return self.spark.sql(
            f"SELECT snapshot_id, operation FROM glue_catalog.{self.table}.snapshots ORDER BY committed_at"
        )

    def in_quarantine(self, run: str) -> list[dict[str, Any]]:
        """What was put aside."""
        files = sorted(self.quarantine.glob(f"{run}/*/[!._]*"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]
