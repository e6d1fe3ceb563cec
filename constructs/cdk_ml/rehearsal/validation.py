"""Holds resolved properties against the schema of their type, as CloudFormation does before it calls a handler.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from cdk_ml.checks.extra import needs
from cdk_ml.rehearsal.schemas import Schema
from cdk_ml.rehearsal.values import doubtful, inventions, text

_LONG = 80


def violations(schema: Schema, properties: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the properties, as far as that does not hang on values whose shape is a guess."""
    validator = _validator(schema)
    converted = convert(schema, schema.raw, properties)
    if validator.is_valid(converted):
        return
    for error in validator.iter_errors(converted):
        path = list(error.instance_path)
        value, inexact = _locate(properties, path)
        if inexact or (doubtful(value) and not _is_structural(error)):
            continue
        where = "/".join(map(str, path))
        yield f"{where}: {_message(error, value)}" if where else _message(error, value)


def convert(schema: Schema, node: Mapping[str, Any], value: Any) -> Any:
    """Plain values with scalars as the schema has them: CloudFormation takes ``"true"`` for true and ``"5"`` for 5."""
    node = schema.resolve(node)
    if isinstance(value, Mapping):
        inner = node.get("properties", {})
        other = node.get("patternProperties") or {}
        rest = next(iter(other.values())) if len(other) == 1 else {}
        return {key: convert(schema, inner.get(key, rest), each) for key, each in value.items()}
    if isinstance(value, list):
        items = node.get("items")
        return [convert(schema, items if isinstance(items, Mapping) else {}, each) for each in value]
    return _scalar(node.get("type"), value)


def _scalar(type_: Any, value: Any) -> Any:
    if isinstance(value, str):
        # The validator takes no subclass of str.
        value = str(value)
    if not isinstance(type_, str):
        return value
    if type_ == "string":
        return text(value) if isinstance(value, bool | int | float) else value
    if not isinstance(value, str):
        return value
    if type_ == "boolean":
        return {"true": True, "false": False}.get(value.lower(), value)
    if type_ in ("integer", "number"):
        try:
            return int(value) if type_ == "integer" else float(value)
        except ValueError:
            return value
    return value


def _locate(value: Any, path: Sequence[Any]) -> tuple[Any, bool]:
    """The value at a path, and whether the path leads into a text that stands for something unknown."""
    for step in path:
        if isinstance(value, Mapping | list):
            value = value[step]
        else:
            return value, True
    return value, False


def _is_structural(error: Any) -> bool:
    # Names of properties are the template's, whatever their values turn out to be.
    return type(error.kind).__name__ in ("ValidationErrorKind_AdditionalProperties", "ValidationErrorKind_Required")


def _message(error: Any, value: Any) -> str:
    said = str(error.message)
    if isinstance(value, str):
        shown = value if len(value) <= _LONG else f"{value[: _LONG - 3]}..."
        said = said.replace(value, shown) if value else said
        if "longer than" in said:
            said = f"{said} (it has {len(value)})"
    origins = ", ".join(dict.fromkeys(found.origin for found in inventions(value)))
    return f"{said}, with {origins} filled in" if origins and isinstance(value, str) else said


@cache
def _validator(schema: Schema) -> Any:
    with needs("check", "a rehearsal"):
        import jsonschema_rs
    try:
        return jsonschema_rs.Draft7Validator(dict(schema.raw))
    except (ValueError, jsonschema_rs.ValidationError):
        # Some patterns are written for Java's engine. One that cannot be read restricts nothing.
        return jsonschema_rs.Draft7Validator(_readable(schema.raw))


def _readable(node: Any) -> Any:
    if isinstance(node, Mapping):
        kept = {key: _readable(value) for key, value in node.items() if key != "pattern" or _reads(value)}
        if isinstance(kept.get("patternProperties"), Mapping):
            kept["patternProperties"] = {p: s for p, s in kept["patternProperties"].items() if _reads(p)}
        return kept
    return [_readable(item) for item in node] if isinstance(node, list) else node


@cache
def _reads_text(pattern: str) -> bool:
    import jsonschema_rs

    try:
        jsonschema_rs.Draft7Validator({"pattern": pattern})
    except (ValueError, jsonschema_rs.ValidationError):
        return False
    return True


def _reads(pattern: Any) -> bool:
    # A property may be called pattern.
    return not isinstance(pattern, str) or _reads_text(pattern)
