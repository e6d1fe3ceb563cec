"""Jobs: definitions that state machines and pipelines run. Their public names are in :mod:`cdk_ml.sagemaker`."""
