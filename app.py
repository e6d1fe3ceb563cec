"""The reference stacks, in one app.

Each is deployed by its name (``cdk deploy NeuronInference``); with no name, the CDK asks for one. The profile comes
from the context: ``-c cdk-ml:profile=sandbox``, ``production`` (the default) or ``regulated``.
"""

import aws_cdk as cdk

from cdk_ml.workspace import Profile
from stacks import reference_stacks

app = cdk.App()
chosen = app.node.try_get_context("cdk-ml:profile")
profile = Profile.PRODUCTION if chosen is None else Profile.named(chosen)
for name, stack in reference_stacks().items():
    stack(app, name, profile=profile, description=f"cdk-ml: {stack.__doc__}")
app.synth()
