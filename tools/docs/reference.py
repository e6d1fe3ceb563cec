"""Pages about names: one for each package, with its options and helpers, and one for each construct."""

from __future__ import annotations

from collections.abc import Iterator

import griffe

from . import api
from .evidence import Evidence, example_of
from .findings import compliance, heading, resources
from .inventory import Inventory, Member, Package
from .markup import Writer, code, generated, table


def index(inventory: Inventory) -> str:
    """The page that lists the packages."""
    writer = Writer(inventory, "reference/index.md")
    rows = [(f"[`{p.name}`]({writer.link(p.page)})", _names(writer, p), _first(writer, p)) for p in inventory.packages]
    parts = ["# Constructs and options", generated("the packages' docstrings and `__all__`")]
    return "\n\n".join([*parts, table(("package", "constructs", "what it is for"), rows)])


def package_page(inventory: Inventory, package: Package) -> str:
    """What can be imported from a package."""
    writer = Writer(inventory, package.page)
    docstring = package.module.docstring
    parts = [f"# {package.name}", generated(f"the docstrings of `{package.name}`")]
    parts.append(writer.text(docstring.value if docstring else ""))
    if package.constructs:
        rows = [(writer.member(member), writer.line(member.summary)) for member in package.constructs]
        parts += ["## Constructs", table(("construct", "what it is"), rows)]
    for member in package.members:
        if not member.is_construct:
            parts += [f"## {member.name} {{ #{member.name.lower()} }}", *_described(writer, member)]
    return "\n\n".join(part for part in parts if part)


def construct_page(inventory: Inventory, member: Member, evidence: Evidence) -> str:
    """What a construct is, takes, gives, costs and answers for."""
    writer = Writer(inventory, member.page)
    definition = member.definition
    assert isinstance(definition, griffe.Class)
    docstring = definition.docstring
    text = docstring.value if docstring else ""
    make = definition.all_members["__init__"]
    assert isinstance(make, griffe.Function)
    parts = {
        "": writer.text(api.prose(docstring)),
        "Example": f"```python\n{example_of(text)}```",
        "Parameters": api.parameters(writer, make, skip=("scope", "id")),
        "Errors": api.errors(writer, make.docstring),
        "Attributes": api.attributes(writer, definition),
        "Methods": api.methods(writer, definition, "###"),
        "What the example creates": resources(evidence),
        "Compliance": compliance(writer, evidence),
    }
    head = f"# {member.name}\n\n{generated(f'the docstring and signature in `{member.source}`')}\n\n"
    usage = f"```python\nfrom {member.module} import {member.name}\n```\n\n"
    return (
        head
        + usage
        + "\n\n".join(f"## {heading(title)}\n\n{body}" if title else body for title, body in parts.items() if body)
    )


def _described(writer: Writer, member: Member) -> Iterator[str]:
    definition = member.definition
    if isinstance(definition, griffe.Function):
        yield api.function(writer, definition, member.name)
    else:
        yield writer.text(api.prose(definition.docstring))
    match definition:
        case griffe.Class():
            yield api.fields(writer, definition)
            yield api.attributes(writer, definition)
            yield api.methods(writer, definition, "###")
        case griffe.Attribute(value=value) if value is not None and len(str(value)) < 200:
            yield f"```python\n{member.name} = {value}\n```"
    yield f"In {code(member.source)}."


def _names(writer: Writer, package: Package) -> str:
    return ", ".join(writer.member(member) for member in package.constructs)


def _first(writer: Writer, package: Package) -> str:
    docstring = package.module.docstring
    return writer.line(docstring.value.split("\n\n")[0]) if docstring else ""
