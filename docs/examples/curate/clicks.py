"""Writes the clicks of a Kinesis stream into files, until it is stopped."""

from __future__ import annotations

import argparse

from awsglue.context import GlueContext
from pyspark.context import SparkContext
from queries import CLICKS

parser = argparse.ArgumentParser()
parser.add_argument("--stream", required=True)
parser.add_argument("--target", required=True)
parser.add_argument("--TempDir", required=True)
given, _ = parser.parse_known_args()

glue = GlueContext(SparkContext.getOrCreate())
stream = glue.create_data_frame.from_options(
    connection_type="kinesis",
    connection_options={
        "typeOfData": "kinesis",
        "streamARN": given.stream,
        "startingPosition": "LATEST",
        "classification": "json",
        "inferSchema": "true",
    },
)
stream.createOrReplaceTempView("seen")
written = glue.spark_session.sql(CLICKS).writeStream.format("parquet").option("path", given.target)
written.option("checkpointLocation", f"{given.TempDir}clicks").start().awaitTermination()
