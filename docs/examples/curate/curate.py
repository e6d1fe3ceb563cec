"""Merges the orders of a day into an Iceberg table."""

from __future__ import annotations

import argparse

from orders import latest
from pyspark.sql import SparkSession

parser = argparse.ArgumentParser()
parser.add_argument("--source", required=True)
parser.add_argument("--table", required=True)
# Glue gives arguments of its own, too.
given, _ = parser.parse_known_args()

spark = SparkSession.builder.getOrCreate()
latest(spark.read.parquet(given.source)).createOrReplaceTempView("changed")
spark.sql(
    f"""
    MERGE INTO {given.table} AS known USING changed ON known.order_id = changed.order_id
    WHEN MATCHED AND changed.changed_at > known.changed_at THEN UPDATE SET *
    WHEN NOT MATCHED THEN INSERT *
    """
)
