"""The page about what the checks know: packs, our rules with their examples, and services that closed."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from typing import Any

from cdk_ml.checks import PACKS, Rule, ml
from cdk_ml.facts import lifecycle

from .markup import Writer, code, generated, table


def text(writer: Writer) -> str:
    """The whole page."""
    rules = ml.rules()
    packs = [(code(name), pack.title) for name, pack in PACKS.items()]
    overview = [(f"[{rule.id}](#{rule.id.lower()})", rule.severity.value, writer.line(rule.title)) for rule in rules]
    closed = [entry for entry in lifecycle.entries() if not entry.is_open]
    ended = [
        (entry.title, entry.state.value, _day(entry.since), _day(entry.ends), entry.successor or "", _types(entry))
        for entry in closed
    ]
    columns = ("service or feature", "state", "closed", "ends", "use instead", "types that are found")
    parts = [
        "# Packs and rules",
        generated("the docstrings and examples in `constructs/cdk_ml/checks/ml`, and `facts/lifecycle.toml`"),
        "What each pack is for, and how findings are acknowledged, is in [Check](../guide/check.md). Errors and "
        "warnings fail a check; infos do not.",
        "## Packs",
        table(("pack", "what it is"), packs),
        "## The ML pack",
        table(("rule", "severity", "what holds"), overview),
        *(_rule(writer, rule) for rule in rules),
        "## Closed and ended services",
        "The `Lifecycle` pack finds these in any template. A day is left out where no source gives one.",
        table(columns, ended),
    ]
    return "\n\n".join(parts)


def _rule(writer: Writer, rule: Rule) -> str:
    rationale = inspect.getdoc(sys.modules[rule.check.__module__]) or ""
    return "\n\n".join(
        (
            f"### {rule.id}",
            f"**{rule.title}.** Severity: {rule.severity.value}. Looks at {', '.join(map(code, rule.resource_types))}.",
            writer.text(rationale),
            f"Fix: {rule.fix}.",
            f'=== "Found"\n\n{_indented(rule.bad)}\n\n=== "Fine"\n\n{_indented(rule.good)}',
        )
    )


def _indented(resources: Mapping[str, Any]) -> str:
    block = f"```json\n{json.dumps(resources, indent=2, default=str)}\n```"
    return "\n".join(f"    {line}" for line in block.splitlines())


def _types(entry: lifecycle.Entry) -> str:
    return "<br>".join(code(type_) for type_ in entry.resource_types)


def _day(day: object) -> str:
    return str(day or "")
