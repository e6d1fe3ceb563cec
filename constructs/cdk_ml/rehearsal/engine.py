"""Rehearses an assembly: every stack is created, updated from an older assembly, made to fail, and destroyed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.assembly import Assembly, Template
from cdk_ml.rehearsal import graph, schemas
from cdk_ml.rehearsal.deploy import Deployment
from cdk_ml.rehearsal.destroy import destroy as destroyed
from cdk_ml.rehearsal.failure import with_failures
from cdk_ml.rehearsal.outcome import Mode, Outcome, Rehearsal
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.world import World

DEFAULT_REGION = "us-east-1"
Parameters = Mapping[str, Any]


def rehearse(
    assembly: Assembly,
    *,
    before: Assembly | None = None,
    region: str = DEFAULT_REGION,
    parameters: Parameters | None = None,
    fail: bool = False,
    destroy: bool = False,
    stack_policy: Mapping[str, Any] | None = None,
) -> Rehearsal:
    """Rehearse the deployment of an assembly, and what may follow it.

    :param before: what is deployed already; nothing when not given.
    :param region: of the stacks that are bound to none.
    :param parameters: values by the names of parameters, for all stacks; or by the names of stacks, for one each.
    :param fail: let every single action fail once, and see what the rollback leaves.
    :param destroy: destroy everything afterwards.
    :param stack_policy: of every stack that is updated.
    :raises AssemblyError: for a region without schemas.
    """
    schemas.check_region(region)
    given = parameters or {}
    outcomes: list[Outcome] = []
    world = World()
    if before is not None:
        # What is wrong with what is deployed already is no news: it stands.
        world = _deploy(before, Mode.CREATE, world, region, given).world
    mode = Mode.CREATE if before is None else Mode.UPDATE
    deployed = _deploy(assembly, mode, world, region, given, stack_policy)
    if fail:
        deployed = with_failures(deployed, world)
    outcomes.append(deployed)
    if destroy:
        gone = destroyed(assembly, deployed.world, region, list(deployed.world.stacks))
        if fail:
            gone = with_failures(gone, deployed.world)
        outcomes.append(gone)
    return Rehearsal(tuple(outcomes))


def _deploy(
    assembly: Assembly,
    mode: Mode,
    world: World,
    region: str,
    given: Parameters,
    policy: Mapping[str, Any] | None = None,
) -> Outcome:
    stage = Stage(mode, assembly, world, region, policy)
    for template in in_order(assembly, stage):
        own = given.get(template.name)
        values = own if isinstance(own, Mapping) else given
        # One stack is deployed after the other, so each waits for what ended last.
        deployment = Deployment(stage, template, values, start=stage.now, cause=stage.last())
        stage.now = deployment.run()
    return stage.outcome()


def in_order(assembly: Assembly, stage: Stage) -> list[Template]:
    """The stacks that are nested in none, each after those whose exports it imports."""
    roots = {t.path: t for t in assembly.templates if not stage.is_nested(t.path)}
    exported: dict[str, str] = {}
    for path, template in roots.items():
        for output in template.outputs.values():
            if isinstance(output, Mapping) and isinstance(output.get("Export"), Mapping):
                exported[_key(output["Export"].get("Name"))] = path
    needs: dict[str, list[str]] = {}
    for path in roots:
        inside = [t for t in assembly.templates if t.path == path or t.path.startswith(f"{path}/")]
        names = {_key(name) for t in inside for name in _imports(t.raw)}
        needs[path] = [exported[name] for name in names if name in exported and exported[name] != path]
    ordered, _ = graph.order(needs)
    return [roots[path] for path in ordered]


def _imports(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Fn::ImportValue":
                yield inner
            yield from _imports(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _imports(inner)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
