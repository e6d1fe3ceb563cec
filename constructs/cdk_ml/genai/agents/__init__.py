"""Agents: where they run, their tools, their memory, and who watches them. Public names are in :mod:`cdk_ml.genai`."""
