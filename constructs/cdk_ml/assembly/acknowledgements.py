"""Finds the acknowledgements of findings in an assembly, wherever CDK or cdk-nag left them.

CDK records ``Validations.of(construct).acknowledge(...)`` in the metadata file of the stack; one that was made on the
app or on a stage is in no stack's metadata, and shows only in validation-report.json, where it was used. cdk-nag 2
(and 3 on request) writes ``cdk_nag.rules_to_suppress`` into the metadata of templates and resources.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.Validations.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cdk_ml.assembly.model import Acknowledgement, Template
from cdk_ml.assembly.source import load_json


def in_metadata(recorded: Iterable[tuple[str, Mapping[str, str] | None]]) -> list[tuple[str, str, str]]:
    """Construct path, rule and reason of what CDK recorded in a stack's metadata."""
    return [(path, rule, str(reason)) for path, data in recorded for rule, reason in (data or {}).items()]


def in_report(
    file: Path, templates: Sequence[Template], recorded: Sequence[Acknowledgement]
) -> Iterator[Acknowledgement]:
    """Those that were made above every stack and used by a pack that ran inside the app."""
    if not file.is_file():
        return
    seen = {(a.path, a.rule) for a in recorded}
    for plugin in load_json(file).get("pluginReports", ()):
        for violation in plugin.get("suppressedViolations", ()):
            at, rule = violation.get("acknowledgedAt", ""), violation.get("acknowledgedId", "")
            below_a_stack = any(at == t.path or at.startswith(f"{t.path}/") for t in templates)
            if rule and not below_a_stack and (at, rule) not in seen:
                seen.add((at, rule))
                yield Acknowledgement(rule, violation.get("reason", ""), at, "")


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
    rules = nag.get("rules_to_suppress") if isinstance(nag, Mapping) else None
    for rule in rules or ():
        reason = str(rule.get("reason", ""))
        if rule.get("is_reason_encoded"):
            reason = _decoded(reason)
        applies_to = rule.get("applies_to") or rule.get("appliesTo")
        for finding in applies_to or (None,):
            yield Acknowledgement(
                rule=f"{rule['id']}[{finding}]" if isinstance(finding, str) else str(rule["id"]),
                reason=reason,
                path=path,
                stack=template.path,
                logical_id=logical_id,
                in_template=True,
                finding=_pattern(finding["regex"]) if isinstance(finding, Mapping) else None if applies_to else ".*",
            )


def _pattern(literal: str) -> str:
    """The source of a JavaScript regular expression literal such as ``/^Resource::.*$/g``."""
    match = re.fullmatch(r"/(.*)/[a-z]*", literal)
    return match[1] if match else literal


def _decoded(reason: str) -> str:
    try:
        return base64.b64decode(reason).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return reason
