"""A blueprint says what is read out of which files, in a schema that Bedrock takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import Blueprint, Modality
from cdk_ml.genai.data_automation.blueprint import schema_problems
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only

TOTAL = {"type": "number", "inferenceType": "explicit", "instruction": "What is to be paid"}
SCHEMA: dict[str, Any] = {
    "class": "invoice",
    "description": "An invoice",
    "type": "object",
    "definitions": {"Line": {"properties": {"price": TOTAL}}},
    "properties": {
        "total": TOTAL,
        "first": {"$ref": "#/definitions/Line"},
        "lines": {"type": "array", "instruction": "What is billed", "items": {"$ref": "#/definitions/Line"}},
    },
}


def test_the_schema_is_what_was_given(stack: cdk.Stack, workspace: Workspace, template: Callable[[], Template]) -> None:
    made = Blueprint(stack, "Invoice", workspace=workspace, modality=Modality.DOCUMENT, schema=SCHEMA, name="invoice")
    found = only(template(), "AWS::Bedrock::Blueprint")
    assert (found["BlueprintName"], found["Type"], found["Schema"]) == ("invoice", "DOCUMENT", SCHEMA)
    assert found["KmsKeyId"]
    assert "BlueprintArn" in str(stack.resolve(made.blueprint_arn))


@pytest.mark.parametrize(
    ("changed", "value", "fix"),
    [
        ({"class": ""}, "schema.class='' tells Bedrock which files", "Say it, such as invoice"),
        ({"description": None}, "schema.description=None", "Say it, such as An invoice"),
        ({"type": "array"}, "schema.type='array'", 'Write "type": "object"'),
        ({"properties": {}}, "schema.properties={} read nothing", "Name what is to be read"),
        ({"definitions": []}, "schema.definitions=[]", "Write an object"),
        ({"definitions": {"Line": {}}}, "schema.definitions.Line.properties=None", "Name what is to be read"),
        ({"properties": {"total": "number"}}, "schema.properties.total='number' is no field", "Write it as"),
        ({"properties": {"total": {**TOTAL, "type": "date"}}}, "total.type='date' is not a type", "string"),
        ({"properties": {"total": {**TOTAL, "inferenceType": "guessed"}}}, "'guessed' is no inference", "explicit"),
        ({"properties": {"total": {"type": "number"}}}, "total.instruction=None", "Say in words"),
        ({"properties": {"lines": {"type": "array", "instruction": "All"}}}, "lines.items=None", "Add items"),
        ({"properties": {"first": {"$ref": "#/definitions/Row"}}}, "'#/definitions/Row' is not defined", "Line"),
        (
            {"properties": {"rows": {"type": "array", "instruction": "All", "items": {"$ref": "Row"}}}},
            "schema.properties.rows.items.$ref='Row' is not defined",
            "Use one of #/definitions/Line",
        ),
    ],
)
def test_what_bedrock_refuses_is_said_with_its_fix(changed: dict[str, Any], value: str, fix: str) -> None:
    problems = [str(problem) for problem in schema_problems({**SCHEMA, **changed})]
    assert any(value in problem and fix in problem for problem in problems), problems


def test_a_region_without_data_automation_is_refused_and_a_name_may_be_a_token() -> None:
    stack = cdk.Stack(cdk.App(), "Invoices", env=cdk.Environment(region="eu-north-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    token = cdk.Token.as_string({"Ref": "AWS::StackName"})
    with pytest.raises(ConfigurationError) as raised:
        Blueprint(stack, "Invoice", workspace=workspace, modality=Modality.IMAGE, schema=SCHEMA, name=token)
    assert [problem.argument for problem in raised.value.problems] == ["region"]
