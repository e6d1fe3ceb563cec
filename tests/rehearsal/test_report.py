"""A rehearsal is reported as tables, JSON and one page, and the command says by its exit code how it went."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cdk_ml.cli.application import app
from cdk_ml.rehearsal import rehearse
from cdk_ml.rehearsal.report import FORMATS
from tests.rehearsal.templates import assembly, resource

FIRST = {"Bucket": resource("AWS::S3::Bucket", {"BucketName": "first-name"}), "Queue": resource("AWS::SQS::Queue")}
SECOND = FIRST | {"Bucket": resource("AWS::S3::Bucket", {"BucketName": "second-name"})}


def rendered(format: str) -> str:
    old, new = assembly(FIRST), assembly(SECOND)
    return FORMATS[format](rehearse(new, before=old, fail=True, destroy=True))


def test_json_has_everything() -> None:
    report = json.loads(rendered("json"))

    assert report["passed"] is False
    update, gone = report["outcomes"]
    assert (update["mode"], gone["mode"]) == ("update", "destroy")
    assert update["findings"][0]["kind"] == "data-loss"
    assert [event["action"] for event in update["events"]] == ["replace", "clean up"]
    assert update["replaced"] == {"Stack": ["Bucket"]}
    assert len(gone["failures"]) == 2


def test_the_page_has_a_timeline_with_its_critical_path_and_loads_nothing() -> None:
    page = rendered("html")

    assert page.count("<svg") == 2
    assert '<g class="critical">' in page
    assert "second-name" not in re.sub(r"<[^>]*>", "", page).split("Timeline")[0] or "is deleted with its data" in page
    assert not re.search(r"<(script|link|img)\b|@import|url\(", page)


def test_what_a_template_says_is_shown_and_not_run() -> None:
    tagged = assembly({"Q": resource("AWS::SQS::Queue", {"QueueName": {"Ref": "<script>x</script>"}})})

    page = FORMATS["html"](rehearse(tagged))

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_table_tells_the_loss_and_sums_up() -> None:
    page = rendered("table")

    assert "data-loss" in page
    assert "update: replace 1, clean up 1; at most 4 h by the time-outs of the handlers" in page


def write(folder: Path, name: str, resources: Any) -> str:
    file = folder / name
    file.write_text(json.dumps({"Resources": resources}))
    return str(file)


@pytest.mark.parametrize(("new", "code"), [(FIRST, 0), (SECOND, 1)])
def test_the_exit_code_says_whether_something_was_found(tmp_path: Path, new: Any, code: int) -> None:
    old_file, new_file = write(tmp_path, "old.json", FIRST), write(tmp_path, "new.json", new)

    result = CliRunner().invoke(app, ["rehearse", new_file, "--from", old_file, "--fail", "all", "--destroy"])

    assert result.exit_code == code
    assert "destroy: delete 2" in result.output


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"Name": "from-file"}, "from-file"),
        ({"Parameters": {"Name": "from-file"}}, "from-file"),
        ({"t": {"Name": "from-file"}}, "from-file"),
        ([{"ParameterKey": "Name", "ParameterValue": "from-file"}], "from-file"),
    ],
)
def test_parameters_come_from_a_file_in_every_common_form(tmp_path: Path, given: Any, value: str) -> None:
    template = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Logs": resource("AWS::Logs::LogGroup", {"LogGroupName": {"Ref": "Name"}})},
    }
    (tmp_path / "t.json").write_text(json.dumps(template))
    (tmp_path / "p.json").write_text(json.dumps(given))
    arguments = ["rehearse", str(tmp_path / "t.json"), "--parameters", str(tmp_path / "p.json"), "--format", "json"]

    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 0
    assert json.loads(result.output)["outcomes"][0]["events"][0]["physical_id"] == value


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.json"], "no such file or folder"),
        (["t.json", "--region", "mars-north-1"], "mars-north-1: no such region"),
        (["t.json", "--parameters", "list.json"], "not parameters"),
        (["t.json", "--parameters", "none.json"], "none.json"),
        (["t.json", "--from", "empty.json"], "the file is empty"),
    ],
)
def test_input_that_cannot_be_used_is_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "t.json", FIRST)
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "empty.json").write_text("")

    result = CliRunner().invoke(app, ["rehearse", *arguments])

    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_nested_stack_that_contains_itself_is_one_line(tmp_path: Path) -> None:
    nested = resource("AWS::CloudFormation::Stack", {"TemplateURL": "x"}, Metadata={"aws:asset:path": "top.json"})
    write(tmp_path, "top.json", {"Child": nested})
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "top.json", "stackName": "Top"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"Top": artifact}}))

    result = CliRunner().invoke(app, ["rehearse", str(tmp_path)])

    assert result.exit_code == 2
    assert "the nested stack Top/Child contains itself" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
