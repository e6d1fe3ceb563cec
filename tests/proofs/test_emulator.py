"""Every reference stack is created, updated, rolled back and destroyed on the emulator."""

from __future__ import annotations

import copy
import os
import socket
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.testing.emulated_template import Dropped, without_unsupported
from cdk_ml.testing.emulator import Deployment, DeploymentError, Emulator
from cdk_ml.workspace import Profile
from stacks import reference_stacks
from tests.conftest import ROOT
from tests.proofs.emulated import KEY, LISTED, existing, left, parameters, published

STACKS = tuple(reference_stacks())
PROFILES = (Profile.SANDBOX, Profile.PRODUCTION)
RETAINED = ("Retain", "RetainExceptOnCreate")

Synthesized = Callable[[str, Profile], dict[str, Any]]


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """An emulator without stacks."""
    running.reset()
    return running


@pytest.fixture
def synthesized(emulator: Emulator) -> Synthesized:
    """The template of a stack in a profile, whose assets are published."""
    return lambda name, profile: published(emulator, name, profile)


def retained(template: Mapping[str, Any], deployment: Deployment) -> dict[str, set[str]]:
    """What the template says is left when its stack goes."""
    kept: dict[str, set[str]] = {}
    for logical_id, body in template["Resources"].items():
        listed = body["Type"] in LISTED
        if listed and logical_id in deployment.resources and body.get("DeletionPolicy") in RETAINED:
            kept.setdefault(body["Type"], set()).add(deployment.resources[logical_id])
    return kept


def complete(template: Mapping[str, Any], deployment: Deployment) -> None:
    """Everything in the template was deployed or is reported as dropped."""
    dropped = {resource.logical_id for resource in deployment.dropped}
    assert dropped.isdisjoint(deployment.resources)
    assert dropped | deployment.resources.keys() == template["Resources"].keys()


def not_deployed(name: str, profile: Profile, dropped: tuple[Dropped, ...]) -> str:
    """What was not deployed, for the person who reads the result of the tests."""
    kinds = Counter(resource.type for resource in dropped)
    listed = ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items()))
    return f"{name} in {profile.name}: not deployed, because the emulator does not know them: {listed}"


