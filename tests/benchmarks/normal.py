"""A template without its logical ids: two templates are twins when theirs are equal.

A logical id is replaced by what it stands for: the element's own content and that of everything it refers to, found by
refining until nothing changes any more, as one colours a graph to see whether it is the same as another.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

# The CDK's own: a bootstrap check in every stack, and the version report of an app.
_OF_THE_CDK = {"BootstrapVersion", "CheckBootstrapVersion", "CDKMetadata", "CDKMetadataAvailable"}
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_SUB = re.compile(r"\$\{([A-Za-z0-9]+)([^}]*)\}")


def normal(template: Mapping[str, Any]) -> dict[str, Any]:
    """Every element of ``template`` by a label that two templates share if they say the same.

    Metadata is left out, and so is what the CDK adds to every stack.
    """
    elements = {
        logical_id: (section, {name: value for name, value in body.items() if name != "Metadata"})
        for section in _SECTIONS
        for logical_id, body in template.get(section, {}).items()
        if logical_id not in _OF_THE_CDK
    }
    labels = {logical_id: body.get("Type", section) for logical_id, (section, body) in elements.items()}
    for _ in range(len(elements)):
        refined = {
            logical_id: _label(section, body, _renamed(body, labels))
            for logical_id, (section, body) in elements.items()
        }
        settled = len(set(refined.values())) == len(set(labels.values()))
        labels = refined
        if settled:
            break
    counted: dict[str, int] = {}
    result = {}
    for logical_id, (_, body) in sorted(elements.items(), key=lambda item: labels[item[0]]):
        label = labels[logical_id]
        counted[label] = counted.get(label, 0) + 1
        result[f"{label} {counted[label]}"] = _renamed(body, labels)
    return result


def _label(section: str, body: Mapping[str, Any], renamed: Any) -> str:
    digest = hashlib.sha256(json.dumps(renamed, sort_keys=True).encode()).hexdigest()[:12]
    return f"{body.get('Type', section)} {digest}"


def _renamed(value: Any, labels: Mapping[str, str]) -> Any:
    match value:
        case {"Ref": str() as name} if len(value) == 1:
            return {"Ref": labels.get(name, name)}
        case {"Fn::GetAtt": [str() as name, *rest]} if len(value) == 1:
            return {"Fn::GetAtt": [labels.get(name, name), *_renamed(rest, labels)]}
        case {"Fn::FindInMap": [str() as name, *rest]} if len(value) == 1:
            return {"Fn::FindInMap": [labels.get(name, name), *_renamed(rest, labels)]}
        case dict():
            return {key: _entry(key, item, labels) for key, item in value.items()}
        case list():
            return [_renamed(item, labels) for item in value]
    return value


def _entry(key: str, value: Any, labels: Mapping[str, str]) -> Any:
    if key == "DependsOn":
        return sorted(labels.get(name, name) for name in ([value] if isinstance(value, str) else value))
    if key == "Fn::Sub" and isinstance(value, str):
        return _SUB.sub(lambda match: f"${{{labels.get(match[1], match[1])}{match[2]}}}", value)
    return _renamed(value, labels)
