"""What an order has to be: plain functions over data frames, which run wherever Spark does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def latest(orders: DataFrame) -> DataFrame:
    """The last version of each order, so that the same files twice change nothing."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    newest_first = Window.partitionBy("order_id").orderBy(f.col("changed_at").desc())
    return orders.withColumn("rank", f.row_number().over(newest_first)).where("rank = 1").drop("rank")


def per_minute(clicks: DataFrame) -> DataFrame:
    """Clicks of each page by the minute."""
    from pyspark.sql import functions as f

    return clicks.groupBy(f.window("clicked_at", "1 minute").alias("minute"), "page").count()
