"""Customers as files that arrive, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.data import DataBrewDataset, DatasetFiles
from cdk_ml.workspace import Workspace

COLUMNS = ("customer_id", "age", "plan")
CLEAN = "docs/examples/databrew/clean.json"


@pytest.fixture
def dataset(stack: cdk.Stack, workspace: Workspace) -> DataBrewDataset:
    """Files whose columns are known."""
    source = DatasetFiles(bucket=workspace.data_bucket, prefix="incoming/", column_names=COLUMNS)
    return DataBrewDataset(stack, "Customers", workspace=workspace, source=source)


def flat(value: Any) -> str:
    """An ARN with names in place of what only the deployment knows."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(flat, parts))
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return f"<{name}>"
    return str(value)


@pytest.fixture
def allowed(template: Callable[[], Any]) -> Callable[[str], dict[str, set[str]]]:
    """What a role may do with which resources, by the beginning of its policy's logical id."""

    def read(role: str) -> dict[str, set[str]]:
        policies = template().find_resources("AWS::IAM::ManagedPolicy")
        (found,) = [body for id, body in policies.items() if id.startswith(role)]
        actions: dict[str, set[str]] = {}
        for statement in found["Properties"]["PolicyDocument"]["Statement"]:
            many = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            on = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            for action in many:
                actions.setdefault(action, set()).update(map(flat, on))
        return actions

    return read
