"""Turns one file into a template or manifest, or into one line that says why it is neither.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cdk_ml.assembly.model import AssemblyError

GENERATED = ("Fn::ForEach", "Fn::Transform")
"""What stands among the resources and is none: macros make resources of it."""


def load_json(file: Path) -> Mapping[str, Any]:
    """The object in a JSON file.

    :raises AssemblyError: for a file that is missing, empty, cut short, not JSON or not an object.
    """
    return _object(file, _json(file, _text(file)))


def load_template(file: Path) -> Mapping[str, Any]:
    """The template in a JSON or YAML file; short-form intrinsics become their long form.

    :raises AssemblyError: as :func:`load_json`, and for a file without a mapping of ``Resources``.
    """
    text = _text(file)
    template = _object(file, _json(file, text) if text.lstrip().startswith(("{", "[")) else _yaml(file))
    resources = template.get("Resources")
    if not isinstance(resources, Mapping):
        raise AssemblyError(f"{file}: not a CloudFormation template: it has no mapping named Resources.")
    wrong = next(_wrong(template), None)
    if wrong is not None:
        raise AssemblyError(f"{file}: not a CloudFormation template: {wrong}.")
    return template


def _wrong(template: Mapping[str, Any]) -> Iterator[str]:
    for section in ("Parameters", "Mappings", "Conditions", "Outputs"):
        if not isinstance(template.get(section) or {}, Mapping):
            yield f"{section} is not a mapping"
    for logical_id, resource in template["Resources"].items():
        if logical_id.startswith(GENERATED):
            continue
        if not isinstance(resource, Mapping) or not isinstance(resource.get("Type"), str):
            yield f"resource {logical_id} has no Type"
            return
        for name in ("Properties", "Metadata"):
            if not isinstance(resource.get(name) or {}, Mapping):
                yield f"{name} of {logical_id} is not a mapping"
        if not isinstance(resource.get("Condition") or "", str):
            yield f"Condition of {logical_id} is not a name"
        depends_on = resource.get("DependsOn") or ()
        if not isinstance(depends_on, str | list | tuple) or not all(isinstance(name, str) for name in depends_on):
            yield f"DependsOn of {logical_id} is not a list of names"


def _text(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise AssemblyError(f"{file}: no such file.") from None
    except UnicodeDecodeError:
        raise AssemblyError(f"{file}: not a text file in UTF-8.") from None
    except OSError as error:
        raise AssemblyError(f"{file}: cannot be read: {error.strerror}.") from None
    if not text.strip():
        raise AssemblyError(f"{file}: the file is empty.")
    return text


def _json(file: Path, text: str) -> object:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise AssemblyError(f"{file}: not JSON, or cut short: {error}.") from None


def _yaml(file: Path) -> object:
    try:
        from cfnlint.decode.cfn_yaml import CfnParseError, load  # type: ignore[import-untyped]
        from yaml import YAMLError
    except ImportError:
        raise AssemblyError(f"{file}: reading YAML needs cfn-lint: pip install 'cdk-ml[check]'.") from None
    try:
        # cfn-lint's nodes are subclasses of dict, list and str that carry line numbers: the model holds plain values.
        return json.loads(json.dumps(load(str(file)), default=str))
    except (CfnParseError, YAMLError) as error:
        raise AssemblyError(f"{file}: not YAML: {' '.join(str(error).split())}.") from None


def _object(file: Path, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise AssemblyError(f"{file}: not a CloudFormation template or manifest: its top level is not a mapping.")
    return value
