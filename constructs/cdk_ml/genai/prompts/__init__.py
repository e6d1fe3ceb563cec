"""Prompts: templates with variables, published in versions. Its public names are in :mod:`cdk_ml.genai`."""
