"""CDK's own validator, run on files that are already written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cdk_ml.assembly import Assembly, read
from cdk_ml.checks import Severity, run
from cdk_ml.checks.rule import example
from tests.checks.conftest import Canary

PACK = "CloudFormation-Validate"


def test_it_reports_what_the_validator_reports_inside_the_app(canary: Canary) -> None:
    in_app = {
        (violation["ruleName"], violation["description"], violating["constructPath"])
        for plugin in canary.in_app
        if plugin["pluginName"] == "CloudFormation Validate"
        for violation in plugin["violations"]
        for violating in violation["violatingConstructs"]
    }
    found = {(f.rule, f.message, f.path) for f in run(canary.assembly, [PACK]).findings}
    assert found == in_app
    assert found


def test_an_unknown_property_is_an_error_on_its_resource(template_of: Callable[..., Assembly]) -> None:
    report = run(template_of(example("AWS::S3::Bucket", BucketNam="x")), [PACK])
    (error,) = report.open
    assert (error.logical_id, error.severity, error.pack) == ("Bucket", Severity.ERROR, PACK)
    assert "BucketNam" in error.message


def test_it_reads_yaml(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text("Resources:\n  Key: {Type: AWS::KMS::Key, Properties: {Enabld: !Ref AWS::Region}}\n")
    assert [f.logical_id for f in run(read(file), [PACK]).open] == ["Key"]
