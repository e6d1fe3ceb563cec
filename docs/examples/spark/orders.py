"""Counts the orders of a day."""

from __future__ import annotations

import argparse

from pyspark.sql import SparkSession


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", required=True)
    parser.add_argument("--day", required=True)
    arguments = parser.parse_args()
    spark = SparkSession.builder.getOrCreate()
    orders = spark.table(arguments.table)
    print(orders.where(orders.day == arguments.day).count())


if __name__ == "__main__":
    main()
