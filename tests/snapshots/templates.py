"""The reference stacks' templates, with what changes for no reason of ours masked."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import aws_cdk as cdk

from cdk_ml.workspace import Profile
from stacks import reference_stacks
from tests.conftest import FLAGS

_ASSET = re.compile(r"[0-9a-f]{64}")


def template(name: str, profile: Profile) -> dict[str, Any]:
    """The template of a reference stack, to be changed as one likes."""
    masked: dict[str, Any] = json.loads(_masked(name, profile))
    return masked


@cache
def _masked(name: str, profile: Profile) -> str:
    app = cdk.App(context=FLAGS)
    stack = reference_stacks()[name](app, name, profile=profile)
    return _ASSET.sub("<asset>", json.dumps(app.synth().get_stack_by_name(stack.stack_name).template))
