"""Gateways: who may ask which models, and for how much. Its public names are in :mod:`cdk_ml.genai`."""
