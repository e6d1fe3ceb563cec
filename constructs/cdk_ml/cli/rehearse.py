"""``cdk-ml rehearse``: deploys, updates, fails and destroys an assembly on paper, and reports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cdk_ml.assembly import read
from cdk_ml.assembly.source import load_json, load_value
from cdk_ml.cli.failure import UsageError
from cdk_ml.cli.progress import write
from cdk_ml.rehearsal import rehearse as run
from cdk_ml.rehearsal.pairing import deployed
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
    :raises AssemblyError: for what cannot be read, a region that does not exist, and assemblies that share no stack.
    :raises UsageError: for parameters that are no parameters.
    """
    assembly = read(new)
    rehearsal = run(
        assembly,
        before=None if old is None else deployed(old, new, assembly),
        region=region,
        parameters=_parameters(parameters),
        fail=fail,
        destroy=destroy,
        stack_policy=None if stack_policy is None else load_json(stack_policy),
    )
    write(lambda: FORMATS[format](rehearsal), tables=lambda: tables(rehearsal), format=format, output=output)
    return rehearsal.passed


def _parameters(file: Path | None) -> Mapping[str, Any]:
    """Values from ``{"Name": "value"}``, from the same by stack, or from the list that the AWS CLI takes."""
    if file is None:
        return {}
    # Read once, because it may be a pipe.
    given = load_value(file)
    if isinstance(given, Mapping):
        inner = given.get("Parameters")
        return inner if isinstance(inner, Mapping) else given
    try:
        return {entry["ParameterKey"]: entry["ParameterValue"] for entry in given}
    except (KeyError, TypeError):
        raise UsageError(f'{file}: not parameters. Give {{"Name": "value"}}, or what the AWS CLI takes.') from None
