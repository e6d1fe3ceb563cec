"""Customization: models of your own, made from Bedrock's. Its public names are in :mod:`cdk_ml.genai`."""
