"""How long a synth takes: the library, the same template without it, in TypeScript, and a peer library."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks import environments
from tests.benchmarks.measure import Command, CommandFailedError, Taken, median, ratio, take_turns
from tests.benchmarks.normal import normal
from tests.benchmarks.table import Goal, Table

ROOT = Path(__file__).resolve().parents[2]
APPS = Path(__file__).parent / "apps"
LIBRARY, RAW, TYPESCRIPT, PEER = "cdk-ml, Python", "raw CDK, Python", "raw CDK, TypeScript", "peer library, Python"
# The packages import on demand, so that what is asked for is what a user of the reference stack asks for.
_IMPORTS = (
    "import cdk_ml.workspace, cdk_ml.cost; from cdk_ml.sagemaker import Model, NeuronFit, RealTimeEndpoint, Scaling"
)


def surroundings(*, validation: bool) -> dict[str, str]:
    """What every app gets: the project's own context, and Node's compile cache."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:enable-path-metadata": True}
    return {
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_VALIDATION": "true" if validation else "false",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "NODE_COMPILE_CACHE": os.environ.get("NODE_COMPILE_CACHE", str(environments.KEPT / "node")),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *(path for path in sys.path if path)]),
    }


def synths(folder: Path, rounds: int) -> list[Table]:
    """Whole processes, with the CDK's validator as users have it, and without.

    :raises AssertionError: when the twins do not yield the same template.
    """
    extra, left_out = _others()
    tables = []
    for validation in (True, False):
        env = surroundings(validation=validation)
        place = folder / str(validation)
        commands = {LIBRARY: _app("library", env), RAW: _app("raw", env)}
        commands |= {name: Command(argv, env if name == TYPESCRIPT else _alone(env)) for name, argv in extra.items()}
        taken = take_turns(commands, rounds, place)
        templates = {name: _template(place / name) for name in commands}
        for name in {RAW, TYPESCRIPT} & set(commands):
            assert normal(templates[name]) == normal(templates[LIBRARY]), f"{name} is not a twin of {LIBRARY}"
        title = "One synth" if validation else "One synth without the CDK's validator"
        note = "Ratios are medians over neighbouring runs, wall / CPU."
        tables.append(Table(title, " ".join([note, *left_out]), _columns(TYPESCRIPT in commands)))
        suffix = "" if validation else ", without the validator"
        for base, most in ((RAW, 1.10), (TYPESCRIPT, 1.35)):
            if base in taken:
                against = ratio(taken[LIBRARY], taken[base])
                tables[-1].goals.append(Goal(f"a synth to {base}, CPU{suffix}", most, against.cpu))
                tables[-1].goals.append(Goal(f"a synth to {base}, wall{suffix}", most, against.wall))
        tables[-1].rows.extend(_rows(taken, {name: len(found["Resources"]) for name, found in templates.items()}))
    return tables


def imports(folder: Path, rounds: int) -> Table:
    """What ``import cdk_ml`` costs beyond the modules of aws_cdk that it imports itself."""
    env = surroundings(validation=False)
    listing = f"{_IMPORTS}; import json, sys; mods = sorted(m for m in sys.modules if m.startswith('aws_cdk.aws_'))"
    out = folder / "modules.json"
    folder.mkdir(parents=True, exist_ok=True)
    Command([sys.executable, "-c", f"{listing}; open({str(out)!r}, 'w').write(json.dumps(mods))"], env).run(folder)
    modules = [name for name in json.loads(out.read_text()) if name.count(".") == 1]
    commands = {
        "aws_cdk": Command([sys.executable, "-c", "import aws_cdk"], env),
        f"and {len(modules)} of its modules": Command(
            [sys.executable, "-c", f"import aws_cdk, {', '.join(modules)}"], env
        ),
        "and what NeuronInference takes from cdk_ml": Command(
            [sys.executable, "-c", f"import aws_cdk; {_IMPORTS}"], env
        ),
    }
    taken = take_turns(commands, rounds * 2, folder)
    table = Table("Import", "Milliseconds beyond the row above.", ["import", "wall, ms", "CPU, ms"])
    before: Sequence[Taken] | None = None
    for name, runs in taken.items():
        apart = (
            runs
            if before is None
            else [Taken(a.wall - b.wall, a.cpu - b.cpu) for a, b in zip(runs, before, strict=True)]
        )
        middle = median(apart)
        table.rows.append([name, f"{middle.wall * 1000:.0f}", f"{middle.cpu * 1000:.0f}"])
        before = runs
    table.goals.append(Goal("import of cdk_ml beyond aws_cdk and its modules, ms of CPU", 50, middle.cpu * 1000))
    return table


def marginal(folder: Path, rounds: int) -> Table:
    """What one more reference stack costs in an app that has one."""
    env = surroundings(validation=False)
    stacks = 4
    commands = {str(count): _app("library", env, str(count)) for count in (1, stacks)}
    taken = take_turns(commands, rounds, folder)
    pairs = zip(taken[str(stacks)], taken["1"], strict=True)
    more = median([Taken((a.wall - b.wall) / (stacks - 1), (a.cpu - b.cpu) / (stacks - 1)) for a, b in pairs])
    first = median(taken["1"])
    rows = [
        ["the first stack, with Python, Node and the CDK", f"{first.wall:.2f}", f"{first.cpu:.2f}"],
        ["one more stack", f"{more.wall:.2f}", f"{more.cpu:.2f}"],
    ]
    goal = Goal("one more reference stack, seconds of CPU", 0.3, more.cpu)
    return Table("One more stack in the same app", "Seconds.", ["stack", "wall, s", "CPU, s"], rows, [goal])


def _others() -> tuple[dict[str, list[str | Path]], list[str]]:
    found: dict[str, list[str | Path]] = {}
    left_out = []
    try:
        found[TYPESCRIPT] = [os.environ["JSII_NODE"], environments.typescript(), APPS / "registries.json"]
    except CommandFailedError as failed:
        left_out.append(f"Without TypeScript: {failed}")
    try:
        found[PEER] = [environments.environment("peer", *environments.PEER), APPS / "peer.py"]
    except CommandFailedError as failed:
        left_out.append(f"Without the peer library: {failed}")
    return found, left_out


def _app(name: str, env: Mapping[str, str], *arguments: str) -> Command:
    return Command([sys.executable, "-m", f"tests.benchmarks.apps.{name}", *arguments], env, ROOT)


def _alone(env: Mapping[str, str]) -> dict[str, str]:
    """Without our packages, which the environment of a peer must not see."""
    return {**env, "PYTHONPATH": ""}


def _template(folder: Path) -> dict[str, dict[str, object]]:
    template: dict[str, dict[str, object]] = json.loads(
        (folder / "cdk.out" / "NeuronInference.template.json").read_text()
    )
    return template


def _columns(typescript: bool) -> list[str]:
    columns = ["app", "resources", "wall, s", "CPU, s", "to raw Python"]
    return [*columns, "to TypeScript"] if typescript else columns


def _rows(taken: Mapping[str, Sequence[Taken]], resources: Mapping[str, int]) -> list[list[str]]:
    bases = [name for name in (RAW, TYPESCRIPT) if name in taken]
    rows = []
    for name, runs in taken.items():
        middle = median(runs)
        ratios = [ratio(runs, taken[base]) for base in bases]
        cells = [f"{one.wall:.2f} / {one.cpu:.2f}" for one in ratios]
        rows.append([name, str(resources[name]), f"{middle.wall:.2f}", f"{middle.cpu:.2f}", *cells])
    return rows
