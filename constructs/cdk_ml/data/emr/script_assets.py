"""The script of a Spark job: the file that runs, and its folder as an archive that Python imports from.

https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/using-python-libraries.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.sagemaker.jobs.script import Script
from cdk_ml.workflow.runtime_code import NOT_SHIPPED
from cdk_ml.workspace import Statement


@dataclass(frozen=True, slots=True)
class ScriptAssets:
    """Where the parts of a script are.

    :ivar entry_point: address of the file that runs.
    :ivar modules: address of the archive with the folder's modules.
    :ivar statements: what reads them needs this.
    """

    entry_point: str
    modules: str
    statements: Sequence[Statement]


def script_assets(scope: Construct, script: Script) -> ScriptAssets:
    """Take a script along with the app."""
    folder = Path(script.folder)
    entry = s3_assets.Asset(scope, "Script", path=str(folder / script.entry_point))
    modules = s3_assets.Asset(scope, "Modules", path=str(folder), exclude=[*NOT_SHIPPED])
    objects = [f"{each.bucket.bucket_arn}/{each.s3_object_key}" for each in (entry, modules)]
    return ScriptAssets(
        entry_point=entry.s3_object_url,
        modules=modules.s3_object_url,
        statements=(Statement(actions=["s3:GetObject"], resources=objects),),
    )
