"""The page that says what is covered: every service of the lifecycle table, and what the library has for it.

Only one thing about it is written by hand, in docs/coverage.toml: which services a construct, or a stack that stands
for an industry, is for. Stacks follow from what they import, tests from where a construct is defined, the rest from
facts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field
from pathlib import Path

from cdk_ml.facts import lifecycle

from .evidence import Stacks
from .inventory import ROOT, Inventory, Member
from .markup import Writer, code, generated, table
from .stack_pages import page as stack_page
from .stack_pages import uses

MAPPING = ROOT / "docs" / "coverage.toml"


@dataclass(frozen=True, slots=True)
class Mapping:
    """What docs/coverage.toml says: lifecycle keys by construct, and by stack; constructs by what is new."""

    constructs: dict[str, list[str]]
    stacks: dict[str, list[str]]
    capabilities: dict[str, list[str]] = field(default_factory=dict)


def mapping() -> Mapping:
    """Read docs/coverage.toml."""
    read = tomllib.loads(MAPPING.read_text(encoding="utf-8"))
    return Mapping(read["constructs"], read["stacks"], read["capabilities"])


def problems(inventory: Inventory, stacks: Stacks, written: Mapping) -> Iterator[str]:
    """What the mapping gets wrong, or leaves out."""
    known = {entry.key for entry in lifecycle.entries()}
    for kind, names, said in (
        ("construct", set(inventory.constructs), written.constructs),
        ("reference stack", set(stacks.reference), written.stacks),
    ):
        yield from (f"{name} is no public {kind}." for name in sorted(set(said) - names))
        yield from (
            f"{name}: {key} is not in facts/lifecycle.toml."
            for name, keys in said.items()
            for key in keys
            if key not in known
        )
    for title, needed in written.capabilities.items():
        yield from (f"{title}: {name} is no public construct." for name in needed if name not in inventory.constructs)
    for name in sorted(set(inventory.constructs) - set(written.constructs)):
        yield f"{name} says in docs/coverage.toml for no service what it is for. An empty list is an answer."
    for name in sorted(written.constructs):
        member = inventory.constructs.get(name)
        if member is not None and not where_tested(member).is_file():
            yield f"{name} has no tests: {where_tested(member).relative_to(ROOT)} does not exist."


def where_tested(member: Member) -> Path:
    """Where the tests of a construct are, by habit 6."""
    source = Path(member.source).relative_to("constructs/cdk_ml")
    return ROOT / "tests" / source.parent / f"test_{source.name}"


def text(inventory: Inventory, stacks: Stacks, writer: Writer) -> str:
    """The whole page."""
    written = mapping()
    composed = {name: uses(inventory, stacks, name) for name in stacks.reference}
    rows = []
    for entry in lifecycle.entries():
        constructs = [name for name, keys in written.constructs.items() if entry.key in keys]
        used = [s for s in composed if entry.key in written.stacks.get(s, ()) or {*composed[s]} & {*constructs}]
        tests = [str(where_tested(inventory.constructs[name]).relative_to(ROOT)) for name in constructs]
        rows.append(
            (
                f'<span id="{entry.key}">{writer.line(entry.title)}</span>',
                entry.state.value,
                writer.line(_status(entry)),
                " ".join(writer.member(inventory.constructs[name]) for name in constructs),
                " ".join(f"[{name}]({writer.link(stack_page(name))})" for name in used),
                "<br>".join(code(test) for test in tests) or _checked(entry),
            )
        )
    covered = sum(bool(row[3] or row[4]) for row in rows)
    parts = [
        "---\nhide: [navigation, toc]\n---\n\n# Coverage",
        generated("`facts/lifecycle.toml`, `docs/coverage.toml` and what stacks import"),
        f"{len(rows)} services, features and headings of the taxonomy, {covered} with a construct or a stack of their "
        "own. The *Lifecycle* pack finds the closed ones in anybody's templates. Type to filter; click a heading to "
        "sort.",
        '<div class="coverage" markdown>',
        table(("service", "state", "today", "construct", "stack", "tests"), rows),
        "</div>",
        "## New since the taxonomy",
        "What AWS has added since, as far as the library has something for it.",
        table(("capability", "construct", "stack", "tests"), _new(inventory, composed, written, writer)),
    ]
    return "\n\n".join(parts)


def _new(
    inventory: Inventory, composed: Mapping_[str, Iterable[str]], written: Mapping, writer: Writer
) -> list[tuple[str, ...]]:
    """A row for every capability: its constructs, the stacks that use one of them, and their tests."""
    return [
        (
            writer.line(title),
            " ".join(writer.member(inventory.constructs[name]) for name in names),
            " ".join(f"[{name}]({writer.link(stack_page(name))})" for name in composed if {*composed[name]} & {*names}),
            "<br>".join(code(str(where_tested(inventory.constructs[name]).relative_to(ROOT))) for name in names),
        )
        for title, names in written.capabilities.items()
    ]


def _status(entry: lifecycle.Entry) -> str:
    """What is known today, without the name, which stands beside it."""
    return entry.sentence().removeprefix(entry.title).strip()


def _checked(entry: lifecycle.Entry) -> str:
    found = entry.resource_types or entry.properties
    return "`tests/checks/test_lifecycle.py`" if found and not entry.is_open else ""
