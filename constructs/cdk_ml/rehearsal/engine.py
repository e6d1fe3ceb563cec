"""Rehearses an assembly: every stack is created, updated from an older assembly, made to fail, and destroyed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from cdk_ml.assembly import Assembly, AssemblyError
from cdk_ml.rehearsal import schemas
from cdk_ml.rehearsal.deploy import Deployment
from cdk_ml.rehearsal.destroy import destroy as destroyed
from cdk_ml.rehearsal.failure import with_failures
from cdk_ml.rehearsal.outcome import Mode, Outcome, Rehearsal
from cdk_ml.rehearsal.sequence import in_order, own
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
    :raises AssemblyError: for a region without schemas, for values of parameters that no stack has, and for a stack
        policy that is none.
    """
    schemas.check_region(region)
    given = parameters or {}
    _check(given, [assembly, *([before] if before is not None else [])])
    if stack_policy is not None and not (isinstance(stack_policy, Mapping) and "Statement" in stack_policy):
        raise AssemblyError("A stack policy is a JSON object with Statement.")
    try:
        return _rehearse(assembly, before, region, given, fail, destroy, stack_policy)
    except RecursionError:
        raise AssemblyError("The conditions of a template need each other too deeply to be decided.") from None


def _rehearse(
    assembly: Assembly,
    before: Assembly | None,
    region: str,
    given: Parameters,
    fail: bool,
    destroy: bool,
    stack_policy: Mapping[str, Any] | None,
) -> Rehearsal:
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


def _check(given: Parameters, assemblies: Sequence[Assembly]) -> None:
    templates = [template for assembly in assemblies for template in assembly.templates]
    declared = {name for template in templates for name in template.parameters}
    stacks = {template.name for template in templates}
    for name in given:
        if name not in declared and name not in stacks:
            close = get_close_matches(name, sorted(declared | stacks), n=1)
            there = f"Did you mean {close[0]}?" if close else f"There are {', '.join(sorted(declared)) or 'none'}."
            raise AssemblyError(f"{name}: no stack has a parameter of that name. {there}")


def _deploy(
    assembly: Assembly,
    mode: Mode,
    world: World,
    region: str,
    given: Parameters,
    policy: Mapping[str, Any] | None = None,
) -> Outcome:
    stage = Stage(mode, assembly, world, region, policy)
    for template in in_order(assembly, stage, given):
        # One stack is deployed after the other, so each waits for what ended last.
        deployment = Deployment(stage, template, own(given, template), start=stage.now, cause=stage.last())
        stage.now = deployment.run()
    return stage.outcome()
