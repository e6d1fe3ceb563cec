"""What changed between two templates, said for people: by resource, by property, and whether it is replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from deepdiff import DeepDiff
from deepdiff.helper import notpresent

from tests.snapshots.replacement import replaces


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the difference; none when the templates are equal."""
    before, after = old.get("Resources", {}), new.get("Resources", {})
    for name in sorted(before.keys() - after.keys()):
        yield f"- {name} ({before[name]['Type']}) is removed"
    for name in sorted(after.keys() - before.keys()):
        yield f"+ {name} ({after[name]['Type']}) is added"
    for name in sorted(before.keys() & after.keys()):
        yield from _resource(name, before[name], after[name])
    rest = [{key: value for key, value in template.items() if key != "Resources"} for template in (old, new)]
    yield from (f"~ {_dotted(path)}: {change}" for path, change in _changes(*rest))


def _resource(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    changes = [(path, change, _replaces(old["Type"], path)) for path, change in _changes(old, new)]
    if changes:
        outcome = "is REPLACED" if any(replaced for *_, replaced in changes) else "changes in place"
        yield f"~ {name} ({old['Type']}) {outcome}"
        for path, change, replaced in changes:
            yield f"    {_dotted(path)}: {change}{'  <- replaces it' if replaced else ''}"


def _replaces(type_: str, path: list[str | int]) -> bool:
    return path[0] == "Type" or (path[0] == "Properties" and replaces(type_, path[1:]))


def _changes(old: Any, new: Any) -> Iterator[tuple[list[str | int], str]]:
    found = DeepDiff(old, new, view="tree", threshold_to_diff_deeper=0)
    changes = [change for kind in found.values() for change in kind]
    for change in sorted(changes, key=lambda change: [str(part) for part in change.path(output_format="list")]):
        yield change.path(output_format="list"), f"{_shown(change.t1)} -> {_shown(change.t2)}"


def _shown(value: Any) -> str:
    return "nothing" if value is notpresent else json.dumps(value, sort_keys=True)


def _dotted(path: list[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
