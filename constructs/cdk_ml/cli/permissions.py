"""``cdk-ml permissions``: the least-privilege policy of the CloudFormation execution role, or what another one denies.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from cdk_ml.cli.check import find
from cdk_ml.cli.failure import UsageError, one_line
from cdk_ml.cli.progress import stdout
from cdk_ml.rehearsal.permissions import (
    DEPLOYMENT,
    Denial,
    ExecutionPolicy,
    Operation,
    bootstrap_commands,
    denied,
    execution_policy,
    load_policy,
)
from cdk_ml.rehearsal.permissions.report import as_json, tables

Format = Literal["table", "json", "policies", "template"]


def permissions(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="Cloud assemblies, templates, or names of stacks (of ./cdk.out if no assembly is given)."),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Show what this policy would deny; may be repeated for all the policies of a role."),
    ] = None,
    format: Annotated[
        Format, typer.Option(help="policies: JSON documents for IAM. template: CloudFormation, for cdk bootstrap.")
    ] = "table",
    output: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
    lists: Annotated[bool, typer.Option("--lists", help="Allow what importing resources needs as well.")] = False,
) -> None:
    """Say what CloudFormation has to be allowed to deploy, update and delete stacks. Needs no AWS account."""
    with one_line():
        fine = show(targets or [], against=against or [], format=format, output=output, lists=lists)
    raise typer.Exit(0 if fine else 1)


def show(targets: Sequence[str], *, against: Sequence[Path], format: str, output: Path | None, lists: bool) -> bool:
    """Make the policy and report it.

    :returns: whether a role can have the policy, and nothing is surely denied.
    :raises AssemblyError: for what cannot be read.
    :raises UsageError: for options that do not go together.
    """
    if against and format in ("policies", "template"):
        raise UsageError(f"--format {format}: shows the policy, not what another one denies. Leave --against out.")
    operations = (*DEPLOYMENT, Operation.LIST) if lists else DEPLOYMENT
    policy = execution_policy(find(targets), operations)
    denials = denied(policy, [document for file in against for document in load_policy(file)]) if against else None
    if format == "table" and output is None:
        stdout().print(*tables(policy, denials), sep="\n")
    else:
        text = _rendered(policy, denials, format)
        if output is None:
            print(text)
        else:
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(text, encoding="utf-8")
            if format == "template":
                stdout().print("Then run:", *bootstrap_commands(str(output)), sep="\n", soft_wrap=True, markup=False)
    return policy.fits and not any(denial.certain for denial in denials or ())


def _rendered(policy: ExecutionPolicy, denials: Sequence[Denial] | None, format: str) -> str:
    match format:
        case "policies":
            return json.dumps(policy.documents(), indent=2)
        case "template":
            return json.dumps(policy.template(), indent=2)
        case "json":
            return as_json(policy, denials)
    from io import StringIO

    from rich.console import Console

    page = StringIO()
    Console(file=page, width=140, color_system=None).print(*tables(policy, denials), sep="\n")
    return page.getvalue()
