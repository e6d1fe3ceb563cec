"""A function whose tools agents call, and a gateway that has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.genai import AgentGateway, LambdaTarget, Tool
from cdk_ml.workflow import Function
from cdk_ml.workspace import Workspace
from tests.conftest import ROOT

FIND = Tool(name="find", description="Finds an order", parameters={"order": {"type": "string"}}, required=["order"])


@pytest.fixture
def function(stack: cdk.Stack, workspace: Workspace) -> Function:
    """A function with tools."""
    return Function(stack, "Orders", workspace=workspace, code=ROOT / "docs/examples/greeter")


@pytest.fixture
def target(function: Function) -> LambdaTarget:
    """The function as a target."""
    return LambdaTarget(name="orders", function=function, tools=[FIND])


@pytest.fixture
def gateway(stack: cdk.Stack, workspace: Workspace, target: LambdaTarget) -> Callable[..., AgentGateway]:
    """Makes a gateway; every argument can be another."""

    def make(**changed: Any) -> AgentGateway:
        return AgentGateway(stack, "Gateway", **{"workspace": workspace, "targets": [target], **changed})

    return make


def statements(policies: dict[str, Any], part: str) -> list[dict[str, Any]]:
    """The statements of the managed policy whose logical id has ``part`` in it."""
    (found,) = (body for logical_id, body in policies.items() if part in logical_id)
    return list(found["Properties"]["PolicyDocument"]["Statement"])


def actions(policies: dict[str, Any], part: str) -> set[str]:
    """Every action that such a policy allows."""
    listed = [statement["Action"] for statement in statements(policies, part)]
    return {action for each in listed for action in ([each] if isinstance(each, str) else each)}
