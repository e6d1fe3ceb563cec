"""The policy and its denials, for a terminal and for scripts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from cdk_ml.checks.extra import needs
from cdk_ml.rehearsal.permissions.documents import LIMIT, length, rendered
from cdk_ml.rehearsal.permissions.evaluate import Denial
from cdk_ml.rehearsal.permissions.policy import ExecutionPolicy

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

VERSION = 1
"""Of the JSON format. It grows when a field changes its meaning or goes away."""

_SHOWN = 3
_WIDTH = 140


def as_json(policy: ExecutionPolicy, denials: Sequence[Denial] | None) -> str:
    """One JSON object: ``documents``, ``statements`` with their reasons, ``notes``, and ``denied`` if asked for."""
    content: dict[str, Any] = {
        "version": VERSION,
        "fits": policy.fits,
        "documents": policy.documents(),
        "statements": [statement.body() | {"Reason": statement.reason} for statement in policy.statements],
        "notes": [{"subject": n.subject, "message": n.message, "incomplete": n.incomplete} for n in policy.notes],
    }
    if denials is not None:
        content["denied"] = [
            {
                "stack": denial.need.stack,
                "resource": denial.need.logical_id,
                "path": denial.need.path,
                "type": denial.need.type,
                "operations": list(denial.need.operations),
                "action": denial.action,
                "arn": denial.resource,
                "verdict": denial.verdict,
                "certain": denial.certain,
                "statement": denial.statement,
                "keys": list(denial.keys),
            }
            for denial in denials
        ]
    return json.dumps(content, indent=2)


def as_table(policy: ExecutionPolicy, denials: Sequence[Denial] | None) -> str:
    """The tables as plain text, 140 columns wide."""
    with needs("cli", "a table"):
        from rich.console import Console
    page = StringIO()
    Console(file=page, width=_WIDTH, color_system=None).print(*tables(policy, denials), sep="\n")
    return page.getvalue()


def tables(policy: ExecutionPolicy, denials: Sequence[Denial] | None) -> list[RenderableType]:
    """What to print with rich: denials or else statements, notes, and one line that sums up."""
    parts: list[RenderableType] = [_statements(policy) if denials is None else _denials(denials)]
    if policy.notes:
        parts.append(_notes(policy))
    return [*parts, summary(policy, denials)]


def summary(policy: ExecutionPolicy, denials: Sequence[Denial] | None) -> str:
    """One line: how large the policy is, or how much another one denies."""
    if denials is not None:
        certain = sum(denial.certain for denial in denials)
        return f"{certain} denied, {len(denials) - certain} depend on conditions, of {len(policy.needs)} needs."
    documents = policy.documents()
    sizes = ", ".join(f"{length(document):,}" for document in documents)
    noun = "policy" if len(documents) == 1 else "policies"
    actions = len({action for statement in policy.statements for action in statement.actions})
    return f"{actions} actions in {len(documents)} managed {noun} of {sizes} characters (limit {LIMIT:,})."


def _table(title: str, *columns: str) -> Table:
    with needs("cli", "a table"):
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, expand=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _statements(policy: ExecutionPolicy) -> Table:
    from rich.text import Text

    table = _table("What CloudFormation needs", "statement", "actions", "resources", "why so wide")
    for each in policy.statements:
        passed = f"to {', '.join(each.passed_to)}. " if each.passed_to else ""
        arns = tuple(rendered(arn, {}) for arn in each.resources)
        cells = (each.sid, _some(each.actions), _some(arns), f"{passed}{each.reason}")
        # Text, not str: rich would read brackets as markup.
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _some(texts: Sequence[str]) -> str:
    more = f"\nand {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return "\n".join(texts[:_SHOWN]) + more


def _denials(denials: Sequence[Denial]) -> Table:
    from rich.text import Text

    table = _table("What would be denied", "resource", "for", "action", "on", "because")
    for each in denials:
        because = f"{each.verdict} {', '.join(each.keys)}".strip()
        by = f"{because} ({each.statement})" if each.statement else because
        operations = ", ".join(each.need.operations) or "deployment"
        table.add_row(
            *(Text(cell) for cell in (each.need.where, operations, each.action, rendered(each.resource, {}), by))
        )
    return table


def _notes(policy: ExecutionPolicy) -> Table:
    from rich.text import Text

    table = _table("Notes", "about", "note")
    for note in policy.notes:
        table.add_row(Text(note.subject, style="yellow" if note.incomplete else ""), Text(note.message))
    return table
