"""``cdk-ml permissions`` as a user meets it: exit codes, one-line errors, formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from cdk_ml.assembly import read
from cdk_ml.cli.application import PermissionsFormat, app
from cdk_ml.rehearsal.permissions import execution_policy


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["permissions", *map(str, arguments)])


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A stack with one topic."""
    file = tmp_path / "Churn.json"
    file.write_text(json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    return file


def written(folder: Path, *statements: dict[str, Any]) -> Path:
    file = folder / "policy.json"
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    return file


def test_the_policy_is_shown_with_what_it_cannot_narrow(template: Path) -> None:
    ran = run(template)
    assert ran.exit_code == 0
    assert "sns:CreateTopic" in ran.stdout
    assert "1 managed policy" in ran.stdout


@pytest.mark.parametrize("format", get_args(PermissionsFormat))
def test_every_format_is_written_to_a_file(template: Path, tmp_path: Path, format: str) -> None:
    file = tmp_path / "out" / "policy"
    assert run(template, "--format", format, "--output", file).exit_code == 0
    assert "sns:CreateTopic" in file.read_text()


def test_the_documents_are_printed_for_iam(template: Path) -> None:
    ran = run(template, "--format", "policies")
    assert json.loads(ran.stdout) == execution_policy(read(template)).documents()


def test_a_template_comes_with_the_commands_for_cdk_bootstrap(template: Path, tmp_path: Path) -> None:
    file = tmp_path / "permissions.json"
    ran = run(template, "--format", "template", "--output", file)
    assert f"aws cloudformation deploy --template-file {file}" in ran.stdout
    assert "cdk bootstrap --cloudformation-execution-policies" in ran.stdout
    assert read(file).templates[0].of_type("AWS::IAM::ManagedPolicy")


def test_what_another_policy_denies_exits_with_1(template: Path, tmp_path: Path) -> None:
    against = written(tmp_path, {"Effect": "Allow", "NotAction": "sns:CreateTopic", "Resource": "*"})
    ran = run(template, "--against", against, "--format", "json")
    assert ran.exit_code == 1
    (denial,) = json.loads(ran.stdout)["denied"]
    assert (denial["resource"], denial["action"], denial["operations"]) == ("Topic", "sns:CreateTopic", ["create"])
    assert denial["verdict"] == "allowed by no statement"


def test_what_only_depends_on_a_condition_exits_with_0(template: Path, tmp_path: Path) -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    against = written(tmp_path, {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition})
    ran = run(template, "--against", against)
    assert ran.exit_code == 0
    assert "aws:RequestedRegion" in ran.stdout
    assert "0 denied" in ran.stdout


def test_several_policies_of_a_role_count_together(template: Path, tmp_path: Path) -> None:
    one = written(tmp_path, {"Effect": "Allow", "Action": "sns:*", "Resource": "*"})
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"Statement": {"Effect": "Allow", "NotAction": "sns:*", "Resource": "*"}}))
    assert run(template, "--against", one, "--against", other).exit_code == 0
    assert run(template, "--against", other).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--against", "missing.json"), "no such file"),
        (("--against", "{template}"), "not a policy document: it has no Statement"),
        (("--against", "{template}", "--format", "template"), "Leave --against out"),
    ],
)
def test_bad_input_is_one_line_and_2(template: Path, arguments: tuple[str, ...], message: str) -> None:
    ran = run(template, *(argument.replace("{template}", str(template)) for argument in arguments))
    assert ran.exit_code == 2
    assert message in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
