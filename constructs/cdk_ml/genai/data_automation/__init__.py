"""Data automation: what documents, images, audio and video say. Its public names are in :mod:`cdk_ml.genai`."""
