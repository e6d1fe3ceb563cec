"""The bridge finds in templates what cdk-nag finds inside the app."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cdk_ml.assembly import Assembly, read
from cdk_ml.checks import Severity, nag, run
from tests.checks.conftest import Canary

NAG = tuple(nag.TITLES)


def test_the_bridge_opens_and_acknowledges_exactly_what_the_packs_do_inside_the_app(canary: Canary) -> None:
    places = {r.path: (t.path, r.logical_id) for t in canary.assembly.templates for r in t.resources.values()}

    def in_app(kind: str) -> set[tuple[str, ...]]:
        return {
            (plugin["pluginName"], violation["ruleName"], *places[violating["constructPath"]])
            for plugin in canary.in_app
            if plugin["pluginName"] in NAG
            for violation in plugin.get(kind, ())
            for violating in violation["violatingConstructs"]
        }

    report = run(canary.assembly, NAG)
    assert {(f.pack, f.rule, f.stack, f.logical_id) for f in report.open} == in_app("violations")
    # cdk-nag keeps to itself what an acknowledgement without the name of a pack covers.
    named = {f for f in report.acknowledged if f.acknowledged != "without the name of the pack"}
    assert {(f.pack, f.rule, f.stack, f.logical_id) for f in named} == in_app("suppressedViolations")
    assert {f.rule for f in set(report.acknowledged) - named} == {"AwsSolutions-L1"}


def test_every_pack_is_alive_and_findings_keep_their_construct_paths(canary: Canary) -> None:
    report = run(canary.assembly, NAG)
    assert {finding.pack for finding in report.open} == set(NAG)
    paths = {finding.path for finding in report.findings if finding.rule == "AwsSolutions-S10"}
    assert paths == {
        f"{stage}Canary/{bucket}/Resource" for stage in ("", "Prod/") for bucket in ("Bucket", "Nested/Inner")
    }


def test_the_acknowledgement_that_matches_nothing_is_stale(canary: Canary) -> None:
    report = run(canary.assembly, NAG)
    assert {(a.rule, a.path) for a in report.stale} == {
        ("AwsSolutions::AwsSolutions-RDS2", path) for path in ("Canary", "Prod/Canary")
    }
    assert run(canary.assembly, ["PCI.DSS.321"]).stale == ()


def test_a_plain_template_yields_exactly_the_expected_findings(template_of: Callable[..., Assembly]) -> None:
    assembly = template_of(
        {
            "Notebook": {
                "Type": "AWS::SageMaker::NotebookInstance",
                "Properties": {"InstanceType": "ml.t3.medium", "RoleArn": "arn:aws:iam::111111111111:role/r"},
            }
        }
    )
    found = {(f.rule, f.logical_id, f.severity) for f in run(assembly, NAG).findings}
    rules = [f"AwsSolutions-SM{number}" for number in (1, 2, 3)]
    for pack in ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321"):
        rules += [
            f"{pack}-SageMakerNotebookInstanceKMSKeyConfigured",
            f"{pack}-SageMakerNotebookNoDirectInternetAccess",
        ]
    assert found == {(rule, "Notebook", Severity.ERROR) for rule in rules}


def test_a_rule_that_threw_is_a_warning(template_of: Callable[..., Assembly]) -> None:
    bucket = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}, "EnableKeyRotation": {"Ref": "Rotate"}}}
    assembly = template_of({"Key": bucket, "Rotate": {"Type": "AWS::SNS::Topic"}})
    (threw,) = [f for f in run(assembly, ["AwsSolutions"]).findings if f.rule == "AwsSolutions-KMS5"]
    assert threw.severity is Severity.WARNING
    assert threw.message.startswith("Rule threw an error during validation.")


def test_a_template_that_cdk_cannot_load_is_a_finding(tmp_path: Path) -> None:
    loop: Mapping[str, Any] = {
        "Transform": "AWS::LanguageExtensions",
        "Resources": {"Fn::ForEach::Topics": ["N", ["a"], {"T${N}": {"Type": "AWS::SNS::Topic"}}]},
    }
    file = tmp_path / "loop.json"
    file.write_text(json.dumps(loop))
    (found,) = run(read(file), ["AwsSolutions"]).findings
    assert (found.rule, found.logical_id, found.severity) == ("AwsSolutions-Unreadable", "", Severity.WARNING)
    assert found.message.startswith("cdk-nag cannot read this template: ")
    assert "\n" not in found.message
