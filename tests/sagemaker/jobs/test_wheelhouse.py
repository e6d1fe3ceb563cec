"""Packages come from a prefix in S3, and are there before the script runs."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.sagemaker import Data, ProcessingJob, Script, Wheelhouse
from cdk_ml.sagemaker.jobs.script import unpack_and_run
from cdk_ml.sagemaker.jobs.wheelhouse import wheelhouse_problems
from cdk_ml.workspace import Workspace

Make = Callable[..., ProcessingJob]
FOLDER = "/opt/ml/processing"


@pytest.fixture
def wheels(workspace: Workspace) -> Wheelhouse:
    return Wheelhouse(Data(workspace.data_bucket, "wheels/"), ["shap==0.50.0", "numba<1"])


def test_the_job_gets_the_wheels_as_an_input_and_installs_them_first(
    processing: Make, script: Script, wheels: Wheelhouse, stack: cdk.Stack
) -> None:
    request = processing(script=script, wheels=wheels).request
    (given,) = (each for each in request["ProcessingInputs"] if each["InputName"] == "wheels")
    assert stack.resolve(given["S3Input"]["S3Uri"]) == stack.resolve(wheels.data.uri)
    assert given["S3Input"]["LocalPath"] == f"{FOLDER}/input/wheels"
    *_, install, _ = request["AppSpecification"]["ContainerEntrypoint"][2].split(" && ")
    assert install == (
        f"python3 -m pip install --no-index --find-links {FOLDER}/input/wheels --only-binary :all: --no-cache-dir "
        "--disable-pip-version-check --quiet shap==0.50.0 'numba<1'"
    )
    assert request["NetworkConfig"]["EnableNetworkIsolation"] is True


def wheel(folder: Path, name: str, version: str) -> None:
    """A wheel with one module that says its version, as pip takes it."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(content)}\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, content in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, content)


@pytest.mark.parametrize(("wanted", "printed"), [("parcel==1.0", "1.0\n"), ("parcel<3", "2.0\n")])
def test_a_script_imports_what_was_installed_without_a_network(
    tmp_path: Path, workspace: Workspace, wanted: str, printed: str
) -> None:
    folder = tmp_path / "wheels"
    folder.mkdir()
    for version in ("1.0", "2.0", "3.0"):
        wheel(folder, "parcel", version)
    ran = run(tmp_path, Wheelhouse(Data(workspace.data_bucket, "wheels/"), [wanted]).install(str(folder)))
    assert (ran.returncode, ran.stdout) == (0, printed), ran.stderr


def test_a_package_that_is_not_there_ends_the_job(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "wheels").mkdir()
    wheels = Wheelhouse(Data(workspace.data_bucket, "wheels/"), ["parcel"])
    ran = run(tmp_path, wheels.install(str(tmp_path / "wheels")))
    assert (ran.returncode != 0, ran.stdout) == (True, "")
    assert "No matching distribution found for parcel" in ran.stderr


def run(tmp_path: Path, install: str) -> subprocess.CompletedProcess[str]:
    """Run a script that imports ``parcel``, after ``install``, with an environment of its own for pip."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "main.py").write_text("import parcel; print(parcel.version)\n")
    (tmp_path / "archive").mkdir()
    archive = tmp_path / "archive" / "script.tar.gz"
    subprocess.run(["tar", "-czf", archive, "-C", tmp_path / "code", "main.py"], check=True)
    (tmp_path / "bin").mkdir()
    site = tmp_path / "site"
    # The python3 of the container: this one, with a folder for what is installed.
    python = tmp_path / "bin" / "python3"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    command = unpack_and_run(
        Script(tmp_path / "code", "main.py"),
        archive=str(archive.parent),
        folder=str(tmp_path / "unpacked"),
        first=install,
    )
    environment = {
        **os.environ,
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "PIP_TARGET": str(site),
        "PYTHONPATH": str(site),
    }
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize(
    "package", ["shap", "shap==0.50.0", "numba>=0.60,<1", "evidently[llm]~=0.7", cdk.Aws.STACK_NAME]
)
def test_names_with_versions_pass(workspace: Workspace, package: str) -> None:
    assert [*wheelhouse_problems("wheels", Wheelhouse(Data(workspace.data_bucket, "wheels/"), [package]))] == []


@pytest.mark.parametrize("package", ["", "shap =0.50", "--index-url", "shap; reboot", "./shap.whl", "shap=0.5"])
def test_what_pip_would_take_for_something_else_is_refused(workspace: Workspace, package: str) -> None:
    assert [*wheelhouse_problems("wheels", Wheelhouse(Data(workspace.data_bucket, "wheels/"), [package]))] == [
        Problem(
            "wheels.packages",
            package,
            "is not the name of a package with its versions",
            "Write it such as shap==0.50.0",
        )
    ]


def test_wheels_that_cannot_be_of_use_are_refused(processing: Make, workspace: Workspace) -> None:
    nothing = Wheelhouse(Data(workspace.data_bucket, "/wheels/"), [])
    data = Data(workspace.data_bucket, "raw/")
    with pytest.raises(ConfigurationError) as caught:
        processing(wheels=nothing, inputs=dict.fromkeys(["wheels", *map(str, range(8))], data))
    prefix = "Name a prefix such as churn/raw/, without a slash before it"
    some = "Name at least one package, or no wheels at all"
    image = "Give the script that runs, or put the packages into the image"
    rule = "are 9, and with script and wheels SageMaker takes 10"
    expected: list[tuple[str, Any, str, str]] = [
        ("wheels.data.prefix", "/wheels/", "is no prefix of objects", prefix),
        ("wheels.packages", [], "installs nothing", some),
        ("wheels", [], "are for a script, and there is none", image),
        ("inputs", "wheels", "is where the wheels are", "Name the input otherwise"),
        ("inputs", [*map(str, range(8)), "wheels"], rule, "Put some of them under one prefix"),
    ]
    assert caught.value.problems == tuple(Problem(*each) for each in expected)
