"""The commands and their options; what they do is in the modules beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cdk_ml import __version__
from cdk_ml.cli import check as checking
from cdk_ml.cli import listing
from cdk_ml.cli import permissions as permitting
from cdk_ml.cli import rehearse as rehearsing
from cdk_ml.cli import synth as synthesis
from cdk_ml.cli.failure import one_line

# Literals, because typer reads annotations; tests compare them with what there is.
Format = Literal["table", "json", "sarif", "junit", "html"]
RehearsalFormat = Literal["table", "json", "html"]
PermissionsFormat = Literal["table", "json", "policies", "template"]
Topic = Literal["rules", "packs", "lifecycle"]

app = typer.Typer(name="cdk-ml", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Targets = Annotated[
    list[str] | None,
    typer.Argument(help="Cloud assemblies, templates, or names of stacks (of ./cdk.out if no assembly is given)."),
]
Packs = Annotated[
    list[str] | None, typer.Option("--pack", help="Run this pack only; may be repeated. See cdk-ml list packs.")
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Checks machine learning stacks on AWS before they are deployed."""


@app.command()
def check(
    targets: Targets = None,
    format: Annotated[Format, typer.Option(help="How to report.")] = "table",
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    pack: Packs = None,
) -> None:
    """Check a synthesized CDK app, in any language, or plain templates. Needs no AWS account."""
    with one_line():
        passed = checking.check(targets or [], format=format, output=output, packs=pack)
    raise typer.Exit(0 if passed else 1)


@app.command()
def synth(
    script: Annotated[Path, typer.Argument(metavar="[APP]", help="The Python file of the CDK app.")] = Path("app.py"),
    output: Annotated[Path, typer.Option(help="Folder of the cloud assembly; it is emptied first.")] = Path("cdk.out"),
    reports: Annotated[Path | None, typer.Option(help="Folder of the reports; OUTPUT/reports by default.")] = None,
    context: Annotated[
        list[str] | None, typer.Option("--context", "-c", metavar="KEY=VALUE", help="Context; may be repeated.")
    ] = None,
    pack: Packs = None,
) -> None:
    """Synthesize a Python CDK app and check every stack, in one process."""
    with one_line():
        passed = synthesis.synth(
            script,
            output=output,
            reports=output / "reports" if reports is None else reports,
            context=context or [],
            packs=pack,
        )
    raise typer.Exit(0 if passed else 1)


@app.command()
def rehearse(
    new: Annotated[Path, typer.Argument(help="The cloud assembly or template to deploy.")] = Path("cdk.out"),
    old: Annotated[Path | None, typer.Option("--from", help="What is deployed now: rehearse the update.")] = None,
    fail: Annotated[Literal["none", "all"], typer.Option(help="Let every single action fail once.")] = "none",
    destroy: Annotated[bool, typer.Option("--destroy", help="Destroy everything afterwards.")] = False,
    region: Annotated[str, typer.Option(help="The region of stacks that are bound to none.")] = "us-east-1",
    parameters: Annotated[Path | None, typer.Option(help="A JSON file with the values of parameters.")] = None,
    stack_policy: Annotated[Path | None, typer.Option(help="The stack policy that the update is held against.")] = None,
    format: Annotated[RehearsalFormat, typer.Option(help="How to report.")] = "table",
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
) -> None:
    """Rehearse a deployment, an update, its failures and its end, without an AWS account."""
    with one_line():
        passed = rehearsing.rehearse(
            new,
            old=old,
            fail=fail == "all",
            destroy=destroy,
            region=region,
            parameters=parameters,
            stack_policy=stack_policy,
            format=format,
            output=output,
        )
    raise typer.Exit(0 if passed else 1)


@app.command()
def permissions(
    targets: Targets = None,
    against: Annotated[
        list[Path] | None, typer.Option(help="Show what this policy denies; may be repeated for all that a role has.")
    ] = None,
    format: Annotated[
        PermissionsFormat,
        typer.Option(
            help="How to report. policies: JSON documents for IAM; template: CloudFormation, for cdk bootstrap."
        ),
    ] = "table",
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    lists: Annotated[bool, typer.Option("--lists", help="Allow what importing resources needs as well.")] = False,
) -> None:
    """Say what CloudFormation has to be allowed to deploy, update and delete stacks, without an AWS account."""
    with one_line():
        passed = permitting.permissions(targets or [], against=against or [], format=format, output=output, lists=lists)
    raise typer.Exit(0 if passed else 1)


@app.command("list")
def list_(topic: Annotated[Topic, typer.Argument(help="What to list.")] = "rules") -> None:
    """List the rules of the ML pack, the packs, or what new accounts can no longer use."""
    with one_line():
        listing.show(topic)
