"""Reads what an AWS CDK app (in any language) or a plain template says, as one typed, frozen model.

Checks, estimates and rehearsals read only this, so they work on any app. Standard library only, except that YAML
templates are decoded by cfn-lint.

https://docs.aws.amazon.com/cdk/v2/guide/deploy-synth.html
"""

from __future__ import annotations

from cdk_ml.assembly.model import Acknowledgement, Assembly, AssemblyError, Resource, Template
from cdk_ml.assembly.reader import read

__all__ = ["Acknowledgement", "Assembly", "AssemblyError", "Resource", "Template", "read"]
