"""A domain comes down whatever runs in it, and gives its network back."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.sagemaker import StudioDomain, StudioSpace, StudioUserProfile
from cdk_ml.testing.emulator import DeploymentError, Emulator
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, resources
from tests.sagemaker.studio.pretend_sagemaker import PretendSageMaker

PRETENDER = Path(__file__).with_name("pretend_cloudformation.py")
PRETENDED = ("AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile", "AWS::SageMaker::Space")
STEP_SECONDS = 4
Synth = Callable[[], Template]


# The template.


def needs(template: Template, logical_id: str) -> set[str]:
    """Everything that is made before a resource, and deleted after it."""
    found: set[str] = set()
    waiting = [logical_id]
    every = template.to_json()["Resources"]
    while waiting:
        body = every[waiting.pop()]
        text = json.dumps(body)
        named = {other for other in every if f'"{other}"' in text}
        waiting += named - found
        found |= named
    return found


def test_apps_go_before_what_is_in_the_domain_and_storage_goes_between_the_domain_and_its_network(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    domain = StudioDomain(stack, "Studio", workspace=workspace)
    owner = StudioUserProfile(stack, "Analyst", domain=domain, user_name="analyst")
    StudioSpace(stack, "Space", owner=owner, space_name="churn")
    made = template()
    only = {type_: next(iter(resources(made, type_))) for type_ in (*PRETENDED, "Custom::StudioApps")}
    (storage,) = resources(made, "Custom::StudioStorage")
    assert needs(made, only["Custom::StudioApps"]) >= {only[type_] for type_ in PRETENDED}
    assert storage in needs(made, only["AWS::SageMaker::Domain"])
    network = {*resources(made, "AWS::EC2::Subnet"), *resources(made, "AWS::EC2::VPC")}
    assert network <= needs(made, storage)


def test_its_role_may_only_delete_in_the_domain_and_only_what_sagemaker_made_for_it(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    StudioDomain(stack, "Studio", workspace=workspace)
    made = template()
    statements = {
        action: statement
        for policy in resources(made, "AWS::IAM::ManagedPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if "Teardown" in json.dumps(policy["Properties"].get("Roles", "")) or action.startswith(("elastic", "ec2:Rev"))
    }
    (domain,) = resources(made, "AWS::SageMaker::Domain")
    for action in ("sagemaker:DeleteApp", "sagemaker:DeleteSpace", "sagemaker:DeleteUserProfile"):
        assert {"Fn::GetAtt": [domain, "DomainId"]} in statements[action]["Resource"]["Fn::Join"][1]
    assert (
        "aws:ResourceTag/cdk-ml:studio-storage"
        in statements["elasticfilesystem:DeleteFileSystem"]["Condition"]["StringEquals"]
    )
    revoke = statements["ec2:RevokeSecurityGroupEgress"]["Condition"]
    assert "ec2:Vpc" in revoke["ArnEquals"]
    assert "aws:ResourceTag/ManagedByAmazonSageMakerResource" in revoke["StringLike"]


@pytest.mark.parametrize(("context", "deletes"), [(True, "true"), (False, "false")])
def test_data_is_deleted_only_when_profile_and_context_agree(context: bool, deletes: str) -> None:
    stack = cdk.Stack(cdk.App(context={**FLAGS, "cdk-ml:delete-data": context}), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    StudioDomain(stack, "Studio", workspace=workspace)
    ((_, storage),) = resources(Template.from_stack(stack), "Custom::StudioStorage").items()
    assert storage["Properties"]["DeleteData"] == deletes


# On the emulator: with running apps, a file system that is kept, and a function that runs out of time half-way.


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """AWS, in which an hour of waiting takes a minute."""
    with Emulator(environment={"SFN_WAIT_SCALE": "0.02"}) as running:
        yield running


@pytest.fixture
def sagemaker() -> Iterator[PretendSageMaker]:
    """SageMaker, which the emulator lacks."""
    with PretendSageMaker() as server:
        yield server


def studio(folder: Path, profile: Profile) -> dict[str, Any]:
    """The template of a domain with a user and a space, where data may be deleted if the profile agrees."""
    app = cdk.App(outdir=str(folder), context={**FLAGS, "cdk-ml:delete-data": True})
    stack = cdk.Stack(app, "Research")
    workspace = Workspace(stack, "Workspace", profile=profile, tags=TAGS)
    domain = StudioDomain(stack, "Studio", workspace=workspace)
    owner = StudioUserProfile(stack, "Analyst", domain=domain, user_name="analyst")
    StudioSpace(stack, "Space", owner=owner, space_name="churn")
    app.synth()
    template: dict[str, Any] = json.loads((folder / "Research.template.json").read_text())
    return template


def deployable(template: dict[str, Any], url: str) -> dict[str, Any]:
    """``template`` with functions that call ``url`` for SageMaker, and one in place of CloudFormation's handlers."""
    changed = copy.deepcopy(template)
    made = changed["Resources"]
    role = next(body["Properties"]["Role"] for body in made.values() if body["Type"] == "AWS::Lambda::Function")
    for body in made.values():
        if body["Type"] == "AWS::Lambda::Function":
            variables = body["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
            variables["AWS_ENDPOINT_URL_SAGEMAKER"] = url
            body["Properties"]["Timeout"] = STEP_SECONDS
        elif body["Type"] in PRETENDED:
            token = {"Fn::GetAtt": ["Pretender", "Arn"]}
            body["Properties"] = {**body["Properties"], "Type": body["Type"], "ServiceToken": token}
            body["Type"] = "Custom::Pretended"
    made["Pretender"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.14",
            "Handler": "index.handler",
            "Code": {"ZipFile": PRETENDER.read_text()},
            "Role": role,
            "Timeout": 60,
            "Environment": {"Variables": {"AWS_ENDPOINT_URL_SAGEMAKER": url}},
        },
    }
    return changed


