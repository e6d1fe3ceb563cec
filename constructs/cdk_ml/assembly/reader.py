"""Reads a cloud assembly or one template into the model.

A cloud assembly is a folder with a manifest.json that lists stacks, and nested assemblies for the stages. What the
templates do not say lies beside them in the stacks' metadata files: which construct made which logical id, which
template belongs to which nested stack, and which findings were acknowledged where.

https://docs.aws.amazon.com/cdk/v2/guide/deploy-synth.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cdk_ml.assembly.acknowledgements import in_metadata, in_report, in_template
from cdk_ml.assembly.model import Acknowledgement, Assembly, AssemblyError, Resource, Template
from cdk_ml.assembly.shape import GENERATED
from cdk_ml.assembly.source import load_manifest, load_metadata, load_template

_NESTED = "AWS::CloudFormation::Stack"
_UNKNOWN = ("unknown-account", "unknown-region")


def read(path: Path) -> Assembly:
    """Read a cloud assembly (the folder that ``cdk synth`` writes) or one template (JSON or YAML).

    :raises AssemblyError: for anything else, in one line.
    """
    if not path.exists():
        raise AssemblyError(f"{path}: no such file or folder. Give a template, or the folder that cdk synth writes.")
    if not path.is_dir():
        name = path.name.split(".")[0]
        template = _template(path, load_template(path), name=name, stack_path=name)
        return Assembly(path.parent, (template,), tuple(in_template(template)))
    if not (path / "manifest.json").is_file():
        raise AssemblyError(f"{path}: not a cloud assembly: it has no manifest.json. Run cdk synth first.")
    templates: list[Template] = []
    acknowledgements: list[Acknowledgement] = []
    for template, recorded in _stacks(path):
        templates.append(template)
        acknowledgements += recorded
    acknowledgements += in_report(path / "validation-report.json", templates, acknowledgements)
    acknowledgements += (found for t in templates for found in in_template(t, recorded=acknowledgements))
    return Assembly(path, tuple(templates), tuple(acknowledgements))


def _stacks(directory: Path) -> Iterator[tuple[Template, list[Acknowledgement]]]:
    for artifact_id, artifact in load_manifest(directory / "manifest.json").items():
        if artifact.get("type") == "cdk:cloud-assembly":
            inner = directory / artifact["properties"]["directoryName"]
            if directory.resolve().is_relative_to(inner.resolve()):
                raise AssemblyError(f"{directory / 'manifest.json'}: the cloud assembly {artifact_id} contains itself.")
            yield from _stacks(inner)
        elif artifact.get("type") == "aws:cloudformation:stack":
            yield from _stack(directory, artifact_id, artifact)


def _stack(
    directory: Path, artifact_id: str, artifact: Mapping[str, Any]
) -> Iterator[tuple[Template, list[Acknowledgement]]]:
    properties = artifact["properties"]
    metadata = dict(artifact.get("metadata") or {})
    if "additionalMetadataFile" in artifact:
        metadata |= load_metadata(directory / artifact["additionalMetadataFile"])
    name = properties.get("stackName", artifact_id)
    file = properties["templateFile"]
    entries = {path.removeprefix("/"): found for path, found in metadata.items()}
    files = {path: str(data) for path, data in _of_type(entries, "aws:cdk:templateFile")}
    stack_path = next((p for p, f in files.items() if f == file), str(artifact.get("displayName", name)).split(" ")[0])
    files[stack_path] = file
    logical_ids: dict[str, dict[str, str]] = {}
    for path, logical_id in _of_type(entries, "aws:cdk:logicalId"):
        logical_ids.setdefault(_owner(path, files), {})[str(logical_id)] = path
    account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
    recorded = in_metadata(_of_type(entries, "aws:cdk:acknowledged-rules"))

    def build(
        path: str, template_file: str, template_name: str, around: tuple[str, ...] = ()
    ) -> Iterator[tuple[Template, list[Acknowledgement]]]:
        if template_file in around:
            here = directory / template_file
            raise AssemblyError(f"{here}: the nested stack {path} contains itself. Take it out of its own template.")
        template = _template(
            directory / template_file,
            load_template(directory / template_file),
            name=template_name,
            stack_path=path,
            account=None if account in _UNKNOWN else account or None,
            region=None if region in _UNKNOWN else region or None,
            paths=logical_ids.get(path, {}),
        )
        own = [Acknowledgement(rule, reason, at, path) for at, rule, reason in recorded if _owner(at, files) == path]
        yield template, own
        for child_path, child_file in _nested(template, path, files):
            files.setdefault(child_path, child_file)
            name_of_child = f"{template_name}/{child_path.rpartition('/')[2]}"
            yield from build(child_path, child_file, name_of_child, (*around, template_file))

    yield from build(stack_path, file, name)


def _nested(template: Template, path: str, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    known = {p: f for p, f in files.items() if p.startswith(f"{path}/") and _owner(p, {**files, p: ""}, p) == path}
    yield from known.items()
    for resource in template.of_type(_NESTED):
        # Assemblies of older CDK versions name the file only here.
        file = resource.metadata.get("aws:asset:path")
        if isinstance(file, str) and file not in known.values() and (template.file.parent / file).is_file():
            parent = resource.path.rpartition("/")[0]
            yield parent.removesuffix(".NestedStack") or f"{path}/{resource.logical_id}", file


def _owner(path: str, stacks: Mapping[str, str], besides: str = "") -> str:
    """The innermost stack that a construct path lies in."""
    inside = (s for s in stacks if s != besides and (path == s or path.startswith(f"{s}/")))
    return max(inside, key=len, default="")


def _of_type(entries: Mapping[str, Iterable[Mapping[str, Any]]], type_: str) -> list[tuple[str, Any]]:
    return [
        (path, entry.get("data")) for path, found in entries.items() for entry in found if entry.get("type") == type_
    ]


def _template(
    file: Path,
    raw: Mapping[str, Any],
    *,
    name: str,
    stack_path: str,
    account: str | None = None,
    region: str | None = None,
    paths: Mapping[str, str] | None = None,
) -> Template:
    resources = {
        logical_id: _resource(logical_id, body, (paths or {}).get(logical_id))
        for logical_id, body in raw["Resources"].items()
        # A loop of the language extensions has no logical id of its own; the packs that expand it report on it.
        if not logical_id.startswith(GENERATED)
    }
    return Template(
        name=name,
        path=stack_path,
        file=file,
        account=account,
        region=region,
        resources=resources,
        parameters=raw.get("Parameters") or {},
        outputs=raw.get("Outputs") or {},
        raw=raw,
    )


def _resource(logical_id: str, body: Mapping[str, Any], path: str | None) -> Resource:
    metadata = body.get("Metadata") or {}
    depends_on = body.get("DependsOn") or ()
    return Resource(
        logical_id=logical_id,
        type=body["Type"],
        properties=body.get("Properties") or {},
        metadata=metadata,
        depends_on=(depends_on,) if isinstance(depends_on, str) else tuple(depends_on),
        condition=body.get("Condition"),
        deletion_policy=body.get("DeletionPolicy"),
        update_replace_policy=body.get("UpdateReplacePolicy"),
        path=path or str(metadata.get("aws:cdk:path", "")),
    )
