"""Finds the acknowledgements of findings in an assembly, wherever CDK or cdk-nag left them.

CDK records ``Validations.of(construct).acknowledge(...)`` in the metadata file of the stack; one that was made on the
app or on a stage is in no stack's metadata, and shows only in validation-report.json, where it was used. cdk-nag 2
(and 3 on request) writes ``cdk_nag.rules_to_suppress`` into the metadata of templates and resources.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.Validations.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cdk_ml.assembly.model import Acknowledgement, Template
from cdk_ml.assembly.source import load_json


def in_metadata(recorded: Iterable[tuple[str, object]]) -> list[tuple[str, str, str]]:
    """Construct path, rule and reason of what CDK recorded in a stack's metadata."""
    return [
        (path, rule, str(reason))
        for path, data in recorded
        if isinstance(data, Mapping)
        for rule, reason in data.items()
    ]


def in_report(
    file: Path, templates: Sequence[Template], recorded: Sequence[Acknowledgement]
) -> Iterator[Acknowledgement]:
    """Those that were made above every stack and used by a pack that ran inside the app."""
    if not file.is_file():
        return
    seen = {(a.path, a.rule) for a in recorded}
    for plugin in _mappings(load_json(file).get("pluginReports")):
        for violation in _mappings(plugin.get("suppressedViolations")):
            at, rule = str(violation.get("acknowledgedAt", "")), str(violation.get("acknowledgedId", ""))
            below_a_stack = any(at == t.path or at.startswith(f"{t.path}/") for t in templates)
            if rule and not below_a_stack and (at, rule) not in seen:
                seen.add((at, rule))
                yield Acknowledgement(rule, str(violation.get("reason", "")), at, "")


def in_template(template: Template, recorded: Sequence[Acknowledgement] = ()) -> Iterator[Acknowledgement]:
    """Those in the ``cdk_nag`` metadata of the template and its resources, unless CDK recorded the same."""
    yield from _suppressions(template, "", template.path, template.raw.get("Metadata") or {})
    for resource in template.resources.values():
        for found in _suppressions(template, resource.logical_id, resource.path, resource.metadata):
            rules = {found.rule, f"Annotation::{found.rule}"}
            if not any(
                a.rule in rules and (found.path == a.path or found.path.startswith(f"{a.path}/")) for a in recorded
            ):
                yield found


def _suppressions(
    template: Template, logical_id: str, path: str, metadata: Mapping[str, Any]
) -> Iterator[Acknowledgement]:
    nag = metadata.get("cdk_nag")
    for rule in _mappings(nag.get("rules_to_suppress") if isinstance(nag, Mapping) else None):
        reason = str(rule.get("reason", ""))
        if rule.get("is_reason_encoded"):
            reason = _decoded(reason)
        for name, pattern in _selected(rule):
            yield Acknowledgement(
                rule=name,
                reason=reason,
                path=path,
                stack=template.path,
                logical_id=logical_id,
                in_template=True,
                finding=pattern,
            )


def _selected(rule: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The rule, or each of its findings that cdk-nag 2 selects by name; or the rule, with a pattern of its findings."""
    name, applies_to = rule.get("id"), rule.get("applies_to") or rule.get("appliesTo")
    if not isinstance(name, str):
        return
    if not applies_to:
        yield name, ".*"
    for finding in applies_to if isinstance(applies_to, list) else ():
        if isinstance(finding, str):
            yield f"{name}[{finding}]", None
        elif isinstance(finding, Mapping) and (pattern := _pattern(str(finding.get("regex", "")))) is not None:
            yield name, pattern


def _pattern(literal: str) -> str | None:
    """The source of a JavaScript regular expression literal such as ``/^Resource::.*$/g``.

    None for one that Python does not read: nothing is acknowledged by what cannot be understood.
    """
    match = re.fullmatch(r"/(.*)/[a-z]*", literal)
    pattern = match[1] if match else literal
    try:
        re.compile(pattern)
    except re.error:
        return None
    return pattern or None


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    """The mappings in a list: metadata is anybody's, and what is written otherwise acknowledges nothing."""
    yield from (each for each in (value if isinstance(value, list) else ()) if isinstance(each, Mapping))


def _decoded(reason: str) -> str:
    try:
        return base64.b64decode(reason).decode("utf-8")
    except ValueError:
        return reason
