"""Definitions of state machines as they are deployed, for emulators to run."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk

from cdk_ml.workflow import StateMachine

KNOWN = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111111111111"}


def definition(machine: StateMachine) -> str:
    """The definition of a state machine, in the way to write paths that emulators know."""
    text = _rendered(cdk.Stack.of(machine).resolve(machine.cfn_state_machine.definition_string))
    return re.sub(r"\$\['(\w+)'\]", r"$.\1", text)


def _rendered(value: Any) -> str:
    """A definition with names in place of what only the deployment knows."""
    match value:
        case str():
            return value
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_rendered, parts))
        case {"Fn::Select": [int() as index, list() as choices]}:
            return _rendered(choices[index])
        case {"Ref": name}:
            return KNOWN.get(name, str(name).lower())
        case {"Fn::GetAtt": [name, "Arn"]}:
            return f"arn:aws:made:us-east-1:111111111111:{name}"
        case {"Fn::GetAtt": _} | {"Fn::FindInMap": _} | {"Fn::Sub": _}:
            return "made"
    raise NotImplementedError(value)
