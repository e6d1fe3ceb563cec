"""What every pack reports, in one shape.

https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cdk_ml.assembly import Resource, Template


class Severity(StrEnum):
    """How bad a finding is. Errors and warnings fail a check unless they are acknowledged; infos never do."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a pack found in one template.

    :ivar stack: the construct path of the stack, which names it uniquely.
    :ivar logical_id: of the resource; ``""`` where the finding is about the template.
    :ivar path: the construct path of the resource, or of the stack; ``""`` where the template does not say.
    :ivar fix: what to do, ``""`` where the pack does not say.
    :ivar source: the address of the rule's rationale, ``""`` where the pack does not say.
    :ivar acknowledged: the reason of the acknowledgement that covers it, or None.
    """

    pack: str
    rule: str
    severity: Severity
    stack: str
    logical_id: str
    path: str
    message: str
    fix: str = ""
    source: str = ""
    acknowledged: str | None = None

    @property
    def id(self) -> str:
        """The id to acknowledge it with: ``pack::rule``."""
        return f"{self.pack}::{self.rule}"

    @property
    def fails(self) -> bool:
        """Whether it fails a check: an error or warning that nobody acknowledged."""
        return self.acknowledged is None and self.severity is not Severity.INFO


def finding(
    template: Template,
    resource: Resource | None,
    *,
    pack: str,
    rule: str,
    severity: Severity,
    message: str,
    fix: str = "",
    source: str = "",
) -> Finding:
    """A finding on a resource of a template, or on the template."""
    return Finding(
        pack=pack,
        rule=rule,
        severity=severity,
        stack=template.path,
        logical_id=resource.logical_id if resource else "",
        path=resource.path if resource else template.path,
        message=message,
        fix=fix,
        source=source,
    )


def sentences(*parts: str) -> str:
    """What a finding says, each part that is not empty as a sentence."""
    return f"{'. '.join(part.rstrip('.') for part in parts if part)}."
