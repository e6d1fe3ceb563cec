"""How one rule of our own is written: one file of fewer than 60 lines in checks/ml, found without a list.

The file's docstring is the rationale; ``RULE`` says the rest, with an example that is fine and one that is not, which
are its tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Finding, Severity, finding

Check = Callable[[Resource, Template], Iterable[str]]
"""Yields one message per thing that is wrong with the resource. A value only deployment knows is not accused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule over the resources of some types.

    :ivar id: ``<pack>-<Name>``.
    :ivar title: what holds when the rule is met, in one line.
    :ivar source: the AWS page that says why.
    :ivar resource_types: CloudFormation types it looks at.
    :ivar fix: what to do, as a full sentence.
    :ivar good: the ``Resources`` of a template with no finding.
    :ivar bad: the ``Resources`` of a template with at least one.
    """

    id: str
    title: str
    severity: Severity
    source: str
    resource_types: tuple[str, ...]
    check: Check
    fix: str
    good: Mapping[str, Any]
    bad: Mapping[str, Any]

    def findings(self, template: Template) -> Iterator[Finding]:
        """What the rule finds in a template."""
        for resource in template.of_type(*self.resource_types):
            for message in self.check(resource, template):
                yield finding(
                    template,
                    resource,
                    pack=self.id.partition("-")[0],
                    rule=self.id,
                    severity=self.severity,
                    message=message,
                    fix=self.fix,
                    source=self.source,
                )


@cache
def rules_in(package: ModuleType) -> tuple[Rule, ...]:
    """The ``RULE`` of every module of a package, by id."""
    modules = (import_module(f"{package.__name__}.{module.name}") for module in iter_modules(package.__path__))
    return tuple(sorted((module.RULE for module in modules), key=lambda rule: rule.id))


def example(type_: str, **properties: object) -> dict[str, Any]:
    """The ``Resources`` of a template with one resource, named after its type."""
    return {type_.rpartition("::")[2]: {"Type": type_, "Properties": properties}}
