"""The model of a cloud assembly: templates, their resources, and the findings their authors acknowledged.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from operator import itemgetter
from pathlib import Path
from typing import Any


class AssemblyError(ValueError):
    """What was given is not a cloud assembly or a CloudFormation template; the message is one line."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a template.

    :ivar path: the construct path as CDK's own reports have it (``Stack/Bucket/Resource``), or ``""``.
    """

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any]
    depends_on: tuple[str, ...]
    condition: str | None
    deletion_policy: str | None
    update_replace_policy: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Template:
    """One CloudFormation template, of a stack or of a nested stack.

    :ivar name: the name of the stack.
    :ivar path: the construct path of the stack, as ``cdk ls`` prints it; the name for a plain template.
    :ivar region: the region the stack is bound to, or None.
    :ivar raw: the whole template.
    """

    name: str
    path: str
    file: Path
    account: str | None
    region: str | None
    resources: Mapping[str, Resource]
    parameters: Mapping[str, Any]
    outputs: Mapping[str, Any]
    raw: Mapping[str, Any]
    _by_type: dict[str, list[tuple[int, Resource]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Rules ask once for each resource: walking the template each time would make them quadratic.
        by_type: dict[str, list[tuple[int, Resource]]] = {}
        for entry in enumerate(self.resources.values()):
            by_type.setdefault(entry[1].type, []).append(entry)
        object.__setattr__(self, "_by_type", by_type)

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """The resources of these types, in template order."""
        found = [entry for type_ in dict.fromkeys(types) for entry in self._by_type.get(type_, ())]
        return tuple(resource for _, resource in sorted(found, key=itemgetter(0)))

    def target(self, value: object) -> Resource | None:
        """The resource of this template that a ``Ref``, ``Fn::GetAtt`` or one-variable ``Fn::Sub`` points at."""
        if not isinstance(value, Mapping) or len(value) != 1:
            return None
        function, argument = next(iter(value.items()))
        match function, argument:
            case "Ref", str():
                return self.resources.get(argument)
            case "Fn::GetAtt", str():
                return self.resources.get(argument.split(".")[0])
            case "Fn::GetAtt", [str() as logical_id, *_]:
                return self.resources.get(logical_id)
            case "Fn::Sub", str() if argument.startswith("${") and argument.find("}") == len(argument) - 1:
                return self.resources.get(argument[2:-1].split(".")[0])
        return None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A finding that the author of a construct accepts, and why.

    :ivar rule: the rule id as recorded: ``AwsSolutions::AwsSolutions-IAM5[Resource::*]``, ``Annotation::...`` where the
        author named no pack.
    :ivar path: the construct it was recorded at; it covers everything below.
    :ivar stack: the path of the stack it belongs to; ``""`` where it was recorded above every stack.
    :ivar logical_id: for one found in the template itself: the resource, or ``""`` for the whole template.
    :ivar in_template: it was read from a template's ``cdk_nag`` metadata, which cdk-nag copies from parents to
        children: that one of them matches nothing proves nothing.
    :ivar finding: for ``applies_to`` of cdk-nag 2: a regular expression that the part in brackets has to match.
    """

    rule: str
    reason: str
    path: str
    stack: str
    logical_id: str = ""
    in_template: bool = False
    finding: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """Every template that was read, nested assemblies (stages) and nested stacks included.

    :ivar directory: the folder of the assembly, or of the plain template.
    """

    directory: Path
    templates: tuple[Template, ...]
    acknowledgements: tuple[Acknowledgement, ...]

    @staticmethod
    def join(assemblies: Iterable[Assembly]) -> Assembly:
        """Several assemblies and templates as one.

        :raises AssemblyError: when two of them have a stack of the same path.
        """
        first, *others = assemblies
        joined = replace(
            first,
            templates=(*first.templates, *(template for other in others for template in other.templates)),
            acknowledgements=(*first.acknowledgements, *(a for other in others for a in other.acknowledgements)),
        )
        files: dict[str, Path] = {}
        for template in joined.templates:
            if template.path in files:
                other = files[template.path]
                raise AssemblyError(f"{template.file}: has the same name as {other}. Check them one at a time.")
            files[template.path] = template.file
        return joined

    def select(self, stacks: Iterable[str]) -> Assembly:
        """The assembly reduced to some stacks and their nested stacks.

        :param stacks: names or construct paths of stacks; ``*`` and ``?`` as the CDK CLI has them.
        :raises AssemblyError: for a name that selects nothing.
        """
        chosen: set[str] = set()
        for pattern in stacks:
            roots = [t.path for t in self.templates if fnmatchcase(t.name, pattern) or fnmatchcase(t.path, pattern)]
            if not roots:
                known = ", ".join(template.path for template in self.templates)
                raise AssemblyError(f"{pattern}: no such file, and no such stack in {self.directory}. It has {known}.")
            for root in roots:
                chosen.update(t.path for t in self.templates if t.path == root or t.path.startswith(f"{root}/"))
        return replace(
            self,
            templates=tuple(template for template in self.templates if template.path in chosen),
            acknowledgements=tuple(a for a in self.acknowledgements if not a.stack or a.stack in chosen),
        )
