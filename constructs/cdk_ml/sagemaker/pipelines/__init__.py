"""Pipelines: jobs in order, with conditions between them. Their public names are in :mod:`cdk_ml.sagemaker`."""
