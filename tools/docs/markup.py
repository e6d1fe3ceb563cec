"""Docstrings are written in reStructuredText; pages are Markdown. This turns the little that docstrings use into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from os.path import relpath
from pathlib import PurePosixPath

import griffe

from .inventory import Inventory, Member

_ROLE = re.compile(r":(\w+):`(~?)([^`]+)`")
_LITERAL = re.compile(r"``([^`]+)``")
_LINK = re.compile(r"(?<![(<\"`\]])https?://[^\s)>]+[^\s)>.,:;]")
_LONG = 44
_SEE = re.compile(r"^See (https://\S+)$", re.MULTILINE)


class Writer:
    """Writes the texts of one page.

    :param page: path of the page below the site's root, which its links start from.
    """

    def __init__(self, inventory: Inventory, page: str) -> None:
        self._inventory = inventory
        self._page = page

    def link(self, page: str, anchor: str = "") -> str:
        """The address of another page, as seen from this one."""
        target = relpath(page, PurePosixPath(self._page).parent)
        return f"{target}#{anchor}" if anchor else target

    def member(self, member: Member, shown: str | None = None) -> str:
        """A link to where a public name is described."""
        anchor = "" if member.page.endswith(f"/{member.name}.md") else member.name.lower()
        return f"[`{shown or member.name}`]({self.link(member.page, anchor)})"

    def text(self, docstring: str) -> str:
        """A docstring, without the examples, as Markdown."""
        paragraphs = [part for part in docstring.strip().split("\n\n") if not part.lstrip().startswith((">>>", "..."))]
        return "\n\n".join(self._paragraph(part) for part in paragraphs)

    def line(self, text: str) -> str:
        """A text for one cell of a table."""
        return " ".join(self._inline(text).split()).replace("|", "\\|")

    def type(self, annotation: str | griffe.Expr | None) -> str:
        """A type, with links to the types of the library that it names."""
        if annotation is None:
            return ""
        if isinstance(annotation, str):
            return code(annotation)
        return f"<code>{''.join(self._parts(annotation))}</code>"

    def link_of(self, member: Member) -> str:
        """The address of where a public name is described."""
        return self.member(member).rpartition("(")[2].removesuffix(")")

    def function(self, path: str) -> griffe.Function | None:
        """The function of the library that has this path."""
        found = self._inventory.definition(path)
        return found if isinstance(found, griffe.Function) else None

    def _parts(self, annotation: griffe.Expr) -> Iterator[str]:
        for part in annotation.iterate(flat=True):
            path = part.canonical_path if isinstance(part, griffe.ExprName) else ""
            alias = self._inventory.alias(path)
            if (member := self._inventory.named(path)) is not None:
                yield f"[{_escaped(str(part))}]({self.link_of(member)})"
            elif alias is not None:
                yield from self._parts(alias)
            else:
                yield _escaped(str(part))

    def role(self, path: str) -> str:
        """A public name by its path, as a link where it has a page."""
        return self._named(path, path.rpartition(".")[2])

    def _paragraph(self, text: str) -> str:
        if text.startswith("    "):
            return text
        return self._inline(_SEE.sub(r"Follows <\1>.", text))

    def _inline(self, text: str) -> str:
        text = _LITERAL.sub(lambda match: code(match[1]), _ROLE.sub(self._role, text))
        return _LINK.sub(lambda match: f"<{match[0]}>", text)

    def _role(self, match: re.Match[str]) -> str:
        path = match[3].lstrip(".")
        return self._named(path, path.rpartition(".")[2] if match[2] else path)

    def _named(self, path: str, shown: str) -> str:
        owner, _, inner = path.rpartition(".")
        member = self._inventory.find(path) or (self._inventory.find(owner) if inner else None)
        if member is not None:
            return self.member(member, shown)
        pages = {package.name: package.page for package in self._inventory.packages}
        return f"[`{shown}`]({self.link(pages[path])})" if path in pages else f"`{shown}`"


def code(text: str) -> str:
    """Inline code, in a cell or not. Where it is long, it may break anywhere."""
    kind = ' class="long"' if len(text) > _LONG else ""
    return f"<code{kind}>{_escaped(text)}</code>" if kind or "|" in text or "`" in text else f"`{text}`"


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    names = list(columns)
    lines = [names, ["---"] * len(names), *([*row] for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace(chr(10), ' ') for cell in line)} |" for line in lines)


def generated(source: str) -> str:
    """The line that says what a page was made from."""
    return f"Generated from {source}. Do not edit this page: edit that.\n{{ .generated }}"


def _escaped(text: str) -> str:
    for character, entity in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("|", "&#124;"),
        ("*", "&#42;"),
        ("_", "&#95;"),
    ):
        text = text.replace(character, entity)
    return text