def left_in(emulator: Emulator, vpc_id: str) -> list[str]:
    """Names of the security groups that are left in a VPC."""
    found = emulator.client("ec2").describe_security_groups()["SecurityGroups"]
    return [group["GroupName"] for group in found if group["VpcId"] == vpc_id and group["GroupName"] != "default"]


@pytest.mark.parametrize("profile", [Profile.SANDBOX, Profile.PRODUCTION], ids=lambda profile: profile.name)
def test_a_domain_with_running_apps_comes_down_although_a_function_runs_out_of_time_half_way(
    profile: Profile, emulator: Emulator, sagemaker: PretendSageMaker, tmp_path: Path
) -> None:
    emulator.reset()
    template = studio(tmp_path / "cdk.out", profile)
    emulator.publish(tmp_path / "cdk.out")
    deployment = emulator.deploy(deployable(template, sagemaker.url), "Research")
    (domain_id,) = sagemaker.domains
    # What happens in a domain, and in no template.
    sagemaker.answer("CreateUserProfile", {"DomainId": domain_id, "UserProfileName": "guest"})
    sagemaker.answer(
        "CreateSpace",
        {"DomainId": domain_id, "SpaceName": "own", "OwnershipSettings": {"OwnerUserProfileName": "guest"}},
    )
    sagemaker.start_app(domain_id, "default", SpaceName="churn")
    sagemaker.start_app(domain_id, "default", SpaceName="own")
    sagemaker.start_app(domain_id, "canvas", UserProfileName="guest")
    # Once the apps are gone, an answer takes longer than the function has.
    sagemaker.calls.clear()
    sagemaker.hang["ListSpaces"] = STEP_SECONDS + 2

    emulator.destroy("Research")

    assert sagemaker.domains == {}
    assert [*sagemaker.spaces, *sagemaker.profiles] == []
    assert {app["Status"] for app in sagemaker.apps} == {"Deleted"}
    assert sagemaker.calls.count("ListSpaces") > 2, "it was tried again"
    vpc = next(id for id, body in template["Resources"].items() if body["Type"] == "AWS::EC2::VPC")
    assert left_in(emulator, deployment.resources[vpc]) == []
    systems = emulator.client("efs").describe_file_systems()["FileSystems"]
    if profile.deletes_data:
        assert systems == []
    else:
        (kept,) = systems
        assert kept["NumberOfMountTargets"] == 0
        assert kept["LifeCycleState"] == "available"


def test_another_way_to_come_in_is_refused_before_the_domain_is_touched(
    emulator: Emulator, sagemaker: PretendSageMaker, tmp_path: Path
) -> None:
    emulator.reset()
    template = deployable(studio(tmp_path / "cdk.out", Profile.SANDBOX), sagemaker.url)
    emulator.publish(tmp_path / "cdk.out")
    emulator.deploy(template, "Research")
    changed = copy.deepcopy(template)
    for body in changed["Resources"].values():
        if "AuthMode" in body.get("Properties", {}):
            body["Properties"]["AuthMode"] = "SSO"
    sagemaker.calls.clear()
    with pytest.raises(DeploymentError, match=r"AuthMode of d-.* is IAM and cannot become SSO") as failure:
        emulator.update(changed, "Research")
    assert failure.value.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "CreateDomain" not in sagemaker.calls
    assert "DeleteDomain" not in sagemaker.calls
