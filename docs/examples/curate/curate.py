"""Merges the orders of a day into an Iceberg table."""

from __future__ import annotations

import argparse

from pyspark.sql import SparkSession
from queries import LATEST, MERGE

parser = argparse.ArgumentParser()
parser.add_argument("--source", required=True)
parser.add_argument("--table", required=True)
# Glue gives arguments of its own, too.
given, _ = parser.parse_known_args()

spark = SparkSession.builder.getOrCreate()
spark.read.parquet(given.source).createOrReplaceTempView("arrived")
spark.sql(LATEST).createOrReplaceTempView("latest")
spark.sql(MERGE.format(table=given.table))
