"""Every format says the same about one report, in the syntax of its readers."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cdk_ml.assembly import read
from cdk_ml.checks import Report, Severity, run
from cdk_ml.checks.report import FORMATS
from cdk_ml.checks.rule import example

REASON = "An argument with <brackets> & more"


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    notebook = example("AWS::SageMaker::NotebookInstance", RootAccess="Enabled", Tags=[])
    template = {"Resources": notebook | example("AWS::LookoutVision::Project") | example("AWS::EMR::Cluster")}
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "cdk.out" / "my app.json").write_text(json.dumps(template, indent=1))
    rules = {"ML::ML-NotebookNoRoot": REASON, "ML::ML-DomainVpcOnly": "stale"}
    artifact = {
        "type": "aws:cloudformation:stack",
        "displayName": "App",
        "properties": {"templateFile": "my app.json"},
        "metadata": {"/App": [{"type": "aws:cdk:acknowledged-rules", "data": rules}]},
    }
    (tmp_path / "cdk.out" / "manifest.json").write_text(json.dumps({"artifacts": {"App": artifact}}))
    monkeypatch.chdir(tmp_path)
    return run(read(Path("cdk.out")), ["ML", "Lifecycle"])


def test_json_holds_every_field(report: Report) -> None:
    data = json.loads(FORMATS["json"](report))
    assert data["passed"] is False
    assert [pack["name"] for pack in data["packs"]] == ["ML", "Lifecycle"]
    assert [(s["stack"], s["template"], s["resources"]) for s in data["stacks"]] == [("App", "my app.json", 3)]
    assert data["stale"] == [{"rule": "ML::ML-DomainVpcOnly", "path": "App", "stack": "App", "reason": "stale"}]
    assert len(data["findings"]) == len(report.findings)
    (root,) = [finding for finding in data["findings"] if finding["id"] == "ML::ML-NotebookNoRoot"]
    assert (root["acknowledged"], root["severity"], root["logical_id"]) == (REASON, "warning", "NotebookInstance")


def test_sarif_points_into_the_template_and_suppresses_what_is_acknowledged(report: Report) -> None:
    log = json.loads(FORMATS["sarif"](report))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (ran,) = log["runs"]
    rules = ran["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert len(ran["results"]) == len(report.findings)
    lines = Path("cdk.out/my app.json").read_text().splitlines()
    for result, finding in zip(ran["results"], report.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "cdk.out/my%20app.json"
        start = location["physicalLocation"]["region"]["startLine"]
        assert lines[start - 1].strip().startswith(f'"{finding.logical_id}":')
        expected = [{"kind": "inSource", "justification": REASON}] if finding.acknowledged else None
        assert result.get("suppressions") == expected


def test_junit_counts_failures_and_skips_what_is_acknowledged(report: Report) -> None:
    root = ET.fromstring(FORMATS["junit"](report))
    suites = {suite.get("name"): suite for suite in root}
    app = suites["App"]
    assert app.get("failures") == str(len(report.open)) == str(len(app.findall("testcase/failure")))
    assert app.get("skipped") == "1"
    skipped = app.find("testcase/skipped")
    assert skipped is not None
    assert skipped.get("message") == REASON
    stale = suites["acknowledgements"].find("testcase")
    assert stale is not None
    assert stale.get("name") == "ML::ML-DomainVpcOnly"


def test_html_is_one_page_that_loads_nothing(report: Report) -> None:
    loaded: list[str] = []
    opened: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            opened.append(tag)
            loaded.extend(name for name, _ in attrs if name == "src" or (tag == "link" and name == "href"))

    page = FORMATS["html"](report)
    Reader().feed(page)
    assert loaded == []
    assert "script" not in opened
    assert opened.count("h1") == 1
    assert "cdk-ml check: failed" in page
    assert "An argument with &lt;brackets&gt; &amp; more" in page
    assert all(finding.rule in page for finding in report.findings)


def test_the_table_shows_open_findings_with_their_fix_and_a_summary(report: Report) -> None:
    text = " ".join(FORMATS["table"](report).split())
    assert "Lifecycle-Ended" in text
    assert "ML-NotebookNoRoot" not in text
    assert "Stale acknowledgements: remove them, they match no finding" in text
    open_ = [finding.severity for finding in report.findings if finding.acknowledged is None]
    errors, warnings, infos = map(open_.count, Severity)
    assert text.endswith(
        f"{errors} errors, {warnings} warnings, {infos} infos, 1 acknowledged, 1 stale acknowledgement "
        "in 1 template with 2 packs."
    )


def test_brackets_of_a_finding_id_survive_the_table(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = example("AWS::IAM::ManagedPolicy", PolicyDocument={"Version": "2012-10-17", "Statement": [statement]})
    (tmp_path / "t.json").write_text(json.dumps({"Resources": policy}))
    report = run(read(tmp_path / "t.json"), ["AwsSolutions"])
    assert "AwsSolutions-IAM5[Resource::*]" in "".join(FORMATS["table"](report).split())
    result = json.loads(FORMATS["sarif"](report))["runs"][0]["results"][0]
    assert result["ruleId"] == "AwsSolutions::AwsSolutions-IAM5"
    assert result["message"]["text"].startswith("AwsSolutions-IAM5[Resource::*]: ")
