"""The code on the pages: every file of docs/examples runs, and says what the page says it says."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import aws_cdk as cdk
import pytest
import yaml
from docs.examples.contributing.model_group_described import RULE
from docs.examples.contributing.model_registry_stack import ModelRegistry
from typer.testing import CliRunner

from cdk_ml.assembly import read
from cdk_ml.checks import PACKS, ml, run
from cdk_ml.cli import progress
from cdk_ml.cli.application import app as command
from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import lifecycle
from cdk_ml.testing import assert_updatable
from cdk_ml.workspace import PROFILES, Profile
from tests.conftest import FLAGS, ROOT

EXAMPLES = ROOT / "docs" / "examples"
REFUSED = sorted(file.with_suffix(".py") for file in EXAMPLES.glob("*.txt"))
APPS = sorted(file for file in EXAMPLES.glob("*.py") if file not in REFUSED)
PAGES = sorted((ROOT / "docs").rglob("*.md"))
# Its code imports the reader's own package; what it calls is what tests/testing calls.
OWN_PACKAGE = {ROOT / "docs" / "guide" / "testing.md"}
REHEARSED = EXAMPLES / "rehearse"
ASSERTION = "assertion.txt"
CI = sorted((EXAMPLES / "ci").glob("*.yml"))


@pytest.mark.parametrize("file", APPS, ids=lambda file: file.stem)
def test_an_example_synthesizes(file: Path) -> None:
    stack = runpy.run_path(str(file))["stack"]
    template = json.loads((Path(stack.node.root.outdir) / stack.template_file).read_text())
    assert template.get("Resources") or template.get("Outputs")


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.stem)
def test_the_error_that_a_guide_shows_is_the_error_that_is_raised(file: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        runpy.run_path(str(file))
    assert f"cdk_ml.errors.ConfigurationError: {error.value}\n" == file.with_suffix(".txt").read_text()


def test_the_check_in_the_guide_finds_what_is_wrong_with_its_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "check_assembly.py"))
    assert "error: Notebooks/Notebook: " in capsys.readouterr().out


def test_the_acknowledgement_in_the_guide_covers_its_finding() -> None:
    stack = runpy.run_path(str(EXAMPLES / "acknowledged.py"))["stack"]
    report = run(read(Path(stack.node.root.outdir)), ["ML"])
    assert [found.rule for found in report.acknowledged] == ["ML-NotebookNoRoot"]
    assert report.stale == ()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_the_construct_and_the_stack_of_the_walk_through_have_no_open_finding(profile: Profile, tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), context=FLAGS)
    ModelRegistry(app, "ModelRegistry", profile=profile)
    app.synth()
    report = run(read(tmp_path / "cdk.out"), [pack for pack in PACKS if pack != "cfn-lint"])
    assert [f"{found.path}: {found.id}: {found.message}" for found in report.open] == []
    assert report.stale == ()


def test_the_tests_of_the_walk_through_pass() -> None:
    file = EXAMPLES / "contributing" / "test_model_group.py"
    arguments = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider", str(file)]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b8 passed", done.stdout)


def test_the_rule_of_the_walk_through_accuses_its_bad_example_only(tmp_path: Path) -> None:
    found = {}
    for kind, resources in {"good": RULE.good, "bad": RULE.bad}.items():
        file = tmp_path / f"{kind}.json"
        file.write_text(json.dumps({"Resources": resources}))
        found[kind] = [finding.message for finding in RULE.findings(read(file).templates[0])]
    assert found == {"good": [], "bad": ["the group does not say what its models are for"]}
    assert RULE.id not in {rule.id for rule in ml.rules()}


def test_the_lifecycle_entry_of_the_walk_through_is_one() -> None:
    tables = tomllib.loads((EXAMPLES / "contributing" / "lifecycle_entry.toml").read_text())
    ((key, table),) = tables.items()
    entry = lifecycle._entry(key, table)
    assert entry.sentence() == (
        "Amazon Example is closed to new customers since 2026-04-30; use Amazon Better Example instead."
    )
    assert not entry.is_open


@pytest.mark.parametrize("file", CI, ids=lambda file: file.stem)
def test_a_ci_snippet_is_yaml_whose_check_writes_the_report_that_it_publishes(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = file.read_text()
    assert yaml.safe_load(text)
    (line,) = re.findall(r"cdk-ml check .*", text)
    _, *arguments = shlex.split(line)
    report = arguments[arguments.index("--output") + 1]
    assert text.count(report) == 2, "what is written is what is published"
    app = cdk.App(outdir=str(tmp_path / "cdk.out"))
    cdk.CfnResource(cdk.Stack(app, "Any"), "Topic", type="AWS::SNS::Topic")
    app.synth()
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(command, [*arguments, "--pack", "Lifecycle"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / report).stat().st_size > 100


def said_by(command_line: str) -> str:
    """What a command prints into a window of 110 columns, without the spaces that fill it."""
    _, *arguments = shlex.split(command_line)
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code in (0, 1), result.output
    return "".join(f"{line.rstrip()}\n" for line in result.output.splitlines())


def test_what_the_pages_show_of_a_command_is_what_it_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(REHEARSED, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "_WIDTH", 110)
    shown = dict(
        pair
        for page in PAGES
        for pair in re.findall(r'^\$ (cdk-ml .*)\n--8<-- "(docs/examples/[^"]+)"', page.read_text(), re.MULTILINE)
    )
    assert {Path(file).name for file in shown.values()} == {file.name for file in REHEARSED.glob("*.txt")} - {ASSERTION}
    assert {line: said_by(line) for line in shown} == {line: (ROOT / file).read_text() for line, file in shown.items()}


def test_the_assertion_that_the_guide_shows_is_the_one_that_is_raised() -> None:
    with pytest.raises(AssertionError) as error:
        assert_updatable(REHEARSED / "new.json", REHEARSED / "old.json")
    assert f"AssertionError: {error.value}\n" == (REHEARSED / ASSERTION).read_text()


def test_the_rehearsal_in_the_guide_passes(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "rehearse_assembly.py"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["update: update Notebook VolumeSizeInGB", "destroy: delete Notebook"]
    assert lines[-1] == "passed"


def test_the_policy_in_the_guide_is_narrow_and_another_one_denies_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "deployment_policy.py"))
    topic, *_, denial = capsys.readouterr().out.splitlines()
    assert topic == "Sns arn:aws:sns:eu-west-1:111111111111:Alerts-Topic-*"
    assert denial.startswith("Alerts/Topic: delete needs sns:DeleteTopic on ")


def test_every_command_that_the_pages_show_exists() -> None:
    shown = {line for page in PAGES for line in re.findall(r"^\$ cdk-ml (\S+)", page.read_text(), re.MULTILINE)}
    assert shown
    assert shown <= {name for info in command.registered_commands if (name := info.name or info.callback.__name__)}  # type: ignore[union-attr]


def test_every_example_is_on_a_page() -> None:
    included = {path for page in PAGES for path in re.findall(r'--8<-- "(docs/examples/[^"]+)"', page.read_text())}
    files = {str(file.relative_to(ROOT)) for file in EXAMPLES.rglob("*.*") if file.suffix != ".pyc"}
    assert files == included


def test_no_python_is_pasted_into_a_page() -> None:
    for page in PAGES:
        if page in OWN_PACKAGE:
            continue
        for block in re.findall(r"^```[^\n]*\bpy[^\n]*\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            assert block.startswith("--8<-- "), f"{page.name}: put this into docs/examples and include it:\n{block}"


def test_the_table_of_habits_names_files_that_exist() -> None:
    table = (ROOT / "docs" / "contributing.md").read_text().partition("## Ten habits")[2]
    named = re.findall(r"`(tests/[\w/.]+)`", table)
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert [path for path in named if not (ROOT / path).exists() and path != "tests/x/test_y.py"] == []
    assert len(rows) == 10
    assert all(re.search(r"`|by review", row.split("|")[2]) for row in rows)
