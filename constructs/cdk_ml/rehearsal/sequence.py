"""The order in which the stacks of an assembly are deployed: each after those whose outputs it reads.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.assembly import Assembly, Template
from cdk_ml.rehearsal import graph, judgement, parameters
from cdk_ml.rehearsal.intrinsics import Resolver
from cdk_ml.rehearsal.source import written_out
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.values import Invented, text

_READS = ("Fn::ImportValue", "Fn::GetStackOutput")


def in_order(assembly: Assembly, stage: Stage, given: Mapping[str, Any]) -> list[Template]:
    """The stacks that are nested in none, each after those whose exports it imports or whose outputs it asks for.

    :param given: values of parameters, which may be part of the name of an export.
    """
    roots = {t.path: t for t in assembly.templates if not stage.is_nested(t.path)}
    offered: dict[tuple[str, ...], str] = {}
    for path, template in roots.items():
        place = parameters.place(template, stage.region)
        offered["stack", place.region, template.name] = path
        resolver = _resolver(template, stage, given)
        for output in written_out(template, resolver, "Outputs").values():
            if isinstance(output, Mapping) and isinstance(output.get("Export"), Mapping):
                name = text(resolver.resolve(output["Export"].get("Name")))
                offered["export", place.account, place.region, name] = path
    needs: dict[str, list[str]] = {}
    for path in roots:
        inside = [t for t in assembly.templates if t.path == path or t.path.startswith(f"{path}/")]
        wanted = dict.fromkeys(key for template in inside for key in _wanted(template, stage, given))
        needs[path] = [offered[key] for key in wanted if key in offered and offered[key] != path]
    ordered, cycles = graph.order(needs)
    for circle in cycles:
        judgement.import_each_other(stage, circle)
    return [roots[path] for path in ordered]


def own(given: Mapping[str, Any], template: Template) -> Mapping[str, Any]:
    """The values that are given to the parameters of one stack."""
    found = given.get(template.name)
    return found if isinstance(found, Mapping) else given


def _wanted(template: Template, stage: Stage, given: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    found = list(_reads(template.raw))
    if not found:
        return
    place = parameters.place(template, stage.region)
    resolver = _resolver(template, stage, given)
    for function, argument in found:
        if function == "Fn::ImportValue":
            yield "export", place.account, place.region, text(resolver.resolve(argument))
        elif isinstance(argument, Mapping):
            region = text(resolver.resolve(argument.get("Region") or place.region))
            yield "stack", region, text(resolver.resolve(argument.get("StackName")))


def _resolver(template: Template, stage: Stage, given: Mapping[str, Any]) -> Resolver:
    place = parameters.place(template, stage.region)
    values, _ = parameters.values(template, own(given, template))

    def unknown(*asked: object) -> Invented:
        return Invented(f"<{asked[0]}>", str(asked[0]))

    return Resolver.of(
        template.raw, parameters.pseudo(template, place) | values, place.region, unknown, unknown, unknown
    )


def _reads(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _READS:
                yield key, inner
            yield from _reads(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _reads(inner)
