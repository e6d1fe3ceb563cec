"""What there is to document: packages, constructs and reference stacks, found as the proofs find them.

Read without importing, by griffe, so that defaults and types stay as they are written and know where they come from.
https://mkdocstrings.github.io/griffe/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "cdk_ml"
_COMMAND_LINE = f"{LIBRARY}.cli"


@dataclass(frozen=True, slots=True)
class Member:
    """A public name.

    :ivar name: what it is imported as.
    :ivar module: what it is imported from.
    :ivar definition: what griffe knows about it.
    :ivar page: the page that describes it, below the site's root.
    """

    name: str
    module: str
    definition: griffe.Object
    page: str

    @property
    def is_construct(self) -> bool:
        """Whether it is a construct that can be made by itself: parts of others have no example."""
        return is_construct(self.definition) and ">>>" in (self.definition.docstring or griffe.Docstring("")).value

    @property
    def source(self) -> str:
        """Path of the file that defines it."""
        return str(Path(str(self.definition.filepath)).relative_to(ROOT))

    @property
    def summary(self) -> str:
        """The first sentence of its docstring."""
        docstring = self.definition.docstring
        return " ".join(docstring.value.split("\n\n")[0].split()) if docstring else ""


@dataclass(frozen=True, slots=True)
class Package:
    """A module that users import from, and its public names."""

    name: str
    module: griffe.Module
    members: tuple[Member, ...]

    @property
    def page(self) -> str:
        """The page that describes it."""
        return f"{_folder(self.name)}/index.md"

    @property
    def constructs(self) -> tuple[Member, ...]:
        """Members with a page of their own."""
        return tuple(member for member in self.members if member.is_construct)


class Inventory:
    """Everything public, loaded once."""

    @cached_property
    def library(self) -> griffe.Module:
        """The library as griffe reads it."""
        library = griffe.load(
            LIBRARY, search_paths=[str(ROOT / "constructs")], docstring_parser="sphinx", resolve_aliases=True
        )
        assert isinstance(library, griffe.Module)
        return library

    @cached_property
    def packages(self) -> tuple[Package, ...]:
        """The packages of the library, and its public single modules, by name."""
        return tuple(_package(module) for module in _public_modules(self.library))

    @cached_property
    def members(self) -> dict[str, Member]:
        """Every public name by the path of its definition, such as ``cdk_ml.sagemaker.hosting.scaling.Scaling``."""
        return {member.definition.path: member for package in self.packages for member in package.members}

    @cached_property
    def constructs(self) -> dict[str, Member]:
        """Every public construct by its name."""
        return {member.name: member for package in self.packages for member in package.constructs}

    def named(self, path: str) -> Member | None:
        """The public name of a path, be it that of the definition or that of the import."""
        imported = {f"{member.module}.{member.name}": member for member in self.members.values()}
        return self.members.get(path) or imported.get(path)

    def find(self, name: str) -> Member | None:
        """The public name that a docstring means: a path, or only the last part of one."""
        last = {member.name: member for member in self.members.values()}
        return self.named(name) or last.get(name)

    def definition(self, path: str) -> griffe.Object | None:
        """What a path of the library stands for."""
        if not path.startswith(f"{LIBRARY}."):
            return None
        found = self.library[path.removeprefix(f"{LIBRARY}.")]
        return found.final_target if isinstance(found, griffe.Alias) else found

    def alias(self, path: str) -> griffe.Expr | None:
        """The types that a private name of the library stands for, such as ``Update`` for four kinds of it."""
        found = self.definition(path)
        value = found.value if isinstance(found, griffe.Attribute) else None
        return value if isinstance(value, griffe.ExprBinOp) else None


def is_construct(definition: griffe.Object) -> bool:
    """Whether it is a class that derives from ``constructs.Construct``, through other classes of the library or not."""
    if not isinstance(definition, griffe.Class):
        return False
    bases = [base.canonical_path if isinstance(base, griffe.Expr) else base for base in definition.bases]
    return "constructs.Construct" in bases or any(is_construct(base) for base in definition.mro())


def _public_modules(library: griffe.Module) -> Iterator[griffe.Module]:
    for name, module in sorted(library.modules.items()):
        if name.startswith("_") or module.path == _COMMAND_LINE:
            continue
        yield module
        # A package whose docstring names its modules, as that of facts does, wants them to be imported.
        text = module.docstring.value if module.docstring else ""
        yield from (inner for _, inner in sorted(module.modules.items()) if f":mod:`~{inner.path}`" in text)


def _package(module: griffe.Module) -> Package:
    exported = module.exports
    names = (
        [str(name) for name in exported]
        if exported is not None
        else [n for n, m in module.members.items() if not n.startswith("_") and not m.is_alias and not m.is_module]
    )
    members = []
    for name in sorted(names, key=str.lower):
        found = module.members[name]
        definition = found.final_target if isinstance(found, griffe.Alias) else found
        if isinstance(definition, griffe.Module):
            continue
        member = Member(name, module.path, definition, f"{_folder(module.path)}/index.md")
        if member.is_construct:
            member = Member(name, module.path, definition, f"{_folder(module.path)}/{name}.md")
        members.append(member)
    return Package(module.path, module, tuple(members))


def _folder(module: str) -> str:
    return "reference/" + module.removeprefix(f"{LIBRARY}.").replace(".", "/")
