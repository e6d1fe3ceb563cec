"""What becomes of orders and clicks, in SQL that any engine runs."""

from __future__ import annotations

# The last version of each order, so that the same files twice change nothing.
LATEST = """
SELECT order_id, max_by(state, changed_at) AS state, max(changed_at) AS changed_at
FROM arrived GROUP BY order_id
"""

MERGE = """
MERGE INTO {table} AS known USING latest ON known.order_id = latest.order_id
WHEN MATCHED AND latest.changed_at > known.changed_at THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *
"""

# What is no page of ours, robots ask for.
CLICKS = """
SELECT page, clicked_at FROM seen WHERE page LIKE '/%' AND clicked_at IS NOT NULL
"""
