"""Knowledge bases: what a model looks up before it answers. Its public names are in :mod:`cdk_ml.genai`."""
