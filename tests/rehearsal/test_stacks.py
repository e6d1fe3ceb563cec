"""Stacks go up in the order of their exports and come down in the opposite one; nested stacks go with theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.assembly import Assembly, AssemblyError, read
from cdk_ml.rehearsal import Outcome, rehearse
from tests.rehearsal.templates import assembly, found, resource

QUEUE = resource("AWS::SQS::Queue")
EXPORT = {"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": "jobs-url"}}}
IMPORT = {"P": resource("AWS::SSM::Parameter", {"Type": "String", "Value": {"Fn::ImportValue": "jobs-url"}})}


def pair(producer: dict[str, Any], consumer: dict[str, Any]) -> Assembly:
    # The importing stack is first, so that only its import can put it second.
    return Assembly.join([assembly(consumer, "Consumer"), assembly({"Queue": QUEUE}, "Producer", Outputs=producer)])


def test_a_stack_is_deployed_after_those_it_imports_from_and_gets_their_values() -> None:
    (outcome,) = rehearse(pair(EXPORT, IMPORT)).outcomes

    assert [event.stack for event in outcome.events] == ["Producer", "Consumer"]
    value = outcome.world.stacks["Consumer"].resources["P"].properties["Value"]
    assert value == outcome.world.stacks["Producer"].resources["Queue"].physical_id
    assert found(outcome) == []


def test_stacks_come_down_in_the_opposite_order() -> None:
    _, gone = rehearse(pair(EXPORT, IMPORT), destroy=True).outcomes

    assert [event.stack for event in gone.events] == ["Consumer", "Producer"]
    assert found(gone) == []


def test_an_export_that_goes_together_with_its_import_is_still_in_use_when_its_stack_is_first() -> None:
    plain = {"P": resource("AWS::SSM::Parameter", {"Type": "String", "Value": "none"})}
    before = pair(EXPORT, IMPORT)
    after = Assembly.join([assembly({"Queue": QUEUE}, "Producer"), assembly(plain, "Consumer")])

    (outcome,) = rehearse(after, before=before).outcomes

    assert found(outcome) == [("export-in-use", "")]
    assert "Consumer" in outcome.findings[0].message


def test_an_export_of_no_stack_in_the_assembly_is_taken_to_exist() -> None:
    (outcome,) = rehearse(assembly(IMPORT)).outcomes

    assert found(outcome) == []
    assert any("jobs-url" in finding.message for finding in outcome.findings)


def write(folder: Path, child: dict[str, Any], output: str = "Arn") -> Assembly:
    """A cloud assembly with a nested stack, as the CDK writes one."""
    nested = resource(
        "AWS::CloudFormation::Stack",
        {"TemplateURL": "https://example.com/child", "Parameters": {"Name": "given"}},
        Metadata={"aws:cdk:path": "Top/Child.NestedStack/Child.NestedStackResource", "aws:asset:path": "child.json"},
    )
    user = resource("AWS::SSM::Parameter", {"Type": "String", "Value": {"Fn::GetAtt": ["Child", f"Outputs.{output}"]}})
    folder.mkdir()
    (folder / "top.json").write_text(json.dumps({"Resources": {"User": user, "Child": nested}}))
    (folder / "child.json").write_text(json.dumps(child))
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "top.json", "stackName": "Top"}}
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"Top": artifact}}))
    return read(folder)


def child(name: Any) -> dict[str, Any]:
    return {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Logs": resource("AWS::Logs::LogGroup", {"LogGroupName": name})},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Logs", "Arn"]}}},
    }


def test_a_nested_stack_takes_parameters_and_gives_outputs(tmp_path: Path) -> None:
    (outcome,) = rehearse(write(tmp_path / "a", child({"Ref": "Name"}))).outcomes

    assert [event.logical_id for event in outcome.events] == ["Logs", "Child", "User"]
    assert outcome.events[0].physical_id == "given"
    assert "log-group:given" in outcome.world.stacks["Top"].resources["User"].properties["Value"]
    assert found(outcome) == []


def test_an_output_that_a_nested_stack_does_not_have_is_refused(tmp_path: Path) -> None:
    (outcome,) = rehearse(write(tmp_path / "a", child("x"), output="Arm")).outcomes

    assert found(outcome) == [("missing-attribute", "User")]


def logs(outcome: Outcome) -> list[str]:
    return [event.action.value for event in outcome.events if event.logical_id == "Logs"]


def test_a_nested_stack_is_updated_and_destroyed_with_its_parent(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", child("one")), write(tmp_path / "new", child("two"))

    update, gone = rehearse(new, before=old, fail=True, destroy=True).outcomes

    assert logs(update) == ["replace", "clean up"]
    assert logs(gone) == ["delete"]
    assert gone.world.stacks == {}
    assert {failure.logical_id for failure in update.failures} == {"Logs", "User"}


@pytest.mark.parametrize("policy", ["Delete", "Retain"])
def test_the_policy_of_a_resource_decides_what_its_stack_leaves(policy: str) -> None:
    bucket = resource("AWS::S3::Bucket", DeletionPolicy=policy)

    _, gone = rehearse(assembly({"Bucket": bucket}), destroy=True).outcomes

    assert [left.logical_id for left in gone.leftovers] == (["Bucket"] if policy == "Retain" else [])


def importing(name: str, export: str, exported: str) -> Assembly:
    parameter = resource("AWS::SSM::Parameter", {"Type": "String", "Value": {"Fn::ImportValue": export}})
    return assembly({"P": parameter}, name, Outputs={"O": {"Value": "v", "Export": {"Name": exported}}})


def test_stacks_that_import_from_each_other_can_never_be_deployed() -> None:
    (outcome,) = rehearse(Assembly.join([importing("One", "b", "a"), importing("Two", "a", "b")])).outcomes

    assert found(outcome) == [("cycle", "")]
    assert "One needs Two needs One" in next(f.message for f in outcome.findings if f.fails)


def test_a_stack_cannot_import_what_it_exports_itself() -> None:
    (outcome,) = rehearse(importing("One", "a", "a")).outcomes

    assert found(outcome) == [("cycle", "")]


def test_a_nested_stack_is_given_only_parameters_that_it_has(tmp_path: Path) -> None:
    without = child("fixed")
    del without["Parameters"]

    (outcome,) = rehearse(write(tmp_path / "a", without)).outcomes

    assert found(outcome) == [("unresolved", "")]
    assert "parameter Name is given" in next(f.message for f in outcome.findings if f.fails)


def test_a_nested_stack_that_contains_itself_is_refused(tmp_path: Path) -> None:
    nested = resource(
        "AWS::CloudFormation::Stack",
        {"TemplateURL": "https://example.com/child"},
        Metadata={
            "aws:cdk:path": "Top/Child/Again.NestedStack/Again.NestedStackResource",
            "aws:asset:path": "child.json",
        },
    )
    itself = child("x")
    itself["Resources"]["Again"] = nested

    with pytest.raises(AssemblyError, match=r"child\.json: the nested stack \S+ contains itself"):
        write(tmp_path / "a", itself)


URL = {"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-url"}}}}


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::ImportValue": "Producer-url"},
        {"Fn::ImportValue": {"Fn::Sub": "${Source}-url"}},
        {"Fn::GetStackOutput": {"StackName": "Producer", "OutputName": "Url"}},
        {"Fn::GetStackOutput": {"StackName": {"Ref": "Source"}, "OutputName": "Url", "Region": "us-east-1"}},
    ],
)
def test_a_stack_follows_what_it_reads_however_that_is_named(value: Any) -> None:
    reader = {"P": resource("AWS::SSM::Parameter", {"Type": "String", "Value": value})}
    source = {"Source": {"Type": "String", "Default": "Producer"}}
    consumer = assembly(reader, "Consumer", Parameters=source)

    (outcome,) = rehearse(Assembly.join([consumer, assembly({"Queue": QUEUE}, "Producer", Outputs=URL)])).outcomes

    assert [event.stack for event in outcome.events] == ["Producer", "Consumer"]
    queue = outcome.world.stacks["Producer"].resources["Queue"]
    assert outcome.world.stacks["Consumer"].resources["P"].properties["Value"] == queue.physical_id
    assert outcome.findings == ()


@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        ({"StackName": "Producer", "OutputName": "Uri"}, [("missing-attribute", "P")]),
        ({"StackName": "Producer", "OutputName": "Url", "Region": "eu-west-1"}, []),
        ({"StackName": "Elsewhere", "OutputName": "Url"}, []),
        ("Producer.Url", [("unresolved", "P")]),
    ],
)
def test_an_output_that_a_stack_does_not_have_is_refused_and_of_another_stack_taken_to_exist(
    argument: Any, kind: list[tuple[str, str]]
) -> None:
    value = {"Fn::GetStackOutput": argument}
    consumer = assembly({"P": resource("AWS::SSM::Parameter", {"Type": "String", "Value": value})}, "Consumer")

    (outcome,) = rehearse(Assembly.join([consumer, assembly({"Queue": QUEUE}, "Producer", Outputs=URL)])).outcomes

    assert found(outcome) == kind


def test_a_weak_reference_does_not_keep_an_output() -> None:
    value = {"Fn::GetStackOutput": {"StackName": "Producer", "OutputName": "Url"}}
    consumer = assembly({"P": resource("AWS::SSM::Parameter", {"Type": "String", "Value": value})}, "Consumer")
    plain = assembly({"P": resource("AWS::SSM::Parameter", {"Type": "String", "Value": "none"})}, "Consumer")
    before = Assembly.join([consumer, assembly({"Queue": QUEUE}, "Producer", Outputs=URL)])

    (outcome,) = rehearse(Assembly.join([assembly({"Queue": QUEUE}, "Producer"), plain]), before=before).outcomes

    assert found(outcome) == []
