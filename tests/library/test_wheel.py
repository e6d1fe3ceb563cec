"""The wheel has everything, and works in an app that has never seen this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

APP = """
import aws_cdk as cdk
from cdk_ml.facts import images
from cdk_ml.sagemaker import Model, RealTimeEndpoint
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Elsewhere")
tags = CostTags(project="churn", owner="growth-ml", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=tags)
model = Model.from_image(images.neuron_inference("pytorch", "2.8"))
RealTimeEndpoint(stack, "Endpoint", workspace=workspace, model=model, instance_type="ml.inf2.xlarge")
app.synth()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release is."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_runtime_code_facts_types_and_the_license(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for expected in (
        "cdk_ml/_lambda/README.md",
        "cdk_ml/facts/lifecycle.toml",
        "cdk_ml/facts/accelerators.toml",
        "cdk_ml/facts/images.toml",
        "cdk_ml/py.typed",
    ):
        assert expected in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "stacks/", "constructs/"))]


def test_what_lambda_starts_is_installed_so_that_it_can(wheel: Path) -> None:
    start = zipfile.ZipFile(wheel).getinfo("cdk_ml/_lambda/response_stream/start")
    assert start.external_attr >> 16 & 0o111 == 0o111


def test_the_wheel_asks_for_nothing_but_the_cdk(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA")]
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert required == ["Requires-Dist: aws-cdk-lib<3,>=2.275", "Requires-Dist: constructs<11,>=10.5.1"]


def test_an_app_elsewhere_synthesizes_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    library, elsewhere = tmp_path / "library", tmp_path / "elsewhere"
    zipfile.ZipFile(wheel).extractall(library)
    elsewhere.mkdir()
    (elsewhere / "app.py").write_text(f"{APP}\nimport cdk_ml\nprint(cdk_ml.__file__)\n")
    environment = {**os.environ, "PYTHONPATH": str(library), "CDK_OUTDIR": str(elsewhere / "cdk.out")}
    command = [sys.executable, "app.py"]
    ran = subprocess.run(command, cwd=elsewhere, env=environment, check=True, capture_output=True, text=True)
    assert ran.stdout.strip().startswith(str(library))
    assert (elsewhere / "cdk.out" / "Elsewhere.template.json").is_file()
