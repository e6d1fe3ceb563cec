"""Counts the clicks of a Kinesis stream by the minute, into files."""

from __future__ import annotations

import argparse

from orders import per_minute
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

parser = argparse.ArgumentParser()
parser.add_argument("--stream", required=True)
parser.add_argument("--target", required=True)
parser.add_argument("--TempDir", required=True)
given, _ = parser.parse_known_args()

spark = SparkSession.builder.getOrCreate()
stream = spark.readStream.format("aws-kinesis").option("kinesis.streamName", given.stream).load()
click = f.from_json(f.col("data").cast("string"), "page STRING, clicked_at TIMESTAMP").alias("click")
clicks = stream.select(click).select("click.*").withWatermark("clicked_at", "5 minutes")
written = per_minute(clicks).writeStream.format("parquet").outputMode("append")
written.option("path", given.target).option("checkpointLocation", f"{given.TempDir}clicks").start().awaitTermination()
