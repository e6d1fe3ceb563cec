"""The command line as a user meets it: exit codes, one-line errors, formats."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from cdk_ml import cli
from cdk_ml.checks import PACKS, ml
from cdk_ml.checks.report import FORMATS
from cdk_ml.checks.rule import example
from cdk_ml.cli import application, listing

QUICK = ("--pack", "ML", "--pack", "Lifecycle")
CLEAN = example("AWS::SNS::Topic")
DIRTY = example("AWS::LookoutVision::Project")


def cdk_ml(*arguments: str | Path) -> Result:
    return CliRunner().invoke(application.app, [str(argument) for argument in arguments])


def template(file: Path, resources: dict[str, Any]) -> Path:
    file.write_text(json.dumps({"Resources": resources}))
    return file


def assembly(folder: Path) -> Path:
    folder.mkdir()
    artifacts = {}
    for name, resources in (("Clean", CLEAN), ("Dirty", DIRTY)):
        template(folder / f"{name}.json", resources)
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.json"}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def test_a_clean_template_exits_with_0(tmp_path: Path) -> None:
    ran = cdk_ml("check", template(tmp_path / "t.json", CLEAN), *QUICK)
    assert ran.exit_code == 0
    assert (
        ran.stdout
        == "0 errors, 0 warnings, 0 infos, 0 acknowledged, 0 stale acknowledgements in 1 template with 2 packs.\n"
    )


def test_findings_exit_with_1_and_name_the_successor(tmp_path: Path) -> None:
    ran = cdk_ml("check", template(tmp_path / "t.json", DIRTY), *QUICK)
    assert ran.exit_code == 1
    assert "Lifecycle-Ended" in ran.stdout
    assert "Rekognition Custom Labels" in " ".join(ran.stdout.split())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cdk-ml: {file}: no such file or folder. Give a template, or the folder that cdk synth writes.\n"),
        ("", "cdk-ml: {file}: the file is empty.\n"),
        (
            '{"Resources": {}',
            "cdk-ml: {file}: not JSON, or cut short: Expecting ',' delimiter: line 1 column 17 (char 16).\n",
        ),
        ("{}", "cdk-ml: {file}: not a CloudFormation template: it has no mapping named Resources.\n"),
    ],
)
def test_unusable_input_exits_with_2_and_one_line(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "t.json"
    if content is not None:
        file.write_text(content)
    ran = cdk_ml("check", file)
    assert (ran.exit_code, ran.stdout, ran.stderr) == (2, "", message.format(file=file))


def test_without_an_assembly_it_says_to_synthesize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = cdk_ml("check")
    assert ran.exit_code == 2
    assert (
        ran.stderr == "cdk-ml: cdk.out: no such file or folder. Give a template, or the folder that cdk synth writes.\n"
    )


def test_an_unknown_pack_exits_with_2(tmp_path: Path) -> None:
    ran = cdk_ml("check", template(tmp_path / "t.json", CLEAN), "--pack", "Lifecycles")
    assert ran.exit_code == 2
    assert ran.stderr.endswith("Did you mean Lifecycle?\n")


def test_a_name_that_is_no_path_selects_a_stack_of_the_assembly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembly(tmp_path / "cdk.out")
    monkeypatch.chdir(tmp_path)
    assert cdk_ml("check", *QUICK).exit_code == 1
    assert cdk_ml("check", "Clean", *QUICK).exit_code == 0
    assert cdk_ml("check", "cdk.out", "Dirty", *QUICK).exit_code == 1
    unknown = cdk_ml("check", "Durty", *QUICK)
    assert unknown.exit_code == 2
    assert unknown.stderr == "cdk-ml: Durty: no such file, and no such stack in cdk.out. It has Clean, Dirty.\n"


def test_several_templates_are_checked_at_once_unless_they_share_a_name(tmp_path: Path) -> None:
    one, two = template(tmp_path / "one.json", CLEAN), template(tmp_path / "two.json", DIRTY)
    ran = cdk_ml("check", one, two, *QUICK, "--format", "json")
    assert [stack["stack"] for stack in json.loads(ran.stdout)["stacks"]] == ["one", "two"]
    (tmp_path / "other").mkdir()
    twin = template(tmp_path / "other" / "one.json", CLEAN)
    refused = cdk_ml("check", one, twin, *QUICK)
    assert refused.exit_code == 2
    assert refused.stderr == f"cdk-ml: {twin}: has the same name as {one}. Check them one at a time.\n"


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_goes_to_a_file(tmp_path: Path, format_: str) -> None:
    target = tmp_path / "reports" / "report"
    ran = cdk_ml("check", template(tmp_path / "t.json", DIRTY), *QUICK, "--format", format_, "--output", target)
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "Lifecycle-Ended" in target.read_text()


def test_the_choices_are_those_there_are() -> None:
    assert get_args(application.Format) == tuple(FORMATS)
    assert get_args(application.Topic) == tuple(listing.TOPICS)


def test_rules_packs_and_closed_services_are_listed() -> None:
    rules, packs, closed = (cdk_ml("list", topic).stdout for topic in listing.TOPICS)
    assert all(rule.id in rules for rule in ml.rules())
    assert all(name in packs for name in PACKS)
    assert "Amazon Lookout for Vision" in closed
    assert "Amazon Polly" not in closed


def test_it_runs_as_a_module() -> None:
    ran = subprocess.run([sys.executable, "-m", "cdk_ml", "--version"], capture_output=True, text=True, check=True)
    from cdk_ml import __version__

    assert ran.stdout == f"{__version__}\n"


def test_without_the_cli_extra_it_prints_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    monkeypatch.delitem(sys.modules, "cdk_ml.cli.application")
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "cdk-ml needs typer: pip install 'cdk-ml[cli]'.\n"


def test_without_the_check_extra_it_prints_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = template(tmp_path / "t.json", CLEAN)
    for package, pack in (("cfnlint", "cfn-lint"), ("cdk_nag", "AwsSolutions")):
        monkeypatch.setitem(sys.modules, package, None)
        ran = cdk_ml("check", file, "--pack", pack)
        assert ran.exit_code == 2
        assert ran.stderr == f"cdk-ml: the {pack} pack needs {package}: pip install 'cdk-ml[check]'.\n"
