"""The reference stack ``NeuronInference``, as an app of its own; its argument says how often, once by default."""

from __future__ import annotations

import sys

import aws_cdk as cdk

from cdk_ml.workspace import Profile
from stacks.neuron_inference import NeuronInference

if __name__ == "__main__":
    app = cdk.App()
    for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
        NeuronInference(app, f"NeuronInference{number or ''}", profile=Profile.PRODUCTION)
    app.synth()
