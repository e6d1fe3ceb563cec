"""Turns one file into a template or manifest, or into one line that says why it is neither.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cdk_ml.assembly.model import AssemblyError
from cdk_ml.assembly.shape import is_metadata, problems_of_manifest, problems_of_template


def load_json(file: Path) -> Mapping[str, Any]:
    """The object in a JSON file.

    :raises AssemblyError: for a file that is missing, empty, cut short, not JSON or not an object.
    """
    return _object(file, load_value(file), "")


def load_value(file: Path) -> Any:
    """Whatever a JSON file holds.

    :raises AssemblyError: for a file that is missing, empty, cut short or not JSON.
    """
    return _json(file, _text(file))


def load_manifest(file: Path) -> Mapping[str, Mapping[str, Any]]:
    """The artifacts that the manifest of a cloud assembly lists.

    :raises AssemblyError: as :func:`load_json`, and for a file that is no manifest.
    """
    artifacts = load_json(file).get("artifacts", {})
    problem = next(problems_of_manifest(artifacts), None)
    if problem is not None:
        raise AssemblyError(f"{file}: not a manifest: {problem}.")
    return dict(artifacts)


def load_metadata(file: Path) -> Mapping[str, Any]:
    """The metadata of a stack that is in a file of its own, by construct path.

    :raises AssemblyError: as :func:`load_json`, and for a file that holds anything else.
    """
    metadata = load_json(file)
    if not is_metadata(metadata):
        raise AssemblyError(f"{file}: not the metadata of a stack: it is not a mapping of lists.")
    return metadata


def load_template(file: Path) -> Mapping[str, Any]:
    """The template in a JSON or YAML file; short-form intrinsics become their long form.

    :raises AssemblyError: as :func:`load_json`, and for a file that is no template, whatever it says.
    """
    text = _text(file)
    content = _json(file, text) if text.lstrip().startswith(("{", "[")) else _yaml(file)
    template = _object(file, content, "not a CloudFormation template or manifest: ")
    problem = next(problems_of_template(template), None)
    if problem is not None:
        raise AssemblyError(f"{file}: not a CloudFormation template: {problem}.")
    return template


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
    except (CfnParseError, YAMLError, RecursionError) as error:
        raise AssemblyError(f"{file}: not YAML: {' '.join(str(error).split())}.") from None


def _object(file: Path, value: object, verdict: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise AssemblyError(f"{file}: {verdict}its top level is not a mapping.")
    return value
