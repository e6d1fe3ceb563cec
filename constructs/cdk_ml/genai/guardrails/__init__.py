"""Guardrails: what stands between users and a model. Its public names are in :mod:`cdk_ml.genai`."""
