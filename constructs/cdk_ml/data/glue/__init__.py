"""Jobs on AWS Glue: Spark, streaming and Python, their connections, workflows and data quality."""
