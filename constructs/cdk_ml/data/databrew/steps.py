"""The steps of a recipe: read from the file that DataBrew's console downloads, and checked.

https://docs.aws.amazon.com/databrew/latest/dg/recipes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cdk_ml.errors import Problem

Steps = Sequence[Mapping[str, Any]]
_OPERATION = re.compile(r"[A-Z_]{1,128}")
_PARAMETER = re.compile(r"[A-Za-z0-9]{1,128}")
_YAML = (".yaml", ".yml")
_SOURCES = ("sourceColumn", "sourceColumn1", "sourceColumn2")
# Operations that leave the other columns as they are: after any other one it is not known which columns there are.
# https://docs.aws.amazon.com/databrew/latest/dg/recipe-actions-reference.html
_IN_PLACE = frozenset(
    (
        *("ADD_DOUBLE_QUOTES", "ADD_PREFIX", "ADD_SINGLE_QUOTES", "ADD_SUFFIX", "CAPITAL_CASE", "CHANGE_DATA_TYPE"),
        *("DELETE_DUPLICATE_ROWS", "FORMAT_DATE", "LOWER_CASE", "REMOVE_COMBINED", "REMOVE_VALUES", "REPLACE_TEXT"),
        *("SENTENCE_CASE", "SORT", "UPPER_CASE", "FILL_WITH_AVERAGE", "FILL_WITH_CUSTOM", "FILL_WITH_EMPTY"),
        *("FILL_WITH_LAST_VALID", "FILL_WITH_MEDIAN", "FILL_WITH_MODE", "FILL_WITH_MOST_FREQUENT", "FILL_WITH_SUM"),
    )
)


def read_steps(steps: str | Path | Steps) -> tuple[list[Problem], list[dict[str, Any]]]:
    """The steps of a file or as they are given, and what is wrong with them."""
    if not isinstance(steps, str | Path):
        return list(_step_problems(steps)), [dict(step) for step in steps if isinstance(step, Mapping)]
    path = Path(steps)
    if not path.is_file():
        return [
            Problem("steps", str(path), "is no file", "Name the file that DataBrew downloaded, in JSON or YAML")
        ], []
    read: Any
    if path.suffix in _YAML:
        if find_spec("yaml") is None:
            return [Problem("steps", path.name, "is YAML, which needs PyYAML", "pip install pyyaml, or use JSON")], []
        yaml = import_module("yaml")
        try:
            read = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            return [_unread(path, error)], []
    else:
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            return [_unread(path, error)], []
    if not isinstance(read, list):
        return [Problem("steps", path.name, "is no list of steps", "Download the recipe again, or write [{...}]")], []
    return list(_step_problems(read)), read


def _unread(path: Path, error: Exception) -> Problem:
    why = " ".join(str(error).split())
    return Problem("steps", path.name, f"cannot be read: {why}", "Download the recipe again, or correct the file")


def _step_problems(steps: Steps) -> Iterator[Problem]:
    if not steps:
        yield Problem("steps", [], "do nothing", "Write at least one")
    for index, step in enumerate(steps):
        at = f"steps[{index}]"
        action = step.get("Action") if isinstance(step, Mapping) else None
        if not isinstance(action, Mapping) or (unknown := {*step} - {"Action", "ConditionExpressions"}):
            given = sorted(unknown) if isinstance(action, Mapping) else step
            fix = 'Write {"Action": {"Operation": ..., "Parameters": {...}}, "ConditionExpressions": [...]}'
            yield Problem(at, given, "is no step", fix)
            continue
        yield from _action_problems(f"{at}.Action", action)
        for number, condition in enumerate(step.get("ConditionExpressions") or ()):
            yield from _condition_problems(f"{at}.ConditionExpressions[{number}]", condition)


def _action_problems(at: str, action: Mapping[str, Any]) -> Iterator[Problem]:
    operation, parameters = action.get("Operation"), action.get("Parameters", {})
    if not isinstance(operation, str) or not _OPERATION.fullmatch(operation):
        fix = "Use capitals and underscores, such as UPPER_CASE"
        yield Problem(f"{at}.Operation", operation, "is no operation of DataBrew", fix)
    if not isinstance(parameters, Mapping):
        yield Problem(f"{at}.Parameters", parameters, "are no names with texts", 'Write {"sourceColumn": "age"}')
        return
    for name, value in parameters.items():
        if not isinstance(name, str) or not _PARAMETER.fullmatch(name):
            yield Problem(f"{at}.Parameters", name, "is no name of a parameter", "Use letters and digits")
        elif not isinstance(value, str):
            fix = f"Write it as a text: {json.dumps(json.dumps(value))}"
            yield Problem(f"{at}.Parameters.{name}", value, "is no text, and DataBrew takes nothing else", fix)


def _condition_problems(at: str, condition: Any) -> Iterator[Problem]:
    known = {"Condition", "TargetColumn", "Value"}
    if not isinstance(condition, Mapping) or not {"Condition", "TargetColumn"} <= {*condition} <= known:
        fix = 'Write {"Condition": "IS_BETWEEN", "Value": "...", "TargetColumn": "age"}'
        yield Problem(at, condition, "is no condition", fix)
    elif not isinstance(condition["Condition"], str) or not _OPERATION.fullmatch(condition["Condition"]):
        fix = "Use capitals and underscores, such as IS_BETWEEN"
        yield Problem(f"{at}.Condition", condition["Condition"], "is no condition of DataBrew", fix)


def column_problems(steps: Steps, columns: Sequence[str]) -> Iterator[Problem]:
    """Which steps are about columns that are not there, as far as that is known.

    :param columns: of the dataset; empty where they are not known.
    """
    if not columns:
        return
    there = dict.fromkeys(columns)
    for index, step in enumerate(steps):
        operation, parameters = step["Action"]["Operation"], step["Action"].get("Parameters", {})
        sources = list(_named(parameters))
        missing = [name for name in sources if name not in there]
        for name in missing:
            rule = f"is no column when steps[{index}] ({operation}) runs"
            yield Problem("recipe", name, rule, f"Use one of {', '.join(there)}")
        if missing:
            return
        target = parameters.get("targetColumn")
        if operation in ("DELETE", "RENAME"):
            for name in sources:
                there.pop(name)
        elif operation not in _IN_PLACE and target is None:
            return
        if target is not None:
            there[target] = None


def _named(parameters: Mapping[str, str]) -> Iterator[str]:
    yield from (parameters[name] for name in _SOURCES if name in parameters)
    try:
        listed = json.loads(parameters.get("sourceColumns", "[]"))
    except ValueError:
        return
    yield from (name for name in listed if isinstance(name, str))
