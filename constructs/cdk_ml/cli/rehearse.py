"""``cdk-ml rehearse``: deploys, updates, fails and destroys an assembly on paper, and reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cdk_ml.assembly import Assembly, read
from cdk_ml.assembly.source import load_json
from cdk_ml.cli.failure import UsageError
from cdk_ml.cli.progress import stdout
from cdk_ml.rehearsal import rehearse as run
from cdk_ml.rehearsal.report import FORMATS
from cdk_ml.rehearsal.report.table import tables


def rehearse(
    new: Path,
    *,
    old: Path | None,
    fail: bool,
    destroy: bool,
    region: str,
    parameters: Path | None,
    stack_policy: Path | None,
    format: str,
    output: Path | None,
) -> bool:
    """Rehearse and report.

    :returns: whether nothing was found that fails.
    :raises AssemblyError: for what cannot be read, and for a region that does not exist.
    :raises UsageError: for parameters that are no parameters, and for two assemblies that share no stack.
    """
    assembly = read(new)
    rehearsal = run(
        assembly,
        before=None if old is None else _before(old, assembly, new),
        region=region,
        parameters=_parameters(parameters),
        fail=fail,
        destroy=destroy,
        stack_policy=None if stack_policy is None else load_json(stack_policy),
    )
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(FORMATS[format](rehearsal), encoding="utf-8")
    elif format == "table":
        stdout().print(*tables(rehearsal), sep="\n")
    else:
        print(FORMATS[format](rehearsal))
    return rehearsal.passed


def _before(old: Path, after: Assembly, new: Path) -> Assembly:
    before = read(old)
    if old.is_file() and new.is_file():
        # Two files of one stack have two names, but it is the same stack.
        return _same_stack(before, after)
    shared = {template.path for template in before.templates} & {template.path for template in after.templates}
    if not shared:
        raise UsageError(f"{old} and {new} have no stack in common: there is nothing to update.")
    return before


def _same_stack(before: Assembly, after: Assembly) -> Assembly:
    (template,), (successor,) = before.templates, after.templates
    return replace(before, templates=(replace(template, name=successor.name, path=successor.path),))


def _parameters(file: Path | None) -> Mapping[str, Any]:
    """Values from ``{"Name": "value"}``, from the same by stack, or from the list that the AWS CLI takes."""
    if file is None:
        return {}
    text = file.read_text(encoding="utf-8-sig")
    if text.lstrip().startswith("["):
        return _listed(file, text)
    given = load_json(file)
    inner = given.get("Parameters")
    return inner if isinstance(inner, Mapping) else given


def _listed(file: Path, text: str) -> Mapping[str, Any]:
    try:
        return {entry["ParameterKey"]: entry["ParameterValue"] for entry in json.loads(text)}
    except (ValueError, KeyError, TypeError):
        raise UsageError(f'{file}: not parameters. Give {{"Name": "value"}}, or what the AWS CLI takes.') from None
