"""Compares our replacement decisions with those of npm's ``@aws-cdk/cloudformation-diff`` on mutated templates.

    python -m tests.rehearsal.corpus [FOLDER] --diff WHERE_THE_PACKAGE_IS [--engine MODULE:FUNCTION] [--pairs 4]

Reads every template below FOLDER (the stories and snapshots of this checkout where none is given), lets hypothesis make
pairs of each that differ in one property or one logical id, and prints a table of what both say. How the two differ,
and why, is in docs/rehearsal-differences.md. Exit code 1 if they disagree in a way that is not explained there.
"""

from __future__ import annotations

import argparse
import copy
import importlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cfnlint.decode import decode
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.rehearsal.decisions import Reason, by_schema, reason

HERE = Path(__file__).parent
OWN = (HERE / "stories", HERE.parent / "snapshots")
TEMPLATES = ("*.json", "*.yaml", "*.yml", "*.template")
SCALARS = st.one_of(
    st.booleans(), st.integers(1, 9), st.sampled_from(["changed", "arn:aws:iam::111122223333:role/other"])
)

# What the package says, in our words. It says nothing of a resource in which nothing changed.
WORDS = {
    None: "none",
    "NO_CHANGE": "none",
    "WILL_UPDATE": "in-place",
    "WILL_REPLACE": "replacement",
    "MAY_REPLACE": "conditional",
    "WILL_CREATE": "created",
    "WILL_DESTROY": "deleted",
    "WILL_ORPHAN": "orphaned",
    "WILL_IMPORT": "created",
}

Resource = dict[str, Any]
Engine = Callable[[Resource | None, Resource | None], str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two templates that differ in one resource.

    :ivar change: what was done: changed, removed, added, renamed.
    """

    old: dict[str, Any]
    new: dict[str, Any]
    type: str
    property: str
    change: str

    def resources(self) -> Iterator[tuple[str, Resource | None, Resource | None]]:
        """Every resource that differs, before and after."""
        old, new = self.old["Resources"], self.new["Resources"]
        for logical_id in sorted({*old, *new}):
            if old.get(logical_id) != new.get(logical_id):
                yield logical_id, old.get(logical_id), new.get(logical_id)


def templates(folders: tuple[Path, ...]) -> Iterator[dict[str, Any]]:
    """Every template below the folders that has resources of AWS's own types."""
    for file in sorted(file for folder in folders for pattern in TEMPLATES for file in folder.rglob(pattern)):
        try:
            content, _ = decode(str(file))
            template = json.loads(json.dumps(content, default=str))
        except Exception:
            # Public folders hold files of every kind that only look like templates.
            continue
        if isinstance(template, dict) and any(mutable(template)):
            yield {"Resources": template["Resources"]}


def mutable(template: dict[str, Any]) -> Iterator[str]:
    """The resources that a mutation can be made in."""
    resources = template.get("Resources")
    for logical_id, resource in (resources if isinstance(resources, dict) else {}).items():
        if isinstance(resource, dict) and str(resource.get("Type")).startswith("AWS::"):
            properties = resource.get("Properties")
            if isinstance(properties, dict) and properties and not str(resource["Type"]).startswith("AWS::Serverless"):
                yield logical_id


def changed(value: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """The value with one scalar in it changed, wherever hypothesis looks."""
    if isinstance(value, dict) and value and not any(key == "Ref" or key.startswith("Fn::") for key in value):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: changed(value[key], draw)}
    if isinstance(value, list) and value:
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], changed(value[index], draw), *value[index + 1 :]]
    return draw(SCALARS.filter(lambda other: str(other).lower() != str(value).lower()))


@st.composite
def pairs(draw: st.DrawFn, template: dict[str, Any]) -> Pair:
    """A template, and the same with one change."""
    logical_id = draw(st.sampled_from(sorted(mutable(template))))
    change = draw(st.sampled_from(["changed", "changed", "changed", "removed", "added", "renamed"]))
    new = copy.deepcopy(template)
    resource = new["Resources"][logical_id]
    type_, properties = resource["Type"], resource["Properties"]
    property_ = draw(st.sampled_from(sorted(properties)))
    if change == "renamed":
        new["Resources"][f"{logical_id}Moved"] = new["Resources"].pop(logical_id)
        return Pair(template, new, type_, "(logical id)", change)
    if change == "changed":
        properties[property_] = changed(properties[property_], draw)
        return Pair(template, new, type_, property_, change)
    without = copy.deepcopy(template)
    del without["Resources"][logical_id]["Properties"][property_]
    both = (template, without) if change == "removed" else (without, template)
    return Pair(*both, type_, property_, change)


def drawn(template: dict[str, Any], number: int) -> list[Pair]:
    """Some different pairs of a template, the same ones every time."""
    found: dict[str, Pair] = {}

    @seed(1)
    @settings(
        max_examples=number, database=None, phases=[Phase.generate], deadline=None, suppress_health_check=[*HealthCheck]
    )
    @given(pairs(template))
    def collect(pair: Pair) -> None:
        found[json.dumps([pair.old, pair.new], sort_keys=True)] = pair

    collect()
    return [*found.values()]


def theirs(found: list[Pair], folder: Path) -> list[dict[str, str] | str]:
    """What the package says of each pair, or the error that it throws."""
    done = subprocess.run(
        ["node", str(HERE / "cloudformation_diff.mjs"), str(folder)],
        input=json.dumps([[pair.old, pair.new] for pair in found]),
        capture_output=True,
        text=True,
        check=True,
    )
    answer: list[dict[str, str] | str] = json.loads(done.stdout)
    return answer


def engine(name: str | None) -> Engine:
    """The function that decides: ours by name, or the schemas alone."""
    if name is None:
        return by_schema
    module, _, function = name.partition(":")
    found: Engine = getattr(importlib.import_module(module), function)
    return found


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--diff", type=Path, required=True, help="where @aws-cdk/cloudformation-diff is installed")
    parser.add_argument("--engine", help="module:function(old, new), instead of the schemas alone")
    parser.add_argument("--pairs", type=int, default=4, help="how many pairs are tried for each template")
    options = parser.parse_args()

    folders = OWN if options.folder is None else (options.folder,)
    read = [*templates(folders)]
    found = [pair for template in read for pair in drawn(template, options.pairs)]
    decide = engine(options.engine)
    agreed: Counter[str] = Counter()
    differing: Counter[tuple[Reason, str, str, str, str]] = Counter()
    thrown: Counter[str] = Counter()
    for pair, said in zip(found, theirs(found, options.diff), strict=True):
        if isinstance(said, str):
            thrown[said] += 1
            continue
        for logical_id, old, new in pair.resources():
            ours, other = decide(old, new), WORDS[said.get(logical_id)]
            if ours == other:
                agreed[ours] += 1
            else:
                why = reason(pair.type, pair.property, ours, other)
                differing[why, pair.type, pair.property, ours, other] += 1

    print(f"{len(read)} templates, {len(found)} pairs, {agreed.total()} agreements, {differing.total()} disagreements")
    for decision, number in agreed.most_common():
        print(f"  agree   {number:5}  {decision}")
    for (why, type_, property_, ours, other), number in sorted(differing.items()):
        print(f"  differ  {number:5}  {why}: {type_}.{property_}: {ours}, theirs {other}")
    for message, number in thrown.most_common():
        print(f"  thrown  {number:5}  {message}")
    return 1 if any(why is Reason.UNEXPLAINED for why, *_ in differing) else 0


if __name__ == "__main__":
    sys.exit(main())
