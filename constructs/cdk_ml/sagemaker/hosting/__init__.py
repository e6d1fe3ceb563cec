"""Hosting: models on endpoints. Its public names are in :mod:`cdk_ml.sagemaker`."""
