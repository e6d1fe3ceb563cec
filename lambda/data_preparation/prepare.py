"""A stage of a preparation, on AWS Glue 5 or EMR Serverless 7: ``prepare.py --stage ingest --run ... --settings ...``.

Both start a script of PySpark with arguments, and add some of their own, which are left alone; one has Python 3.11,
the other 3.9. Nothing of Glue's library is needed.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from curate import curate
from features import compute
from ingest import ingest
from places import Places, Run, new_files
from pyspark.sql import SparkSession
from settings import settings_of

CATALOG = "glue_catalog"


def arguments(given: Sequence[str]) -> Namespace:
    """What the state machine says."""
    # Glue has arguments that begin like ours: nothing is taken for an abbreviation.
    parser = ArgumentParser(allow_abbrev=False)
    parser.add_argument("--stage", choices=("ingest", "curate", "features"), required=True)
    parser.add_argument("--run", required=True, help="name of the execution")
    parser.add_argument("--settings", required=True, help="file with the columns, rules and features")
    parser.add_argument("--source", required=True, help="prefix that files arrive under")
    parser.add_argument("--state", required=True, help="prefix of what the preparation knows")
    parser.add_argument("--quarantine", required=True, help="prefix of what is no good")
    parser.add_argument("--table", required=True, help="database.table that is curated")
    parser.add_argument("--feature-table", default="", help="database.table of features")
    parser.add_argument("--warehouse", required=True, help="where the catalog puts tables that have no place")
    parser.add_argument("--catalog", choices=("glue", "hadoop"), default="glue")
    return parser.parse_known_args(given)[0]


def session(told: Namespace) -> SparkSession:
    """A session that knows Iceberg's tables. Its jar is the platform's."""
    kind = (
        {"type": "hadoop"}
        if told.catalog == "hadoop"
        else {
            "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        }
    )
    catalog = {"": "org.apache.iceberg.spark.SparkCatalog", **{f".{name}": value for name, value in kind.items()}}
    options = {
        **{f"spark.sql.catalog.{CATALOG}{name}": value for name, value in catalog.items()},
        f"spark.sql.catalog.{CATALOG}.warehouse": told.warehouse,
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        **SEMANTICS,
    }
    builder = SparkSession.builder.appName(f"{told.stage} {told.run}")
    for name, value in options.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


SEMANTICS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    "spark.sql.ansi.enabled": "false",
    # A line of CSV is looked at as a whole, also where only some of its values are asked for.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    # A task writes what is accepted and what is not side by side, and has not to sort them before.
    "spark.sql.maxConcurrentOutputFileWriters": "2",
    # Files that cannot be read are found and told; Spark would leave them out.
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
}


def run(spark: SparkSession, told: Namespace) -> dict[str, Any]:
    """Run one stage, and say what came of it."""
    places = Places(spark)
    settings = settings_of(places.text(told.settings))
    here, table = Run(told.state, told.run), f"{CATALOG}.{told.table}"
    if told.stage == "ingest":
        files, hidden = new_files(places, here, told.source)
        now = datetime.now(timezone.utc)  # noqa: UP017 (EMR 7 runs Python 3.9)
        return ingest(spark, settings, here, files, quarantine=told.quarantine, hidden=hidden, now=now)
    if told.stage == "curate":
        return curate(spark, settings, here, table, told.source)
    return compute(spark, settings, here, table, f"{CATALOG}.{told.feature_table}")


def main(given: Sequence[str]) -> None:
    """Run one stage, and print what came of it."""
    told = arguments(given)
    print(json.dumps(run(session(told), told), sort_keys=True))


if __name__ == "__main__":
    main(sys.argv[1:])
