"""Checks what a task sends against the input of the API operation, with botocore's own validator.

What only the execution knows (JSONPath and JSONata) is replaced by a value of the type that the operation wants, so
that everything else is still judged: names, required members, types, lengths, ranges.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.testing.rendering import UNKNOWN

_SCALARS: dict[str, Any] = {
    "boolean": True,
    "double": 1.0,
    "float": 1.0,
    "timestamp": "2026-01-01T00:00:00Z",
    "blob": b"x",
}


def parameter_problems(given: Mapping[str, Any], shape: Any, *, optimized: bool) -> Iterator[str]:
    """What the operation would refuse.

    :param shape: the input shape of botocore; None for an operation without input.
    :param optimized: Step Functions accepts JSON where the API wants text, and passes it on as text.
    """
    if shape is None:
        if given:
            yield f"{', '.join(given)}: the operation takes no parameters"
        return
    from botocore.validate import ParamValidator  # type: ignore[import-untyped]

    report = ParamValidator().validate(_filled(given, shape, optimized), shape)
    if report.has_errors():
        yield from (line.rstrip(".") for line in report.generate_report().splitlines())


def _filled(value: object, shape: Any, optimized: bool) -> Any:
    if _is_dynamic(value):
        return _dummy(shape)
    match shape.type_name, value:
        case "structure", Mapping():
            return _structure(value, shape, optimized)
        case "map", Mapping():
            return {_plain(key): _filled(_unmarked(key, inner), shape.value, optimized) for key, inner in value.items()}
        case "list", list():
            return [_filled(inner, shape.member, optimized) for inner in value]
        case "string" | "blob", Mapping() | list() if optimized:
            return _dummy(shape)
        case "blob", str() | Mapping() | list():
            return _dummy(shape)
    return value


def _structure(value: Mapping[str, Any], shape: Any, optimized: bool) -> dict[str, Any]:
    if getattr(shape, "is_document_type", False):
        return dict(value)
    # Step Functions writes every name with a capital, whatever the API does.
    members = {name[0].upper() + name[1:]: name for name in shape.members}
    filled: dict[str, Any] = {}
    for key, inner in value.items():
        name = members.get(_plain(key), _plain(key))
        member = shape.members.get(name)
        filled[name] = _filled(_unmarked(key, inner), member, optimized) if member is not None else inner
    for name, member in shape.members.items():
        if member.metadata.get("idempotencyToken"):
            filled.setdefault(name, _dummy(member))
    return filled


def _plain(key: str) -> str:
    return key.removesuffix(".$")


class Dynamic:
    """A value that only the execution knows."""


def _unmarked(key: str, value: object) -> object:
    return Dynamic() if key.endswith(".$") else value


def _is_dynamic(value: object) -> bool:
    if isinstance(value, str):
        return (value.startswith("{%") and value.endswith("%}")) or bool(UNKNOWN.search(value))
    return isinstance(value, Dynamic)


def _dummy(shape: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return {} if shape.is_document_type else {name: _dummy(shape.members[name]) for name in shape.required_members}
    if kind == "list":
        return [_dummy(shape.member)] * int(shape.metadata.get("min", 0))
    if kind == "map":
        return {}
    if kind in ("integer", "long"):
        return int(shape.metadata.get("min", 1))
    if kind == "string":
        return shape.enum[0] if getattr(shape, "enum", None) else "x" * max(1, int(shape.metadata.get("min", 1)))
    return _SCALARS[kind]
