"""The code of an agent: a folder that becomes a zip file at synth, or an image that somebody built.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-get-started-code-deploy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aws_cdk import Validations
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.container_image import EcrImage
from cdk_ml.sagemaker.execution_role import pull_images
from cdk_ml.workflow.runtime_code import NOT_SHIPPED
from cdk_ml.workspace import Statement

PythonVersion = Literal["3.10", "3.11", "3.12", "3.13", "3.14"]

_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_INSTRUMENT = "opentelemetry-instrument"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCode:
    """A folder with the code of an agent in Python, and what it imports.

    Nothing is installed at synth: the packages of ``requirements.txt`` have to be in the folder, for Linux on arm64, as
    ``pip install --target <folder> --platform manylinux2014_aarch64 --only-binary=:all: -r requirements.txt`` puts them
    there. See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-get-started-code-deploy.html

    :param folder: the folder.
    :param entry_point: the file in it that serves port 8080.
    :param python: the version of Python.
    :param instrumented: start it under OpenTelemetry, so that CloudWatch has its traces; ``aws-opentelemetry-distro``
        has to be among the packages.
    """

    folder: str | Path
    entry_point: str = "main.py"
    python: PythonVersion = "3.13"
    instrumented: bool = True


@dataclass(frozen=True, slots=True)
class BoundCode:
    """Code as CloudFormation has it, and what a role needs to fetch it.

    :ivar artifact: as CloudFormation has it.
    :ivar statements: what the role needs.
    """

    artifact: dict[str, Any]
    statements: list[Statement]


def code_problems(code: AgentCode | EcrImage) -> Iterator[Problem]:
    """Why the code would not start."""
    if isinstance(code, AgentCode) and not (Path(code.folder) / code.entry_point).is_file():
        rule = f"has no {code.entry_point}"
        yield Problem(
            "code.folder", str(code.folder), rule, "Name the folder, and the file in it that serves the agent"
        )


def bind_code(scope: Construct, code: AgentCode | EcrImage) -> BoundCode:
    """Make the code available to AgentCore."""
    if isinstance(code, EcrImage):
        uri = code.repository.repository_uri_for_tag_or_digest(code.tag_or_digest)
        statements = pull_images([code.repository.repository_arn])
        return BoundCode({"containerConfiguration": {"containerUri": uri}}, statements)
    folder = Path(code.folder)
    if missing := [*_missing(folder)]:
        message = (
            f"{folder.name} does not hold {', '.join(missing)} of its requirements.txt: the agent will not start. "
            "Install them into the folder for Linux on arm64 before you deploy, see AgentCode."
        )
        Validations.of(scope).add_warning("cdk-ml:agent-packages", message)
    asset = s3_assets.Asset(scope, "Code", path=str(folder), exclude=[*NOT_SHIPPED])
    return BoundCode(
        {
            "codeConfiguration": {
                "code": {"s3": {"bucket": asset.s3_bucket_name, "prefix": asset.s3_object_key}},
                "runtime": f"PYTHON_{code.python.replace('.', '_')}",
                "entryPoint": [*([_INSTRUMENT] if code.instrumented else []), code.entry_point],
            }
        },
        [Statement(actions=["s3:GetObject"], resources=[asset.bucket.arn_for_objects(asset.s3_object_key)])],
    )


def _missing(folder: Path) -> Iterator[str]:
    file = folder / "requirements.txt"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    installed = {item.name.lower().replace("-", "_") for item in folder.glob("*.dist-info")}
    for line in lines:
        if found := _REQUIREMENT.match(line.strip()):
            name = found[0].lower().replace("-", "_")
            if not any(item.startswith(f"{name}_") for item in installed):
                yield found[0]
