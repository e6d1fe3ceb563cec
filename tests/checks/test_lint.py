"""cfn-lint's errors, in the region of the stack."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from cdk_ml.assembly import Assembly, read
from cdk_ml.checks import Severity, run
from cdk_ml.checks.rule import example


def test_an_unknown_property_is_an_error_with_its_place(template_of: Callable[..., Assembly]) -> None:
    (found,) = run(template_of(example("AWS::S3::Bucket", BucketNam="x")), ["cfn-lint"]).findings
    assert (found.rule, found.severity, found.logical_id) == ("E3002", Severity.ERROR, "Bucket")
    assert found.message.startswith("Properties/BucketNam: Additional properties are not allowed")
    assert found.source.startswith("https://")


def test_warnings_are_left_out(template_of: Callable[..., Assembly]) -> None:
    assembly = template_of({"A": {"Type": "AWS::SNS::Topic", "DependsOn": "B"}, "B": {"Type": "AWS::SNS::Topic"}})
    assert run(assembly, ["cfn-lint"]).findings == ()


def test_the_region_of_the_stack_counts(tmp_path: Path) -> None:
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111111111111/eu-north-1",
        "properties": {"templateFile": "t.json"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"App": artifact}}))
    (tmp_path / "t.json").write_text(json.dumps({"Resources": example("AWS::LookoutVision::Project", ProjectName="p")}))
    (found,) = run(read(tmp_path), ["cfn-lint"]).findings
    assert found.rule == "E3006"
    assert "eu-north-1" in found.message
