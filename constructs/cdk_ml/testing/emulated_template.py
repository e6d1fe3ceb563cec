"""Reduces a template to what an emulator can make, and says what that leaves out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

# Attributes that only repeat a property, and that the emulator does not have.
_ECHOES = {("AWS::EC2::VPC", "CidrBlock")}
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
# Custom resources of ours whose function asks a service that the emulator does not have, whatever they are told.
_ASKS_ELSEWHERE = {"Custom::DeployedEndpoint"}
_VARIABLE = re.compile(r"\$\{([^!.}]+)(\.[^}]*)?\}")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A resource that the emulator cannot make.

    :ivar used_by: logical ids of resources that were deployed with a made-up value in place of a reference to it.
    """

    logical_id: str
    type: str
    used_by: tuple[str, ...]

    def __str__(self) -> str:
        users = f", used by {', '.join(self.used_by)}" if self.used_by else ""
        return f"{self.logical_id} ({self.type}){users}"


def without_unsupported(
    template: Mapping[str, Any], supported: Collection[str]
) -> tuple[dict[str, Any], tuple[Dropped, ...]]:
    """``template`` without the resources that the emulator does not know, and what they were.

    A ``Ref``, ``Fn::GetAtt`` or ``Fn::Sub`` of one becomes a made-up value (an ARN where an ARN is asked for), so that
    a policy about an endpoint is still deployed. A dependency on one goes, and so does an output or a metadata entry
    that names one.

    Custom resources whose function does not run on Python are dropped as well, because the emulator has no AWS SDK for
    others, and alarms on metric math, which it does not know. So are those told of what is dropped: they would act
    on values that are made up; and the one that takes down an endpoint of ``cdk_ml.mlops``, because it asks SageMaker.

    :param supported: resource types that stay; :meth:`Emulator.supported` asks the emulator.
    """
    template = _echoed(template, template["Resources"])
    resources: Mapping[str, Any] = template["Resources"]
    gone = {
        name: body["Type"]
        for name, body in resources.items()
        if body["Type"] not in supported
        or body["Type"] in _ASKS_ELSEWHERE
        or _runs_elsewhere(body, resources)
        or _computes(body)
    }
    gone |= {name: body["Type"] for name, body in resources.items() if _told_of(body, gone)}
    users: dict[str, dict[str, None]] = {name: {} for name in gone}
    kept = {}
    for name, body in resources.items():
        if name in gone:
            continue
        found: set[str] = set()
        kept[name] = _replaced(body, gone, found)
        for used in sorted(found):
            users[used][name] = None
        if "DependsOn" in body:
            wanted = [body["DependsOn"]] if isinstance(body["DependsOn"], str) else body["DependsOn"]
            kept[name]["DependsOn"] = [other for other in wanted if other not in gone]
    outputs = {}
    for name, body in template.get("Outputs", {}).items():
        found = set()
        _replaced(body, gone, found)
        if not found:
            outputs[name] = body
    dropped = tuple(Dropped(name, type_, tuple(users[name])) for name, type_ in gone.items())
    return {**template, "Resources": kept, "Outputs": outputs}, dropped


def _echoed(value: Any, resources: Mapping[str, Any]) -> Any:
    """``value`` with properties in place of the attributes that repeat them."""
    match value:
        case {"Fn::GetAtt": [str() as name, str() as attribute]}:
            body = resources.get(name, {})
            known = (body.get("Type"), attribute) not in _ECHOES
            return value if known else body.get("Properties", {}).get(attribute, value)
        case dict():
            return {key: _echoed(item, resources) for key, item in value.items()}
        case list():
            return [_echoed(item, resources) for item in value]
    return value


def _runs_elsewhere(body: Mapping[str, Any], resources: Mapping[str, Any]) -> bool:
    if not body["Type"].startswith(_CUSTOM):
        return False
    match body.get("Properties", {}).get("ServiceToken"):
        case {"Fn::GetAtt": [str() as function, *_]}:
            runtime = resources.get(function, {}).get("Properties", {}).get("Runtime", "")
            return not (isinstance(runtime, str) and runtime.startswith("python"))
    return False


def _told_of(body: Mapping[str, Any], gone: Collection[str]) -> bool:
    """Whether a custom resource would act on a made-up value."""
    found: set[str] = set()
    if body["Type"].startswith(_CUSTOM):
        _replaced(body, gone, found)
    return bool(found)


def _computes(body: Mapping[str, Any]) -> bool:
    return body["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in body.get("Properties", {})


def _replaced(value: Any, gone: Collection[str], found: set[str]) -> Any:
    """``value`` with made-up values for references to what is ``gone``, whose names are added to ``found``."""

    def made_up(name: str, attribute: str) -> str:
        found.add(name)
        arn = attribute.lower().endswith("arn")
        return f"arn:aws:dropped:us-east-1:111111111111:{name}" if arn else f"dropped-{name.lower()}"

    def variable(match: re.Match[str]) -> str:
        return made_up(match[1], match[2] or "") if match[1] in gone else match[0]

    match value:
        case {"Ref": str() as name} if name in gone:
            return made_up(name, "")
        case {"Fn::GetAtt": [str() as name, str() as attribute]} if name in gone:
            return made_up(name, attribute)
        case {"Fn::GetAtt": str() as text} if text.partition(".")[0] in gone:
            return made_up(text.partition(".")[0], text)
        case {"Fn::Sub": str() as text}:
            return {"Fn::Sub": _VARIABLE.sub(variable, text)}
        case {"Fn::Sub": [str() as text, dict() as values]}:
            return {"Fn::Sub": [_VARIABLE.sub(variable, text), _replaced(values, gone, found)]}
        case dict():
            return {key: _replaced(item, gone, found) for key, item in value.items()}
        case list():
            return [_replaced(item, gone, found) for item in value]
    return value