def broken(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template with other settings of its keys and log groups, and at last a queue that no one can make."""
    changed = copy.deepcopy(dict(template))
    for body in changed["Resources"].values():
        if body["Type"] == KEY:
            body["Properties"]["Description"] = "changed"
        elif body["Type"] == "AWS::Logs::LogGroup":
            body["Properties"]["RetentionInDays"] = 3653
    changed["Resources"]["Broken"] = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"VisibilityTimeout": 1_000_000},
        "DependsOn": sorted(template["Resources"]),
    }
    return changed


def settings(emulator: Emulator) -> dict[str, Any]:
    """What :func:`broken` changes, as it is."""
    kms = emulator.client("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    groups = emulator.client("logs").describe_log_groups()["logGroups"]
    return {
        **{key["KeyId"]: key["Description"] for key in keys},
        **{group["logGroupName"]: group.get("retentionInDays") for group in groups},
    }


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
@pytest.mark.parametrize("name", STACKS)
def test_what_is_left_of_a_destroyed_stack_is_what_its_profile_retains(
    name: str,
    profile: Profile,
    emulator: Emulator,
    synthesized: Synthesized,
    record_property: Callable[[str, object], None],
) -> None:
    template, before = synthesized(name, profile), existing(emulator)
    deployment = emulator.deploy(template, name, parameters(template))
    complete(template, deployment)
    record_property("dropped", [str(resource) for resource in deployment.dropped])
    warnings.warn(not_deployed(name, profile, deployment.dropped), stacklevel=1)
    assert left(emulator, before)["AWS::S3::Bucket"], "something was deployed"
    emulator.destroy(name)
    assert left(emulator, before) == retained(template, deployment)
    assert bool(retained(template, deployment)) is (not profile.deletes_data)


@pytest.mark.parametrize("name", STACKS)
def test_a_sandbox_becomes_production(name: str, emulator: Emulator, synthesized: Synthesized) -> None:
    sandbox, production = (synthesized(name, profile) for profile in PROFILES)
    before = existing(emulator)
    first = emulator.deploy(sandbox, name, parameters(sandbox))
    second = emulator.update(production, name, parameters(production))
    complete(production, second)
    stateful = {logical_id for logical_id, body in production["Resources"].items() if "DeletionPolicy" in body}
    assert stateful & first.resources.keys(), "there is data to keep"
    for logical_id in stateful & first.resources.keys():
        assert second.resources[logical_id] == first.resources[logical_id], f"{logical_id} was replaced"
    emulator.destroy(name)
    assert left(emulator, before) == retained(production, second)


@pytest.mark.parametrize("name", STACKS)
def test_a_failed_update_leaves_the_old_state(name: str, emulator: Emulator, synthesized: Synthesized) -> None:
    template = synthesized(name, Profile.PRODUCTION)
    emulator.deploy(template, name, parameters(template))
    listed, set_ = existing(emulator), settings(emulator)
    with pytest.raises(DeploymentError, match=r"- Broken \(AWS::SQS::Queue\): .*VisibilityTimeout") as failure:
        emulator.update(broken(template), name, parameters(template))
    assert failure.value.status == "UPDATE_ROLLBACK_COMPLETE"
    updated = [event for event in emulator.stack_events(name) if event.status == "UPDATE_COMPLETE"]
    assert {event.type for event in updated} >= {KEY}, "something was changed before it failed"
    assert (existing(emulator), settings(emulator)) == (listed, set_)


# Mutations: each proof fails when its subject is broken.


def test_a_stack_that_cannot_be_deleted_is_noticed(emulator: Emulator, synthesized: Synthesized) -> None:
    template = synthesized("MlWorkspace", Profile.SANDBOX)
    deployment = emulator.deploy(template, "MlWorkspace", parameters(template))
    vpc = next(id for id, body in template["Resources"].items() if body["Type"] == "AWS::EC2::VPC")
    emulator.client("ec2").create_subnet(VpcId=deployment.resources[vpc], CidrBlock="10.0.128.0/20")
    with pytest.raises(
        DeploymentError, match=rf"MlWorkspace: DELETE_FAILED\n- {vpc} \(AWS::EC2::VPC\): .*has dependenc"
    ):
        emulator.destroy("MlWorkspace")


@pytest.mark.parametrize("policy", ["Delete", "Retain"])
def test_a_deletion_policy_that_is_not_the_profiles_is_noticed(
    policy: str, emulator: Emulator, synthesized: Synthesized
) -> None:
    profile = Profile.PRODUCTION if policy == "Delete" else Profile.SANDBOX
    template, before = synthesized("MlWorkspace", profile), existing(emulator)
    mutant = copy.deepcopy(template)
    key = next(id for id, body in template["Resources"].items() if body["Type"] == KEY)
    mutant["Resources"][key]["DeletionPolicy"] = policy
    deployment = emulator.deploy(mutant, "MlWorkspace", parameters(template))
    emulator.destroy("MlWorkspace")
    assert left(emulator, before).get(KEY) != retained(template, deployment).get(KEY)


def test_a_change_that_is_not_rolled_back_is_noticed(emulator: Emulator, synthesized: Synthesized) -> None:
    template = synthesized("MlWorkspace", Profile.PRODUCTION)
    emulator.deploy(template, "MlWorkspace", parameters(template))
    before = settings(emulator)
    changed = broken(template)
    del changed["Resources"]["Broken"]
    emulator.update(changed, "MlWorkspace", parameters(template))
    assert settings(emulator) != before


def test_a_template_that_cannot_be_deployed_is_refused(emulator: Emulator) -> None:
    template = {"Parameters": {"Size": {"Type": "String"}}, "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    with pytest.raises(DeploymentError, match=r"^Topics: REFUSED\n- Topics .*: Parameter 'Size' has no Default"):
        emulator.deploy(template, "Topics")


# What is dropped.


def test_references_to_what_is_dropped_become_made_up_values() -> None:
    policy = {
        "Endpoint": {"Fn::GetAtt": ["Endpoint", "Arn"]},
        "Name": {"Ref": "Endpoint"},
        "Dotted": {"Fn::GetAtt": "Endpoint.EndpointName"},
        "Text": {"Fn::Sub": "${Endpoint}/${Endpoint.Arn}/${Topic}/${!Endpoint}"},
        "Values": {"Fn::Sub": ["${It}", {"It": {"Ref": "Endpoint"}}]},
        "Region": {"Ref": "AWS::Region"},
    }
    template = {
        "Resources": {
            "Endpoint": {"Type": "AWS::SageMaker::Endpoint"},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": policy, "DependsOn": ["Endpoint", "Other"]},
            "Other": {"Type": "AWS::SNS::Topic", "DependsOn": "Endpoint"},
        },
        "Outputs": {"Endpoint": {"Value": {"Ref": "Endpoint"}}, "Topic": {"Value": {"Ref": "Topic"}}},
    }
    reduced, dropped = without_unsupported(template, {"AWS::SNS::Topic"})
    arn = "arn:aws:dropped:us-east-1:111111111111:Endpoint"
    assert reduced["Resources"] == {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "Endpoint": arn,
                "Name": "dropped-endpoint",
                "Dotted": "dropped-endpoint",
                "Text": {"Fn::Sub": f"dropped-endpoint/{arn}/${{Topic}}/${{!Endpoint}}"},
                "Values": {"Fn::Sub": ["${It}", {"It": "dropped-endpoint"}]},
                "Region": {"Ref": "AWS::Region"},
            },
            "DependsOn": ["Other"],
        },
        "Other": {"Type": "AWS::SNS::Topic", "DependsOn": []},
    }
    assert [*reduced["Outputs"]] == ["Topic"]
    assert [str(resource) for resource in dropped] == ["Endpoint (AWS::SageMaker::Endpoint), used by Topic"]


def test_an_attribute_that_the_emulator_lacks_is_taken_from_the_property(running: Emulator) -> None:
    template = {
        "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}},
        "Outputs": {"Cidr": {"Value": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}},
    }
    assert running.deploy(template, "Network").outputs == {"Cidr": "10.1.0.0/16"}


@pytest.mark.parametrize(("runtime", "stays"), [("python3.13", True), ("nodejs24.x", False)])
def test_custom_resources_stay_when_their_function_can_run(runtime: str, stays: bool) -> None:
    template = {
        "Resources": {
            "Function": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": runtime}},
            "Made": {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}},
        }
    }
    reduced, dropped = without_unsupported(template, {"AWS::Lambda::Function", "Custom::Thing"})
    assert ("Made" in reduced["Resources"]) is stays
    assert [resource.logical_id for resource in dropped] == ([] if stays else ["Made"])


@pytest.mark.parametrize(("properties", "stays"), [({"MetricName": "Errors"}, True), ({"Metrics": []}, False)])
def test_alarms_stay_unless_they_compute_what_they_watch(properties: dict[str, Any], stays: bool) -> None:
    template = {"Resources": {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}}
    reduced, dropped = without_unsupported(template, {"AWS::CloudWatch::Alarm"})
    assert ("Alarm" in reduced["Resources"]) is stays
    assert [resource.logical_id for resource in dropped] == ([] if stays else ["Alarm"])


def test_custom_resources_that_are_told_of_what_is_dropped_are_dropped_as_well() -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.14"}}
    told = {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "Domain": {"Ref": "Domain"}}
    template = {
        "Resources": {
            "Function": function,
            "Domain": {"Type": "AWS::SageMaker::Domain"},
            "Told": {"Type": "Custom::Thing", "Properties": told},
            "Other": {"Type": "Custom::Thing", "Properties": {"ServiceToken": told["ServiceToken"]}},
        }
    }
    _, dropped = without_unsupported(template, {"AWS::Lambda::Function", "Custom::Thing"})
    assert [resource.logical_id for resource in dropped] == ["Domain", "Told"]


def test_the_emulator_says_itself_what_it_knows(running: Emulator) -> None:
    asked = {"AWS::S3::Bucket", "AWS::SageMaker::Endpoint", "AWS::Budgets::Budget", "Custom::Thing"}
    assert running.supported(asked) == {"AWS::S3::Bucket", "Custom::Thing"}
    assert running.supported({"AWS::S3::Bucket"}) == {"AWS::S3::Bucket"}


# The process.


def listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def test_the_emulator_listens_on_the_loopback_address_only_and_ends() -> None:
    with Emulator() as emulator:
        port = int(emulator.endpoint_url.rpartition(":")[2])
        assert listens("127.0.0.1", port)
        # A server on every interface would answer on each address of the loopback network.
        assert not listens("127.0.0.2", port)
    assert not listens("127.0.0.1", port)


def test_the_emulator_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import os\nfrom cdk_ml.testing.emulator import Emulator\n"
        "print(Emulator().__enter__().endpoint_url, flush=True)\nos.kill(os.getpid(), 9)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "constructs",
        # It cannot remove its folder any more.
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    port = int(ended.stdout.strip().rpartition(":")[2])
    for _ in range(100):
        if not listens("127.0.0.1", port):
            return
        time.sleep(0.1)
    pytest.fail(f"port {port} still answers")


def test_an_emulator_that_does_not_start_says_why() -> None:
    with (
        pytest.raises(RuntimeError, match="The emulator did not answer") as failure,
        Emulator(environment={"GATEWAY_PORT": "no-number"}),
    ):
        pass
    assert "no-number" in str(failure.value)
