"""The lake: zones, and who may read what in them. Its public names are in :mod:`cdk_ml.data`."""
