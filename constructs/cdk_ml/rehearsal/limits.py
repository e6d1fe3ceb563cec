"""What CloudFormation refuses before it looks at any resource: a template that is too large, or that it cannot read.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal.intrinsics import Resolver
from cdk_ml.rehearsal.outcome import Kind, Problem
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.values import NO_VALUE

_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_RESOURCES = 500
_BODY = 1_048_576
_SECTIONS = {"Parameters": 200, "Mappings": 200, "Outputs": 200}


def quotas(stage: Stage, template: Template, resources: Collection[str]) -> None:
    """Note every quota that a template goes beyond.

    :param resources: those of the template, whether their conditions hold or not.
    """
    counts = [("Resources", len(resources), _RESOURCES)]
    counts += [(name, len(template.raw.get(name) or ()), most) for name, most in _SECTIONS.items()]
    for name, number, most in counts:
        if number > most:
            message = f"{number:,} {name.lower()}, where a template can have {most}"
            _refuse(stage, template, message, "Split the stack, or nest a part of it")
    size = _size(template)
    if size > _BODY:
        message = f"the template has {size:,} bytes, where CloudFormation reads {_BODY:,}"
        _refuse(stage, template, message, "Split the stack, or leave spaces and metadata out of the template")


def readable(resources: Mapping[str, Resource], outputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Why CloudFormation cannot read the template."""
    if not resources:
        message = "the template has no resource"
        yield Problem(Kind.UNRESOLVED, message, "Give it one; AWS::CloudFormation::WaitConditionHandle costs nothing")
    for section, names in (("resource", resources), ("output", outputs)):
        for name in names:
            if not (name.isascii() and name.isalnum()) and not name.startswith("Fn::"):
                message = f"{section} {name}: logical ids have letters and digits only"
                yield Problem(Kind.INVALID_PROPERTY, message, "Rename it")


def of_outputs(outputs: Mapping[str, Any], values: Mapping[str, Any], resolver: Resolver) -> Iterator[Problem]:
    """What is wrong with the outputs of a stack.

    :param values: the resolved ones, by name.
    """
    exported: dict[str, str] = {}
    for name, value in values.items():
        if value is None or value is NO_VALUE or isinstance(value, Mapping | list):
            what = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, Mapping) else "nothing"
            message = f"the value of output {name} has to be text, and is {what}"
            yield Problem(Kind.UNRESOLVED, message, "Join a list with Fn::Join, or leave the output out by a Condition")
        export = outputs[name].get("Export")
        if isinstance(export, Mapping) and "Name" in export:
            under = str(resolver.resolve(export["Name"]))
            if under in exported:
                message = f"outputs {exported[under]} and {name} are both exported as {under}"
                yield Problem(Kind.ALREADY_EXISTS, message, "Rename one of them")
            exported.setdefault(under, name)


def _size(template: Template) -> int:
    try:
        return template.file.stat().st_size
    except OSError:
        # It was read from a folder that is gone.
        return len(json.dumps(template.raw, separators=(",", ":")))


def _refuse(stage: Stage, template: Template, message: str, fix: str) -> None:
    stage.find(Kind.LIMIT, Severity.ERROR, template.path, None, message, fix, _PAGE)
