"""Flows: prompts, functions and knowledge bases wired together. Its public names are in :mod:`cdk_ml.genai`."""
