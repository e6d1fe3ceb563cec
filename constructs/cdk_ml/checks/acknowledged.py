"""Matches findings of every pack with acknowledgements; nothing else decides what is acknowledged.

The rules are CDK's own: an acknowledgement covers the construct it was recorded at and everything below; spaces in ids
count as hyphens; one without a pack (CDK stores ``Annotation::``) covers the rule of that name in any pack.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.Validations.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from cdk_ml.assembly import Acknowledgement
from cdk_ml.checks.finding import Finding

_NO_PACK = "Annotation::"
# CDK's own constructs acknowledge findings of this pack in advance, whether they occur or not.
_IN_ADVANCE = "CloudFormation-Validate"


def acknowledge(
    findings: Iterable[Finding], acknowledgements: Sequence[Acknowledgement], packs: Iterable[str]
) -> tuple[tuple[Finding, ...], tuple[Acknowledgement, ...]]:
    """Mark what is acknowledged.

    :param packs: the packs that ran.
    :returns: the findings, with the reason of the closest acknowledgement, and the acknowledgements of the packs that
        ran which match no finding.
    """
    by_rule: dict[str, list[Acknowledgement]] = {}
    for acknowledgement in acknowledgements:
        by_rule.setdefault(_rule(acknowledgement), []).append(acknowledgement)
    used: set[int] = set()
    marked: list[Finding] = []
    for finding in findings:
        candidates = [
            acknowledgement
            for key in {finding.id.replace(" ", "-"), finding.rule.replace(" ", "-"), finding.rule.partition("[")[0]}
            for acknowledgement in by_rule.get(key, ())
            if _covers(acknowledgement, finding)
        ]
        used.update(map(id, candidates))
        closest = max(candidates, key=lambda a: (bool(a.logical_id), len(a.path)), default=None)
        marked.append(replace(finding, acknowledged=closest.reason) if closest else finding)
    ran = tuple(pack for pack in packs if pack != _IN_ADVANCE)
    stale = (a for a in acknowledgements if id(a) not in used and not a.in_template and _belongs(_rule(a), ran))
    return tuple(marked), tuple(stale)


def _rule(acknowledgement: Acknowledgement) -> str:
    return re.sub(f"^{_NO_PACK}", "", acknowledgement.rule, flags=re.IGNORECASE).replace(" ", "-")


def _covers(acknowledgement: Acknowledgement, finding: Finding) -> bool:
    rule = _rule(acknowledgement)
    if rule not in (finding.id.replace(" ", "-"), finding.rule.replace(" ", "-")):
        # cdk-nag 2 accepts one rule with all its findings, or those that a pattern selects.
        name, _, bracketed = finding.rule.partition("[")
        if acknowledgement.finding is None or rule not in (name, f"{finding.pack}::{name}"):
            return False
        if not re.search(acknowledgement.finding, bracketed.removesuffix("]")):
            return False
    if acknowledgement.logical_id:
        return (acknowledgement.stack, acknowledgement.logical_id) == (finding.stack, finding.logical_id)
    return any(_within(place, acknowledgement.path) for place in (finding.path, finding.stack))


def _within(path: str, scope: str) -> bool:
    return scope == "" or path == scope or path.startswith(f"{scope}/")


def _belongs(rule: str, packs: Sequence[str]) -> bool:
    """Whether one of the packs would have reported the rule."""
    return any(rule.startswith((f"{pack}::", f"{pack}-")) for pack in packs)
