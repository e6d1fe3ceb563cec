"""The parts of pages that say how a name is used: parameters, attributes, methods, errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import griffe

from .markup import Writer, code, table

_HIDDEN = ("self", "cls")


def sections(docstring: griffe.Docstring | None, kind: griffe.DocstringSectionKind) -> list[Any]:
    """The items of the sections of one kind."""
    parsed = docstring.parsed if docstring else []
    return [item for section in parsed if section.kind is kind for item in section.value]


def prose(docstring: griffe.Docstring | None) -> str:
    """A docstring without its fields, examples included."""
    parsed = docstring.parsed if docstring else []
    return "\n\n".join(str(section.value) for section in parsed if section.kind is griffe.DocstringSectionKind.text)


def signature(function: griffe.Function, name: str) -> str:
    """How it is called, on a line of code."""
    parameters, star = [], False
    for parameter in function.parameters:
        if parameter.name in _HIDDEN:
            continue
        if parameter.kind is griffe.ParameterKind.keyword_only and not star:
            parameters.append("*")
            star = True
        prefix = {"variadic positional": "*", "variadic keyword": "**"}.get(
            parameter.kind.value if parameter.kind else "", ""
        )
        star = star or prefix == "*"
        default = f"={parameter.default}" if parameter.default is not None and not prefix else ""
        parameters.append(f"{prefix}{parameter.name}{default}")
    return f"{name}({', '.join(parameters)})"


def parameters(writer: Writer, function: griffe.Function, *, skip: Iterable[str] = ()) -> str:
    """The parameters of a function, as a table; the empty text where there are none."""
    meanings = {
        item.name: item.description for item in sections(function.docstring, griffe.DocstringSectionKind.parameters)
    }
    rows = []
    for parameter in function.parameters:
        if parameter.name in (*_HIDDEN, *skip):
            continue
        rows.append(_row(writer, parameter.name, parameter.annotation, parameter.default, meanings))
    return _parameters(rows)


def fields(writer: Writer, definition: griffe.Class) -> str:
    """The fields of a dataclass, as a table; the empty text for a class that is none."""
    if "dataclass" not in definition.labels:
        return ""
    kinds = griffe.DocstringSectionKind
    meanings = {
        item.name: item.description
        for kind in (kinds.parameters, kinds.attributes)
        for item in sections(definition.docstring, kind)
    }
    rows = [
        _row(writer, name, attribute.annotation, attribute.value, meanings)
        for name, attribute in definition.members.items()
        if isinstance(attribute, griffe.Attribute) and _is_field(attribute)
    ]
    return _parameters(rows)


def attributes(writer: Writer, definition: griffe.Class) -> str:
    """The attributes and properties of a class, as a table; the empty text where there are none."""
    rows = [
        (f"`{item.name}`", writer.type(_made(writer, definition, item.name)), writer.line(item.description))
        for item in sections(definition.docstring, griffe.DocstringSectionKind.attributes)
        if "dataclass" not in definition.labels
    ]
    for name, member in _members(definition):
        if isinstance(member, griffe.Attribute) and not _is_field(member) and member.docstring:
            rows.append((f"`{name}`", writer.type(member.annotation), writer.line(member.docstring.value)))
    return table(("attribute", "type", "what it is"), rows) if rows else ""


def methods(writer: Writer, definition: griffe.Class, level: str) -> str:
    """The methods of a class, inherited ones of the library included."""
    parts = []
    for name, member in _members(definition):
        if isinstance(member, griffe.Function) and member.docstring:
            parts += [f"{level} {name} {{ #{definition.name.lower()}-{name} }}", function(writer, member, name)]
    return "\n\n".join(parts)


def function(writer: Writer, definition: griffe.Function, name: str) -> str:
    """What a function does and how it is called."""
    returns = writer.type(definition.returns) if str(definition.returns or "None") != "None" else ""
    parts = [
        f"```python\n{signature(definition, name)}\n```",
        writer.text(prose(definition.docstring)),
        f"Gives {returns}." if returns else "",
        parameters(writer, definition),
        errors(writer, definition.docstring),
    ]
    return "\n\n".join(part for part in parts if part)


def errors(writer: Writer, docstring: griffe.Docstring | None) -> str:
    """What is raised, as a list; the empty text where nothing is said."""
    raised = sections(docstring, griffe.DocstringSectionKind.raises)
    return "\n".join(
        f"- Raises {writer.role(str(item.annotation))}: {writer.line(item.description)}" for item in raised
    )


def _row(writer: Writer, name: str, annotation: Any, default: Any, meanings: dict[str, str]) -> tuple[str, ...]:
    shown = "required" if default is None else "empty" if "default_factory" in str(default) else code(str(default))
    return f"`{name}`", writer.type(annotation), shown, writer.line(meanings.get(name, ""))


def _parameters(rows: list[tuple[str, ...]]) -> str:
    return table(("parameter", "type", "default", "meaning"), rows) if rows else ""


def _members(definition: griffe.Class) -> Iterator[tuple[str, griffe.Object]]:
    for name, member in sorted(definition.all_members.items()):
        target = member.final_target if isinstance(member, griffe.Alias) else member
        if not name.startswith("_") and isinstance(target, griffe.Object):
            yield name, target


def _is_field(attribute: griffe.Attribute) -> bool:
    return "instance-attribute" in attribute.labels and "property" not in attribute.labels


def _made(writer: Writer, definition: griffe.Class, name: str) -> griffe.Expr | str | None:
    """The type of an attribute that is a constructor's or an own method's result."""
    attribute = definition.all_members.get(name)
    value = attribute.value if isinstance(attribute, griffe.Attribute) else None
    if not isinstance(value, griffe.ExprCall):
        return None
    called = str(value.function)
    if isinstance(value.function, griffe.ExprName) and called.islower():
        made = writer.function(value.function.canonical_path)
        return made.returns if made is not None else None
    if called.startswith("self.") and (method := definition.all_members.get(called.removeprefix("self."))):
        target = method.final_target if isinstance(method, griffe.Alias) else method
        return target.returns if isinstance(target, griffe.Function) else None
    return value.function if called.rpartition(".")[2][:1].isupper() else None
