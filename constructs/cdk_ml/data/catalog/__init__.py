"""The catalog: databases, tables in S3 and in S3 Tables, and crawlers. Its public names are in :mod:`cdk_ml.data`."""
