"""``cdk-ml synth`` runs an app as the CDK CLI would, in a process of its own here, and checks what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_ml.cli.failure import UsageError
from cdk_ml.cli.program import app_context, empty

APP = """
import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from helper import NAME

app = cdk.App()
stack = cdk.Stack(app, app.node.try_get_context("stack") or NAME)
sns.CfnTopic(stack, "Topic", display_name=app.node.try_get_context("title"))
if app.node.try_get_context("accept"):
    cdk.Validations.of(stack).acknowledge(cdk.Acknowledgment(id="ML::ML-Budget", reason="none needed"))
app.synth()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "helper.py").write_text('NAME = "FromHelper"\n')
    (tmp_path / "cdk.json").write_text(json.dumps({"app": "python app.py", "context": {"title": "from cdk.json"}}))
    return tmp_path


def synth(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CDK_")}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-m", "cdk_ml", "synth", "--pack", "ML", *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_it_synthesizes_checks_and_leaves_reports_and_no_old_stack(project: Path) -> None:
    first = synth(project, "-c", "stack=Old")
    assert first.returncode == 0, first.stderr
    second = synth(project)
    assert second.returncode == 0, second.stderr
    out = project / "cdk.out"
    assert sorted(file.name for file in out.glob("*.template.json")) == ["FromHelper.template.json"]
    topic = json.loads((out / "FromHelper.template.json").read_text())["Resources"]["Topic"]
    assert topic["Properties"] == {"DisplayName": "from cdk.json"}
    assert topic["Metadata"] == {"aws:cdk:path": "FromHelper/Topic"}
    assert sorted(file.name for file in (out / "reports").iterdir()) == ["report.html", "report.json", "report.sarif"]
    assert "FromHelper" in second.stdout
    assert "Synthesis took 0.0 s" not in second.stdout


def test_a_stale_acknowledgement_exits_with_1(project: Path) -> None:
    ran = synth(project, "-c", "accept=yes", "--output", "elsewhere")
    assert ran.returncode == 1, ran.stderr
    assert "ML::ML-Budget" in ran.stdout
    assert "1 stale acknowledgement" in ran.stdout
    assert (project / "elsewhere" / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (
            "import aws_cdk\naws_cdk.App()\n",
            "cdk-ml: app.py: the app wrote no cloud assembly to cdk.out. Does it call app.synth()?",
        ),
        ("raise SystemExit(3)\n", "cdk-ml: app.py: the app exited with 3."),
        ("def build():\n    raise KeyError('vpc')\nbuild()\n", "cdk-ml: app.py: the app failed: KeyError."),
    ],
)
def test_an_app_that_fails_exits_with_2_and_says_so(project: Path, app: str, message: str) -> None:
    (project / "app.py").write_text(app)
    ran = synth(project)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1] == message
    assert "runpy" not in ran.stderr
    assert ("line 2, in build" in ran.stderr) is ("KeyError" in message)


def test_a_missing_app_exits_with_2(project: Path) -> None:
    ran = synth(project, "gone.py")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "cdk-ml: gone.py: no such file. Give the Python file of the CDK app: cdk-ml synth app.py.\n"


def test_the_command_line_is_over_cdk_json_and_that_over_lookups(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "cdk.context.json").write_text(json.dumps({"title": "looked up", "vpc": {"id": 1}}))
    monkeypatch.chdir(project)
    assert app_context([])["title"] == "from cdk.json"
    context = app_context(["title=a=b"])
    assert (context["title"], context["vpc"], context["aws:cdk:enable-path-metadata"]) == ("a=b", {"id": 1}, True)
    with pytest.raises(UsageError) as refused:
        app_context(["title"])
    assert str(refused.value) == "--context title: give it as key=value."


def test_a_folder_that_is_no_assembly_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="not emptied, because it is no cloud assembly"):
        empty(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
