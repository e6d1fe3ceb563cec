"""Runs the Spark script of a reference stack several times in one session, as EMR does it once for each run.

Reads from standard input what to do, and writes what came of it: run by the toolkit's Python, which has PySpark.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession


def content(folder: Path) -> dict[str, str]:
    """Every file that is not Spark's or Hadoop's own, by its name in the folder, as a digest with its time."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name[0] not in "._")
    return {
        str(file.relative_to(folder)): f"{hashlib.sha256(file.read_bytes()).hexdigest()} {file.stat().st_mtime_ns}"
        for file in files
    }


def main() -> None:
    asked = json.load(sys.stdin)
    sys.path.insert(0, asked["scripts"])
    import job

    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.extraJavaOptions", f"-Duser.timezone=Asia/Tokyo -Dderby.system.home={asked['folder']}")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    folder, answers = Path(asked["folder"]), []
    for step in asked["steps"]:
        for name, text in step.get("write", {}).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        for name in step.get("remove", []):
            shutil.rmtree(folder / name)
        sys.argv = ["job.py", *step["arguments"]]
        job.main()
        answer: dict[str, Any] = {"counted": json.loads((folder / "summary" / "one.json").read_text())}
        shutil.rmtree(folder / "summary")
        answer["files"] = content(folder)
        answer["features"] = table(spark, folder / "features")
        answer["inbox"] = {file.name: file.read_text() for file in sorted((folder / "inbox").glob("*.jsonl"))}
        answer["quarantine"] = [
            json.loads(line)
            for file in sorted((folder / "quarantine").rglob("part-*.json"))
            for line in file.read_text().splitlines()
        ]
        answers.append(answer)
    Path(asked["answers"]).write_text(json.dumps(answers))


def table(spark: SparkSession, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every snapshot."""
    return {
        snapshot.name: [row.asDict() for row in spark.read.parquet(str(snapshot)).orderBy("sample_id").collect()]
        for snapshot in sorted(folder.glob("snapshot=*"))
    }


if __name__ == "__main__":
    main()
