"""The instance types of notebooks are those that CloudFormation's schemas list."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import get_session  # type: ignore[import-untyped]
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from cdk_ml.facts.notebooks import Use, instance_types

# What no one writes notebooks on: the machine that runs an app's own server, and a retired service's.
NOT_OURS = {"system", "ml.geospatial.interactive"}


def schema(type_: str) -> dict[str, Any]:
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", f"AWS::SageMaker::{type_}").schema
    return found


LISTED: dict[Use, list[str]] = {
    "app": schema("UserProfile")["definitions"]["AppInstanceType"]["enum"],
    "space": schema("Space")["definitions"]["ResourceSpec"]["properties"]["InstanceType"]["enum"],
    "notebook": schema("NotebookInstance")["properties"]["InstanceType"]["enum"],
}


@pytest.mark.parametrize("use", LISTED)
def test_instance_types_are_those_of_the_schema(use: Use) -> None:
    assert instance_types(use) == {*LISTED[use]} - NOT_OURS


def test_the_api_knows_them_but_for_one_that_only_cloudformation_lists() -> None:
    known = get_session().get_service_model("sagemaker").shape_for("AppInstanceType").enum
    assert instance_types("app") - {*known} == {"ml.p5e.48xlarge"}
