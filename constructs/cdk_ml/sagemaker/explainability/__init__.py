"""Explainability: how models treat people, and where their answers come from. Names are in :mod:`cdk_ml.sagemaker`."""
