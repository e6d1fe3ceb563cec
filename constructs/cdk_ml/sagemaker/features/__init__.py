"""Feature Store: feature groups, and what fills them. Its public names are in :mod:`cdk_ml.sagemaker`."""
