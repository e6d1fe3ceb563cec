"""Assistants: what people talk to. Its public names are in :mod:`cdk_ml.genai`."""
