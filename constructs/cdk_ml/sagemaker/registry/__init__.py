"""Model registry: versions of models, their approval, their cards. Its public names are in :mod:`cdk_ml.sagemaker`."""
