"""Reports resources of services and features that ended, closed to new customers, or are frozen, with their successor.

Such resources synthesize and lint cleanly; only the deployment fails, and only on an account that never used them: an
existing customer acknowledges the finding.

https://docs.aws.amazon.com/general/latest/gr/maintenance_services.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Assembly, Resource, Template
from cdk_ml.checks.finding import Finding, Severity, finding
from cdk_ml.checks.values import at, is_intrinsic
from cdk_ml.facts import lifecycle
from cdk_ml.facts.lifecycle import Entry, State

PACK = "Lifecycle"
RULES = {
    State.ENDED: ("Lifecycle-Ended", Severity.ERROR),
    State.CLOSED_TO_NEW_CUSTOMERS: ("Lifecycle-ClosedToNewCustomers", Severity.ERROR),
    State.FROZEN: ("Lifecycle-Frozen", Severity.WARNING),
}
"""Rule and severity by state; what is in any other state is fine."""

_SOURCE = "https://docs.aws.amazon.com/general/latest/gr/maintenance_services.html"


def check(assembly: Assembly) -> Iterator[tuple[Template, list[Finding]]]:
    """What new accounts cannot use, template by template."""
    for template in assembly.templates:
        yield template, [found for r in template.resources.values() for found in _findings(r, template)]


def _findings(resource: Resource, template: Template) -> Iterator[Finding]:
    entry = lifecycle.for_resource_type(resource.type)
    if entry is not None:
        yield from _finding(resource, template, entry, resource.type)
    for closed in lifecycle.closed_properties(resource.type):
        values = [value for value in at(resource.properties, closed.path) if not is_intrinsic(value)]
        if any(closed.equals is None or value == closed.equals for value in values):
            what = closed.path if closed.equals is None else f"{closed.path} {closed.equals}"
            yield from _finding(resource, template, lifecycle.entry(closed.key), what)


def _finding(resource: Resource, template: Template, entry: Entry, what: str) -> Iterator[Finding]:
    if entry.state in RULES:
        rule, severity = RULES[entry.state]
        yield finding(
            template,
            resource,
            pack=PACK,
            rule=rule,
            severity=severity,
            message=f"{what}: {entry.sentence()}",
            fix=f"Use {entry.successor}" if entry.successor else "",
            source=_SOURCE,
        )
