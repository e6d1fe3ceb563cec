"""Models: what answers a prompt, and who may ask it. Its public names are in :mod:`cdk_ml.genai`."""
