"""Destroys every stack of an assembly: importing stacks first, and what depends on something before it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-delete-stack.html
"""

from __future__ import annotations

from collections.abc import Sequence

from cdk_ml.assembly import Assembly
from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal.outcome import Kind, Mode, Outcome
from cdk_ml.rehearsal.removal import delete_stack
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.world import StackState, World

_EXPORTS_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"


def destroy(assembly: Assembly, world: World, region: str, paths: Sequence[str]) -> Outcome:
    """Delete stacks.

    :param paths: of the stacks, in the order they were deployed.
    """
    stage = Stage(Mode.DESTROY, assembly, world, region)
    last: int | None = None
    for path in reversed(paths):
        state = stage.stacks.get(path)
        if state is None or state.parent is not None:
            continue
        _exports_in_use(stage, state)
        last = delete_stack(stage, path, stage.now, last)
        stage.now = stage.end(last) if last is not None else stage.now
    return stage.outcome()


def _exports_in_use(stage: Stage, state: StackState) -> None:
    world = World(stage.stacks)
    for name in state.exports:
        users = world.importers(state, name)
        if users:
            message = f"export {name} cannot be deleted while {', '.join(users)} imports it"
            fix = "Destroy the importing stack first"
            stage.find(Kind.EXPORT_IN_USE, Severity.ERROR, state.path, None, message, fix, _EXPORTS_PAGE)
