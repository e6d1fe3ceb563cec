"""Assemblies of a few resources, written where a test can read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cdk_ml.assembly import Assembly, read
from cdk_ml.rehearsal import Outcome, rehearse

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}


def resource(type_: str, properties: Mapping[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    """A resource of a template; ``attributes`` are DependsOn, DeletionPolicy and the like."""
    return {"Type": type_, "Properties": dict(properties or {}), **attributes}


def assembly(resources: Mapping[str, Any], name: str = "Stack", **sections: Any) -> Assembly:
    """A stack with these resources; ``sections`` are Parameters, Outputs and the like."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.json"
        file.write_text(json.dumps({"Resources": resources, **sections}))
        return read(file)


def created(resources: Mapping[str, Any], **sections: Any) -> Outcome:
    """The rehearsed creation of a stack."""
    return rehearse(assembly(resources, **sections)).outcomes[0]


def updated(old: Mapping[str, Any], new: Mapping[str, Any]) -> Outcome:
    """The rehearsed update of a stack."""
    return rehearse(assembly(new), before=assembly(old)).outcomes[0]


def found(outcome: Outcome) -> list[tuple[str, str]]:
    """Kind and resource of what fails."""
    return [(finding.kind.value, finding.logical_id) for finding in outcome.findings if finding.fails]


def events(outcome: Outcome) -> list[tuple[str, str]]:
    """Action and resource of what happens, in order."""
    return [(event.action.value, event.logical_id) for event in outcome.events]
