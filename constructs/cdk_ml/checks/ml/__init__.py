"""The ML pack: one rule per file, found without a list.

To add a rule, add a file with a docstring (why, and the AWS page that says so) and a ``RULE``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from cdk_ml.assembly import Assembly, Template
from cdk_ml.checks.finding import Finding
from cdk_ml.checks.rule import Rule, rules_in

__all__ = ["check", "rules"]


def rules() -> tuple[Rule, ...]:
    """Every rule of the pack, by id."""
    return rules_in(sys.modules[__name__])


def check(assembly: Assembly) -> Iterator[tuple[Template, list[Finding]]]:
    """What the rules find, template by template."""
    for template in assembly.templates:
        yield template, [found for rule in rules() for found in rule.findings(template)]
