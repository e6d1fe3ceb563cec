"""A blueprint: what is to be read out of one kind of document, image, recording or video.

https://docs.aws.amazon.com/bedrock/latest/userguide/bda-custom-output-idp.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import Names, Stack
from aws_cdk import aws_bedrock as bedrock
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.data_automation.standard_output import Modality
from cdk_ml.genai.texts import pattern_problems
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Workspace

NAME = re.compile(r"[a-zA-Z0-9\-_]+")
LONGEST_NAME = 128
NAME_ALLOWED = "letters, digits, hyphens and underscores"
_TYPES = ("array", "boolean", "number", "object", "string")
_INFERENCES = ("explicit", "inferred")


class Blueprint(Construct):
    """What Bedrock reads out of one kind of file, and how it is called.

    Creates the blueprint under the workspace's key. Name and modality are there for good, because CloudFormation would
    have to replace it.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import Blueprint, Modality
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Invoices")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="invoices", owner="finance-it", cost_center="4711"),
    ... )
    >>> invoice = Blueprint(
    ...     stack,
    ...     "Invoice",
    ...     workspace=workspace,
    ...     modality=Modality.DOCUMENT,
    ...     schema={
    ...         "$schema": "http://json-schema.org/draft-07/schema#",
    ...         "description": "An invoice of a supplier",
    ...         "class": "invoice",
    ...         "type": "object",
    ...         "properties": {
    ...             "supplier": {"type": "string", "inferenceType": "explicit", "instruction": "Who sends it"},
    ...             "total": {"type": "number", "inferenceType": "explicit", "instruction": "What is to be paid"},
    ...         },
    ...     },
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/bda-blueprint-info.html

    :ivar modality: what the files are.
    :ivar cfn_blueprint: the blueprint.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        modality: Modality,
        schema: Mapping[str, Any],
        name: str | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param modality: what the files are.
        :param schema: what is read: a JSON schema with Bedrock's ``class``, ``inferenceType`` and ``instruction``.
        :param name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what Bedrock would refuse, or a region without data automation.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *pattern_problems("name", name, NAME, LONGEST_NAME, NAME_ALLOWED),
                *schema_problems(schema),
                *region_problems(Stack.of(self).region, "AWS::Bedrock::Blueprint"),
            ],
        )
        workspace.adopt(self)
        self.modality = modality
        self.cfn_blueprint = bedrock.CfnBlueprint(
            self,
            "Resource",
            blueprint_name=Names.unique_resource_name(self, max_length=LONGEST_NAME, separator="-")
            if name is None
            else name,
            type=str(modality),
            schema=schema,
            kms_key_id=workspace.key.key_arn,
        )

    @property
    def blueprint_arn(self) -> str:
        """ARN of the blueprint."""
        return self.cfn_blueprint.attr_blueprint_arn


def schema_problems(schema: Mapping[str, Any]) -> Iterator[Problem]:
    """What Bedrock would refuse about the schema of a blueprint."""
    for key, example in (("class", "invoice"), ("description", "An invoice of a supplier")):
        text = schema.get(key)
        if not isinstance(text, str) or not text.strip():
            rule = "tells Bedrock which files it is for, and is missing"
            yield Problem(f"schema.{key}", text, rule, f"Say it, such as {example}")
    if schema.get("type") != "object":
        yield Problem("schema.type", schema.get("type"), "is not what a file is read into", 'Write "type": "object"')
    definitions = schema.get("definitions", {})
    if not isinstance(definitions, Mapping):
        yield Problem("schema.definitions", definitions, "are not definitions by name", "Write an object")
        definitions = {}
    for name, definition in definitions.items():
        inner = definition.get("properties") if isinstance(definition, Mapping) else None
        yield from _property_problems(f"schema.definitions.{name}", inner, definitions)
    yield from _property_problems("schema", schema.get("properties"), definitions)


def _property_problems(place: str, properties: Any, definitions: Mapping[str, Any]) -> Iterator[Problem]:
    if not isinstance(properties, Mapping) or not properties:
        yield Problem(f"{place}.properties", properties, "read nothing", "Name what is to be read")
        return
    for name, field in properties.items():
        where = f"{place}.properties.{name}"
        if not isinstance(field, Mapping):
            yield Problem(where, field, "is no field", 'Write it as {"type": "string", "instruction": ...}')
            continue
        yield from _reference_problems(where, field, definitions)
        yield from _reference_problems(f"{where}.items", field.get("items", {}), definitions)
        if "$ref" in field:
            continue
        if field.get("type") not in _TYPES:
            yield Problem(f"{where}.type", field.get("type"), "is not a type", f"Use one of {', '.join(_TYPES)}")
        if field.get("type") == "array" and not isinstance(field.get("items"), Mapping):
            yield Problem(f"{where}.items", field.get("items"), "do not say what the array is of", "Add items")
        if field.get("inferenceType", "explicit") not in _INFERENCES:
            fix = "Use explicit for what is written in the file, inferred for what follows from it"
            yield Problem(f"{where}.inferenceType", field["inferenceType"], "is no inference type", fix)
        if not isinstance(field.get("instruction"), str) or not field["instruction"].strip():
            fix = "Say in words what is to be read"
            yield Problem(f"{where}.instruction", field.get("instruction"), "tells Bedrock nothing", fix)


def _reference_problems(where: str, field: Any, definitions: Mapping[str, Any]) -> Iterator[Problem]:
    reference = field.get("$ref") if isinstance(field, Mapping) else None
    if reference is not None and reference not in {f"#/definitions/{name}" for name in definitions}:
        fix = f"Use one of {', '.join(f'#/definitions/{name}' for name in definitions) or 'none: define it first'}"
        yield Problem(f"{where}.$ref", reference, "is not defined", fix)
