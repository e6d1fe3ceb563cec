"""The proofs of deployment, update and end, as users call them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from cdk_ml.assembly import AssemblyError
from cdk_ml.testing import assert_deployable, assert_destroyable, assert_updatable


def problems(proof: Callable[[], object]) -> list[str]:
    """The lines of a proof that fails."""
    with pytest.raises(AssertionError) as failed:
        proof()
    return str(failed.value).splitlines()


def table(key: str, name: str | None = None, removal: str = "Delete") -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Churn")
    made = dynamodb.CfnTable(
        stack,
        "Table",
        table_name=name,
        billing_mode="PAY_PER_REQUEST",
        key_schema=[{"attributeName": key, "keyType": "HASH"}],
        attribute_definitions=[{"attributeName": key, "attributeType": "S"}],
    )
    made.add_override("UpdateReplacePolicy", removal)
    return stack


def write(file: Path, resources: Mapping[str, Any], **sections: Any) -> Path:
    file.write_text(json.dumps({"Resources": resources, **sections}))
    return file


def test_a_problem_says_where_it_is_of_which_kind_and_what_to_do(stack: cdk.Stack) -> None:
    for name in ("One", "Two"):
        logs.CfnLogGroup(stack, name, log_group_name="jobs")
    assert problems(lambda: assert_deployable(stack)) == [
        "It can be deployed: 1 problem",
        "- Churn/Two: already-exists: jobs already exists: One has that name. Give it another name, or none.",
    ]


def test_a_stack_is_deployed_to_the_region_asked_for(stack: cdk.Stack) -> None:
    cdk.CfnResource(stack, "Studio", type="AWS::SageMaker::StudioLifecycleConfig", properties={
        "StudioLifecycleConfigAppType": "JupyterLab",
        "StudioLifecycleConfigName": "stop",
        "StudioLifecycleConfigContent": "IyEvYmluL2Jhc2g=",
    })  # fmt: skip
    assert_deployable(stack)
    with pytest.raises(AssemblyError, match="mars-north-1: no such region"):
        assert_deployable(stack, region="mars-north-1")


def test_parameters_are_given_to_all_stacks_or_to_one(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name")
    logs.CfnLogGroup(stack, "Logs", log_group_name=name.value_as_string)
    for given in ({"Name": "jobs"}, {"Churn": {"Name": "jobs"}}):
        assert assert_deployable(stack, parameters=given).outcomes[0].events[0].physical_id == "jobs"
    (_, problem) = problems(lambda: assert_deployable(stack))
    assert problem.startswith("- Churn: missing-parameter: parameter Name has no default")


def test_what_a_failure_leaves_behind_is_a_problem_unless_failures_are_left_out(stack: cdk.Stack) -> None:
    addon = {"AddonName": "vpc-cni", "ClusterName": "jobs", "PreserveOnDelete": True}
    cdk.CfnResource(stack, "Network", type="AWS::EKS::Addon", properties=addon)
    cdk.CfnResource(stack, "Queue", type="AWS::SQS::Queue")
    first, line = problems(lambda: assert_deployable(stack))
    assert first == "It can be deployed: 1 problem"
    assert line.startswith("- Churn/Network: leaves something: ")
    assert line.endswith(", after create of Queue failed.")
    assert assert_deployable(stack, fail=False).passed


def test_losing_data_is_a_problem_and_said_first() -> None:
    first, second, *_ = problems(lambda: assert_updatable(table("user"), table("order")))
    assert first.startswith("It can be updated: ")
    assert second.startswith("- Churn/Table: data-loss: is replaced, because KeySchema")


def test_a_fixed_name_under_replacement_is_a_problem() -> None:
    lines = problems(lambda: assert_updatable(table("user", "orders"), table("order", "orders")))
    assert any("already-exists: has to be replaced and keeps its name orders" in line for line in lines)


def test_a_stack_policy_is_held_against_the_update() -> None:
    policy = {"Statement": [{"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
    lines = problems(lambda: assert_updatable(table("user"), table("order"), stack_policy=policy))
    assert any(": stack-policy: " in line for line in lines)


def test_two_templates_are_one_stack_and_two_apps_need_a_stack_in_common(tmp_path: Path) -> None:
    queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
    old, new = write(tmp_path / "old.json", queue), write(tmp_path / "new.json", queue)
    assert assert_updatable(str(new), old).outcomes[0].events == ()
    with pytest.raises(
        AssemblyError, match=r"^old and new have no stack in common: .* One has Churn, the other new\.$"
    ):
        assert_updatable(new, table("user"))


def test_what_stays_is_a_problem_unless_it_may_stay(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Data")
    logs.LogGroup(stack, "Logs", removal_policy=cdk.RemovalPolicy.DESTROY)
    first, line = problems(lambda: assert_destroyable(stack))
    assert first == "Nothing stays behind: 1 problem"
    assert line.endswith(": AWS::S3::Bucket stays, by its DeletionPolicy.")
    assert assert_destroyable(stack, keeping=["AWS::S3::Bucket"]).outcomes[-1].world.stacks == {}


def test_what_blocks_the_end_of_a_stack_is_a_problem(stack: cdk.Stack) -> None:
    logs.CfnLogGroup(stack, "Logs", deletion_protection_enabled=True)
    _, line = problems(lambda: assert_destroyable(stack))
    assert line.startswith("- Churn/Logs: blocked: ")


def test_what_may_block_one_day_is_only_in_the_findings(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Data", removal_policy=cdk.RemovalPolicy.DESTROY)
    gone = assert_destroyable(stack).outcomes[-1]
    assert [(finding.kind.value, finding.fails) for finding in gone.findings] == [("blocked", False)]
