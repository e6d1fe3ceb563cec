"""Experiments: managed MLflow. Its public names are in :mod:`cdk_ml.sagemaker`."""
