"""States and targets as small as a test needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Workspace
from tests.conftest import resources


@pytest.fixture
def machine(stack: cdk.Stack, workspace: Workspace) -> Callable[..., StateMachine]:
    """Makes a state machine of one state, of defaults but for what the test says."""

    def make(**options: Any) -> StateMachine:
        given = {"workspace": workspace, **options}
        if "definition" not in given:
            given["definition"] = sfn.Pass(stack, "Done")
        return StateMachine(stack, "Machine", **given)

    return make


def granted(template: Template, action: str) -> list[dict[str, Any]]:
    """The statements of managed policies that allow ``action``."""
    policies = resources(template, "AWS::IAM::ManagedPolicy").values()
    statements = [s for policy in policies for s in policy["Properties"]["PolicyDocument"]["Statement"]]
    return [s for s in statements if action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]
