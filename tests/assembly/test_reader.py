"""What the reader makes of cloud assemblies, templates, and of files that are neither."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.assembly import Acknowledgement, AssemblyError, read

BUCKET = {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "App/Data/Resource"}}


def write(file: Path, content: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def stack_artifact(template: str, **more: Any) -> dict[str, Any]:
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": template}, **more}


def assembly(folder: Path, artifacts: Mapping[str, Any], files: Mapping[str, Any]) -> Path:
    write(folder / "manifest.json", {"version": "55.0.0", "artifacts": artifacts})
    for name, content in files.items():
        write(folder / name, content)
    return folder


def test_a_json_template_becomes_one_template_named_after_its_file(tmp_path: Path) -> None:
    file = write(
        tmp_path / "data.template.json",
        {
            "Parameters": {"Stage": {"Type": "String"}},
            "Outputs": {"Name": {"Value": 1}},
            "Resources": {
                "Data": BUCKET | {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Delete", "DependsOn": "Key"},
                "Key": {
                    "Type": "AWS::KMS::Key",
                    "Condition": "IsProd",
                    "DependsOn": ["A", "B"],
                    "Properties": {"Enabled": True},
                },
            },
        },
    )
    found = read(file)
    (template,) = found.templates
    assert (found.directory, template.name, template.path, template.file) == (tmp_path, "data", "data", file)
    assert (template.account, template.region) == (None, None)
    assert list(template.parameters) == ["Stage"]
    assert list(template.outputs) == ["Name"]
    data, key = template.resources.values()
    assert (data.type, data.path, data.properties) == ("AWS::S3::Bucket", "App/Data/Resource", {})
    assert (data.deletion_policy, data.update_replace_policy, data.depends_on) == ("Retain", "Delete", ("Key",))
    assert (key.path, key.condition, key.depends_on, key.properties) == ("", "IsProd", ("A", "B"), {"Enabled": True})


def test_short_form_intrinsics_of_yaml_become_long_form(tmp_path: Path) -> None:
    file = write(
        tmp_path / "t.yaml",
        "Resources:\n"
        "  Key: {Type: AWS::KMS::Key}\n"
        "  Alias:\n"
        "    Type: AWS::KMS::Alias\n"
        "    Properties: {TargetKeyId: !GetAtt Key.Arn, AliasName: !Sub 'alias/${AWS::StackName}', X: !Ref Key}\n",
    )
    (template,) = read(file).templates
    properties = template.resources["Alias"].properties
    assert properties == {
        "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
        "AliasName": {"Fn::Sub": "alias/${AWS::StackName}"},
        "X": {"Ref": "Key"},
    }
    assert type(properties) is dict


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Key"},
        {"Fn::GetAtt": ["Key", "Arn"]},
        {"Fn::GetAtt": "Key.Arn"},
        {"Fn::Sub": "${Key}"},
        {"Fn::Sub": "${Key.Arn}"},
    ],
)
def test_a_reference_leads_to_its_resource(tmp_path: Path, value: object) -> None:
    (template,) = read(write(tmp_path / "t.json", {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}})).templates
    assert template.target(value) is template.resources["Key"]


@pytest.mark.parametrize(
    "value", ["Key", None, {"Ref": "AWS::Region"}, {"Fn::Sub": "${Key}/*"}, {"Fn::Join": ["", ["Key"]]}]
)
def test_anything_else_leads_nowhere(tmp_path: Path, value: object) -> None:
    (template,) = read(write(tmp_path / "t.json", {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}})).templates
    assert template.target(value) is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", "", "{file}: the file is empty."),
        ("t.json", '{"Resources":', "{file}: not JSON, or cut short: Expecting value: line 1 column 14 (char 13)."),
        ("t.json", "[1]", "{file}: not a CloudFormation template or manifest: its top level is not a mapping."),
        ("t.json", '{"a": 1}', "{file}: not a CloudFormation template: it has no mapping named Resources."),
        ("t.json", '{"Resources": []}', "{file}: not a CloudFormation template: it has no mapping named Resources."),
        ("t.json", '{"Resources": {"A": {}}}', "{file}: not a CloudFormation template: resource A has no Type."),
        (
            "t.json",
            '{"Resources": {"A": {"Type": "T", "Properties": [1]}}}',
            "{file}: not a CloudFormation template: Properties of A is not a mapping.",
        ),
        ("t.yaml", "just words", "{file}: not a CloudFormation template or manifest: its top level is not a mapping."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_template_is_refused_in_one_line(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    file = write(tmp_path / name, content)
    with pytest.raises(AssemblyError) as refused:
        read(file)
    assert str(refused.value) == message.format(file=file)


def test_broken_yaml_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"t\.yaml: not YAML: ") as refused:
        read(write(tmp_path / "t.yaml", "Resources:\n  A: [1,\n"))
    assert "\n" not in str(refused.value)


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(AssemblyError, match="not a text file in UTF-8"):
        read(tmp_path / "t.json")


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError) as refused:
        read(tmp_path / "gone")
    assert str(refused.value) == (
        f"{tmp_path / 'gone'}: no such file or folder. Give a template, or the folder that cdk synth writes."
    )


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError) as refused:
        read(tmp_path)
    assert str(refused.value) == f"{tmp_path}: not a cloud assembly: it has no manifest.json. Run cdk synth first."


def test_a_manifest_that_names_a_missing_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"A\.template\.json: no such file\."):
        read(assembly(tmp_path, {"A": stack_artifact("A.template.json")}, {}))


def test_stages_and_nested_stacks_are_read_with_their_construct_paths(tmp_path: Path) -> None:
    folder = assembly(
        tmp_path,
        {
            "assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}},
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
        },
        {},
    )
    stack = stack_artifact(
        "ProdApp.template.json",
        environment="aws://111111111111/eu-west-1",
        additionalMetadataFile="ProdApp.metadata.json",
        displayName="Prod/App",
    )
    stack["properties"]["stackName"] = "Prod-App"
    assembly(
        folder / "assembly-Prod",
        {"ProdApp": stack},
        {
            "ProdApp.template.json": {"Resources": {"Same": {"Type": "AWS::KMS::Key"}}},
            "Inner.nested.template.json": {"Resources": {"Same": {"Type": "AWS::S3::Bucket"}}},
            "ProdApp.metadata.json": {
                "/Prod/App": [{"type": "aws:cdk:templateFile", "data": "ProdApp.template.json"}],
                "/Prod/App/Key/Resource": [{"type": "aws:cdk:logicalId", "data": "Same"}],
                "/Prod/App/Inner": [
                    {"type": "aws:cdk:templateFile", "data": "Inner.nested.template.json"},
                    {
                        "type": "aws:cdk:acknowledged-rules",
                        "data": {"AwsSolutions::AwsSolutions-S1": "logs go elsewhere"},
                    },
                ],
                "/Prod/App/Inner/Data/Resource": [{"type": "aws:cdk:logicalId", "data": "Same"}],
            },
        },
    )
    found = read(folder)
    outer, inner = found.templates
    assert (outer.name, outer.path, outer.account, outer.region) == (
        "Prod-App",
        "Prod/App",
        "111111111111",
        "eu-west-1",
    )
    assert (inner.name, inner.path, inner.region) == ("Prod-App/Inner", "Prod/App/Inner", "eu-west-1")
    assert outer.resources["Same"].path == "Prod/App/Key/Resource"
    assert inner.resources["Same"].path == "Prod/App/Inner/Data/Resource"
    assert found.acknowledgements == (
        Acknowledgement("AwsSolutions::AwsSolutions-S1", "logs go elsewhere", "Prod/App/Inner", "Prod/App/Inner"),
    )


def test_a_nested_stack_of_an_older_cdk_is_found_by_its_asset_path(tmp_path: Path) -> None:
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Metadata": {
            "aws:cdk:path": "App/Inner.NestedStack/Inner.NestedStackResource",
            "aws:asset:path": "AppInner.nested.template.json",
        },
    }
    folder = assembly(
        tmp_path,
        {"App": stack_artifact("App.template.json", environment="aws://unknown-account/unknown-region")},
        {
            "App.template.json": {"Resources": {"N": nested}},
            "AppInner.nested.template.json": {"Resources": {"B": BUCKET}},
        },
    )
    outer, inner = read(folder).templates
    assert (outer.path, outer.account, outer.region) == ("App", None, None)
    assert (inner.name, inner.path, list(inner.resources)) == ("App/Inner", "App/Inner", ["B"])


def test_acknowledgements_of_cdk_nag_2_are_read_from_the_template(tmp_path: Path) -> None:
    nag = {
        "rules_to_suppress": [
            {"id": "AwsSolutions-S1", "reason": "bG9ncw==", "is_reason_encoded": True},
            {"id": "AwsSolutions-IAM5", "reason": "r", "applies_to": ["Resource::*", {"regex": "/^Action::s3:.*$/g"}]},
        ]
    }
    whole = {"rules_to_suppress": [{"id": "AwsSolutions-KMS5", "reason": "w"}]}
    file = write(
        tmp_path / "t.json",
        {
            "Metadata": {"cdk_nag": whole},
            "Resources": {"Data": {"Type": "AWS::S3::Bucket", "Metadata": {"cdk_nag": nag}}},
        },
    )
    found = [(a.rule, a.reason, a.logical_id, a.finding) for a in read(file).acknowledgements]
    assert found == [
        ("AwsSolutions-KMS5", "w", "", ".*"),
        ("AwsSolutions-S1", "logs", "Data", ".*"),
        ("AwsSolutions-IAM5[Resource::*]", "r", "Data", None),
        ("AwsSolutions-IAM5", "r", "Data", "^Action::s3:.*$"),
    ]


@pytest.mark.parametrize(
    "rules",
    [
        3,
        ["AwsSolutions-S1"],
        [{"reason": "r"}],
        [{"id": "AwsSolutions-S1", "reason": "r", "applies_to": 3}],
        [{"id": "AwsSolutions-S1", "reason": "r", "applies_to": [{"pattern": "/x/"}]}],
        # JavaScript reads this pattern, Python does not.
        [{"id": "AwsSolutions-S1", "reason": "r", "applies_to": [{"regex": "/^Action::(?<name>s3):.*$/"}]}],
    ],
)
def test_metadata_of_cdk_nag_that_cannot_be_understood_acknowledges_nothing(tmp_path: Path, rules: object) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Metadata": {"cdk_nag": {"rules_to_suppress": rules}}}
    assert read(write(tmp_path / "t.json", {"Resources": {"Topic": topic}})).acknowledgements == ()


def test_a_reason_that_only_claims_to_be_encoded_is_taken_as_it_is(tmp_path: Path) -> None:
    rules = [{"id": "AwsSolutions-S1", "reason": "für später", "is_reason_encoded": True}]
    bucket = {**BUCKET, "Metadata": {"cdk_nag": {"rules_to_suppress": rules}}}
    file = write(tmp_path / "t.json", {"Resources": {"Data": bucket}})
    assert [a.reason for a in read(file).acknowledgements] == ["für später"]


@pytest.mark.parametrize("reports", [None, [1], [{"suppressedViolations": None}], [{"suppressedViolations": ["S1"]}]])
def test_a_validation_report_that_cannot_be_understood_acknowledges_nothing(tmp_path: Path, reports: object) -> None:
    entries = [{"type": "aws:cdk:acknowledged-rules", "data": "S1"}, {"type": "aws:cdk:acknowledged-rules"}]
    folder = assembly(
        tmp_path,
        {"App": stack_artifact("App.template.json", metadata={"/App/Data": entries})},
        {"App.template.json": {"Resources": {"Data": BUCKET}}, "validation-report.json": {"pluginReports": reports}},
    )
    assert read(folder).acknowledgements == ()


@pytest.mark.parametrize("metadata", [{"/App": 1}, {"/App": [1]}])
def test_a_metadata_file_of_another_shape_is_refused_in_one_line(tmp_path: Path, metadata: object) -> None:
    folder = assembly(
        tmp_path,
        {"App": stack_artifact("App.template.json", additionalMetadataFile="App.metadata.json")},
        {"App.template.json": {"Resources": {}}, "App.metadata.json": metadata},
    )
    with pytest.raises(AssemblyError) as refused:
        read(folder)
    file = tmp_path / "App.metadata.json"
    assert str(refused.value) == f"{file}: not the metadata of a stack: it is not a mapping of lists."


def test_an_acknowledgement_made_on_the_app_is_found_in_the_validation_report(tmp_path: Path) -> None:
    suppressed = [
        {"acknowledgedId": "AwsSolutions::AwsSolutions-S1", "reason": "on the app"},
        {"acknowledgedId": "AwsSolutions::AwsSolutions-S1", "reason": "already known", "acknowledgedAt": "App/Data"},
    ]
    folder = assembly(
        tmp_path,
        {"App": stack_artifact("App.template.json")},
        {
            "App.template.json": {"Resources": {"Data": BUCKET}},
            "validation-report.json": {
                "pluginReports": [{"pluginName": "AwsSolutions", "suppressedViolations": suppressed}]
            },
        },
    )
    assert read(folder).acknowledgements == (Acknowledgement("AwsSolutions::AwsSolutions-S1", "on the app", "", ""),)


def test_stacks_are_selected_by_name_path_and_pattern(tmp_path: Path) -> None:
    folder = assembly(
        tmp_path,
        {"One": stack_artifact("1.json"), "Two": stack_artifact("2.json")},
        {"1.json": {"Resources": {}}, "2.json": {"Resources": {}}},
    )
    found = read(folder)
    assert [t.path for t in found.select(["One"]).templates] == ["One"]
    assert [t.path for t in found.select(["T*"]).templates] == ["Two"]
    with pytest.raises(AssemblyError) as refused:
        found.select(["Three"])
    assert str(refused.value) == f"Three: no such file, and no such stack in {folder}. It has One, Two."
