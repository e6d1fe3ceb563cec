"""Whether a mapping has the shape of a template or a manifest, so that whoever reads one need not ask again.

What the sections say is judged elsewhere; here a section is a mapping, a resource has a type, and so on.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
https://docs.aws.amazon.com/cdk/v2/guide/deploy-synth.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

GENERATED = ("Fn::ForEach", "Fn::Transform")
"""What stands where a name would and is none: the language extensions and macros make of it what has names."""

_SECTIONS = ("Parameters", "Rules", "Mappings", "Conditions", "Outputs", "Metadata")
_OF_MAPPINGS = ("Parameters", "Rules", "Mappings", "Outputs")
_ATTRIBUTES = ("Properties", "Metadata", "UpdatePolicy", "CreationPolicy")
_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_FILES = {"cdk:cloud-assembly": "directoryName", "aws:cloudformation:stack": "templateFile"}
# Far above what anybody writes, and far below where a walk through it would end the process.
_LEVELS = 200


def problems_of_template(template: Mapping[str, Any]) -> Iterator[str]:
    """Why it is not a template, each as the rest of a sentence."""
    resources = template.get("Resources")
    if not isinstance(resources, Mapping):
        yield "it has no mapping named Resources"
        return
    if _is_deeper(template, _LEVELS):
        yield f"it is nested more than {_LEVELS} levels deep"
        return
    for section in _SECTIONS:
        content = template.get(section) or {}
        if not isinstance(content, Mapping):
            yield f"{section} is not a mapping"
        elif section in _OF_MAPPINGS:
            yield from (f"{section}/{name} is not a mapping" for name in _not_mappings(content))
    for logical_id, resource in resources.items():
        if not logical_id.startswith(GENERATED):
            yield from _of_resource(logical_id, resource)


def problems_of_manifest(artifacts: Any) -> Iterator[str]:
    """Why these are not the artifacts of a manifest, each as the rest of a sentence."""
    if not isinstance(artifacts, Mapping):
        yield "artifacts is not a mapping"
        return
    for name, artifact in artifacts.items():
        if not isinstance(artifact, Mapping):
            yield f"artifact {name} is not a mapping"
            continue
        file = _FILES.get(str(artifact.get("type")))
        properties = artifact.get("properties")
        if file and not (isinstance(properties, Mapping) and isinstance(properties.get(file), str)):
            yield f"artifact {name} has no {file}"
        if not isinstance(artifact.get("additionalMetadataFile", ""), str):
            yield f"additionalMetadataFile of artifact {name} is not a string"
        if not is_metadata(artifact.get("metadata") or {}):
            yield f"metadata of artifact {name} is not a mapping of lists"


def is_metadata(metadata: Any) -> bool:
    """Whether it has the shape of a stack's metadata: by construct path, a list of mappings."""
    return isinstance(metadata, Mapping) and all(
        isinstance(entries, list) and all(isinstance(entry, Mapping) for entry in entries)
        for entries in metadata.values()
    )


def _of_resource(logical_id: str, resource: Any) -> Iterator[str]:
    if not isinstance(resource, Mapping) or not isinstance(resource.get("Type"), str):
        yield f"resource {logical_id} has no Type"
        return
    for attribute in _ATTRIBUTES:
        if not isinstance(resource.get(attribute) or {}, Mapping):
            yield f"{attribute} of {logical_id} is not a mapping"
    for attribute in _POLICIES:
        # With the language extensions, a function may choose the policy.
        if not isinstance(resource.get(attribute) or "", str | Mapping):
            yield f"{attribute} of {logical_id} is not a string"
    if not isinstance(resource.get("Condition") or "", str):
        yield f"Condition of {logical_id} is not the name of a condition"
    depends_on = resource.get("DependsOn") or []
    names = [depends_on] if isinstance(depends_on, str) else depends_on
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        yield f"DependsOn of {logical_id} is neither a logical id nor a list of them"


def _not_mappings(section: Mapping[str, Any]) -> Iterator[str]:
    return (name for name, body in section.items() if not name.startswith(GENERATED) and not isinstance(body, Mapping))


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether it is nested deeper, found without going down one call for each level."""
    layer = [value]
    for _ in range(levels):
        inner: list[Any] = []
        for each in layer:
            if isinstance(each, Mapping):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return False
        layer = inner
    return True
