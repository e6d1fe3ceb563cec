"""The parts of pages that say what the packs found in a stack, and what it consists of."""

from __future__ import annotations

from cdk_ml.checks import PACKS

from .evidence import PROFILE, Evidence
from .markup import Writer, code, table

_LISTS = ("Architecture", "Compliance", "Resources", "What the example creates")


def heading(title: str) -> str:
    """A heading of a section. Those of long lists keep these out of the search.

    Nobody searches for ids and paths of resources. They were most of the index, and with so many numbered words in it,
    lunr made up words that it then did not find.
    """
    return f"{title} {{ data-search-exclude }}" if title in _LISTS else title


def resources(evidence: Evidence) -> str:
    """Every resource, as a table."""
    rows = [
        (code(evidence.local(found.path)), code(found.type), _fate(found.deletion_policy))
        for found in sorted(evidence.resources, key=lambda resource: (resource.type, resource.path))
    ]
    return table(("construct", "type", "when the stack goes"), rows)


def compliance(writer: Writer, evidence: Evidence) -> str:
    """What each pack says, and who answers for what with which reason."""
    counts = [
        (pack.title, str(evidence.count(name, acknowledged=False)), str(evidence.count(name, acknowledged=True)))
        for name, pack in PACKS.items()
    ]
    parts = [
        f"Every pack, run on the template of the {PROFILE} profile:",
        table(("pack", "open", "acknowledged"), counts),
        *(
            f"- **Open**: {code(found.id)} on {code(evidence.local(found.path))}: {found.message}"
            for found in evidence.open
        ),
        *(f"- **Stale acknowledgement**: {code(stale.rule)} on {code(stale.path)}" for stale in evidence.stale),
    ]
    if evidence.acknowledged:
        parts += [
            "What is acknowledged, and why:",
            table(("construct", "finding", "reason"), _reasons(writer, evidence)),
        ]
    return "\n\n".join(parts)


def _reasons(writer: Writer, evidence: Evidence) -> list[tuple[str, ...]]:
    rows: dict[tuple[str, str], dict[str, None]] = {}
    for found in evidence.acknowledged:
        rows.setdefault((evidence.local(found.path), found.acknowledged or ""), {})[found.rule] = None
    return [
        (code(path), "<br>".join(code(rule) for rule in rules), writer.line(reason))
        for (path, reason), rules in sorted(rows.items())
    ]


def _fate(policy: str | None) -> str:
    return "stays" if policy in ("Retain", "RetainExceptOnCreate") else "snapshot" if policy == "Snapshot" else "goes"
