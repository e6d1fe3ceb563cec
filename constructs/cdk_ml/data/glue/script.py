"""The script of a Glue job as assets of the CDK: the file that runs, and the modules beside it.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os.path import isfile
from pathlib import Path

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.script import Script
from cdk_ml.sagemaker.jobs.script import script_problems as folder_problems
from cdk_ml.workflow.runtime_code import NOT_SHIPPED
from cdk_ml.workspace import Statement


@dataclass(frozen=True, slots=True)
class ScriptAssets:
    """Where a script is.

    :ivar location: address of the file that runs.
    :ivar modules: address of an archive of what is beside it; ``None`` where nothing is.
    :ivar statements: what reading them needs.
    """

    location: str
    modules: str | None
    statements: list[Statement]


def script_problems(script: Script | Path) -> Iterator[Problem]:
    """What is missing of ``script``."""
    if isinstance(script, Script):
        yield from folder_problems(script)
        return
    # Unlike Path, this says no to a name that no file can have.
    if not isfile(script) or script.suffix != ".py":  # noqa: PTH113
        fix = "Name the Python file that runs, or a folder and a file with Script"
        yield Problem("script", str(script), "is no Python file", fix)


def script_assets(scope: Construct, script: Script | Path) -> ScriptAssets:
    """Make the assets of a script that has no problems."""
    entry = Path(script.folder) / script.entry_point if isinstance(script, Script) else script
    assets = [s3_assets.Asset(scope, "Script", path=str(entry))]
    if isinstance(script, Script) and _has_modules(Path(script.folder), entry):
        # Glue puts the archive itself on Python's path, so that modules are imported by the names they have beside it.
        assets.append(
            s3_assets.Asset(scope, "Modules", path=str(script.folder), exclude=[*NOT_SHIPPED, script.entry_point])
        )
    return ScriptAssets(
        location=assets[0].s3_object_url,
        modules=assets[1].s3_object_url if len(assets) > 1 else None,
        statements=[
            Statement(
                actions=["s3:GetObject"],
                resources=[f"{asset.bucket.bucket_arn}/{asset.s3_object_key}" for asset in assets],
            )
        ],
    )


def _has_modules(folder: Path, entry: Path) -> bool:
    return any(
        item != entry and item.is_file() and item.suffix != ".pyc" and item.parent.name != "__pycache__"
        for item in folder.rglob("*")
    )
