"""A domain is private, encrypted and frugal without being asked, and says what it cannot do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.assembly import Assembly, read
from cdk_ml.errors import ConfigurationError
from cdk_ml.rehearsal import Action, rehearse
from cdk_ml.sagemaker import (
    Canvas,
    Docker,
    EcrImage,
    IdleShutdown,
    StudioApps,
    StudioDomain,
    StudioImage,
    StudioLifecycleConfig,
    StudioSpace,
    StudioStorage,
    StudioUserProfile,
)
from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

Make = Callable[..., StudioDomain]
Synth = Callable[[], Template]
DOMAIN = "AWS::SageMaker::Domain"


def test_a_domain_is_in_the_network_under_the_key_and_of_todays_studio(
    domain: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    domain()
    made = only(template(), DOMAIN)
    assert made["AppNetworkAccessType"] == "VpcOnly"
    assert made["SubnetIds"] == stack.resolve(workspace.subnet_ids)
    assert made["KmsKeyId"] == stack.resolve(workspace.key.key_arn)
    users = made["DefaultUserSettings"]
    assert (users["StudioWebPortal"], users["DefaultLandingUri"]) == ("ENABLED", "studio::")
    assert not {"JupyterServerAppSettings", "KernelGatewayAppSettings", "RStudioServerProAppSettings"} & {*users}


def test_both_apps_are_shut_down_when_idle_and_users_stay_within_bounds(domain: Make, template: Synth) -> None:
    domain(idle=IdleShutdown(minutes=90, minimum=60, maximum=240))
    made = only(template(), DOMAIN)
    users, spaces = made["DefaultUserSettings"], made["DefaultSpaceSettings"]
    for settings in (users["JupyterLabAppSettings"], users["CodeEditorAppSettings"], spaces["JupyterLabAppSettings"]):
        assert settings["AppLifecycleManagement"]["IdleSettings"] == {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": 90,
            "MinIdleTimeoutInMinutes": 60,
            "MaxIdleTimeoutInMinutes": 240,
        }


@pytest.mark.parametrize(
    ("docker", "expected"),
    [
        (None, {"EnableDockerAccess": "DISABLED"}),
        (
            Docker(trusted_accounts=["111111111111"]),
            {"EnableDockerAccess": "ENABLED", "VpcOnlyTrustedAccounts": ["111111111111"]},
        ),
    ],
)
def test_containers_run_inside_apps_only_when_asked_for(
    domain: Make, template: Synth, docker: Docker | None, expected: dict[str, Any]
) -> None:
    domain(docker=docker)
    assert only(template(), DOMAIN)["DomainSettings"]["DockerSettings"] == expected


@pytest.mark.parametrize(("home", "creation", "mount"), [(True, "Enabled", "Enabled"), (False, "Disabled", "Disabled")])
def test_users_have_a_home_unless_they_are_to_have_none(
    domain: Make, template: Synth, home: bool, creation: str, mount: str
) -> None:
    domain(storage=StudioStorage(home_file_system=home, default_gib=5, maximum_gib=50))
    made = only(template(), DOMAIN)
    assert made["HomeEfsFileSystemCreation"] == creation
    assert made["DefaultUserSettings"]["AutoMountHomeEFS"] == mount
    sizes = made["DefaultUserSettings"]["SpaceStorageSettings"]["DefaultEbsStorageSettings"]
    assert sizes == {"DefaultEbsVolumeSizeInGb": 5, "MaximumEbsVolumeSizeInGb": 50}
    apps = only(template(), "Custom::StudioApps")
    assert ("FileSystemId" in apps) is home


def test_the_network_reaches_what_studio_calls_and_nothing_else(domain: Make, template: Synth) -> None:
    domain()
    endpoints = resources(template(), "AWS::EC2::VPCEndpoint").values()
    services = {json.dumps(body["Properties"]["ServiceName"]).rpartition(", ")[2].strip('".]}') for body in endpoints}
    assert services == {"sagemaker.api", "sagemaker.runtime", "studio", "sts", "logs", "s3"}


def test_apps_have_https_out_and_nfs_among_themselves(domain: Make, template: Synth) -> None:
    domain()
    made = template()
    (egress,) = resources(made, "AWS::EC2::SecurityGroupEgress").values()
    (ingress,) = resources(made, "AWS::EC2::SecurityGroupIngress").values()
    for rule in (egress["Properties"], ingress["Properties"]):
        assert (rule["FromPort"], rule["ToPort"]) == (2049, 2049)
    groups = [body["Properties"] for body in resources(made, "AWS::EC2::SecurityGroup").values()]
    (apps,) = [group for group in groups if group["GroupDescription"] == "Apps of a Studio domain"]
    assert "SecurityGroupIngress" not in apps
    assert [rule["ToPort"] for rule in apps["SecurityGroupEgress"]] == [443]


def granted(template: Template, action: str) -> list[dict[str, Any]]:
    """Statements that allow an action."""
    policies = resources(template, "AWS::IAM::ManagedPolicy").values()
    statements = [s for policy in policies for s in policy["Properties"]["PolicyDocument"]["Statement"]]
    return [s for s in statements if action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]


def test_a_data_scientist_starts_jobs_in_the_workspaces_subnets_only(
    domain: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    domain()
    (statement,) = granted(template(), "sagemaker:CreateTrainingJob")
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"sagemaker:VpcSubnets": stack.resolve(workspace.subnet_ids)},
        "Null": {"sagemaker:VpcSubnets": "false"},
    }


def test_a_data_scientist_rules_over_spaces_of_ones_own(domain: Make, template: Synth) -> None:
    domain()
    (statement,) = granted(template(), "sagemaker:DeleteSpace")[:1]
    owner = statement["Condition"]["ArnLike"]["sagemaker:OwnerUserProfileArn"]["Fn::Join"][1][-1]
    assert owner.endswith(":user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}")
    private, shared = granted(template(), "sagemaker:CreateApp")
    assert private["Condition"]["StringEquals"] == {"sagemaker:SpaceSharingType": ["Private"]}
    assert shared["Condition"]["StringEquals"] == {"sagemaker:SpaceSharingType": ["Shared"]}


def test_only_some_instance_types_may_be_started_where_they_are_named(domain: Make, template: Synth) -> None:
    domain(apps=StudioApps(instance_types=["ml.t3.medium", "ml.g5.xlarge"]))
    for statement in granted(template(), "sagemaker:CreateApp"):
        types = statement["Condition"]["ForAllValues:StringEquals"]["sagemaker:InstanceTypes"]
        assert types == ["ml.t3.medium", "ml.g5.xlarge"]


def test_a_data_scientist_cannot_change_the_domain_or_other_roles(domain: Make, template: Synth) -> None:
    made = domain()
    synthesized = template()
    for action in ("sagemaker:UpdateDomain", "sagemaker:CreateUserProfile", "iam:CreateRole"):
        assert granted(synthesized, action) == []
    (passed,) = granted(synthesized, "iam:PassRole")
    assert passed["Resource"] == cdk.Stack.of(made).resolve(made.role.role_arn)


def test_further_permissions_are_the_users_to_give(domain: Make, template: Synth) -> None:
    domain(statements=[Statement(actions=["s3:GetObject"], resources=["arn:aws:s3:::shared/data.csv"])])
    assert any(s["Resource"] == "arn:aws:s3:::shared/data.csv" for s in granted(template(), "s3:GetObject"))


def test_a_role_of_the_users_own_is_used_and_granted_nothing(domain: Make, stack: cdk.Stack, template: Synth) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    domain(role=role)
    made = template()
    assert only(made, DOMAIN)["DefaultUserSettings"]["ExecutionRole"] == role.role_arn
    assert granted(made, "sagemaker:CreateSpace") == []


def test_images_and_scripts_are_offered_to_the_app_they_are_for(
    domain: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Repository", "studio")
    geo = StudioImage(stack, "Geo", workspace=workspace, image=EcrImage(repository, "1"), app="CodeEditor")
    always = StudioLifecycleConfig(stack, "Always", workspace=workspace, script="true", built_in=True)
    chosen = StudioLifecycleConfig(stack, "Chosen", workspace=workspace, script="true")
    domain(apps=StudioApps(images=[geo], lifecycle_configs=[always, chosen]))
    users = only(template(), DOMAIN)["DefaultUserSettings"]
    lab, editor = users["JupyterLabAppSettings"], users["CodeEditorAppSettings"]
    assert lab["BuiltInLifecycleConfigArn"] == stack.resolve(always.lifecycle_config_arn)
    assert lab["LifecycleConfigArns"] == [stack.resolve(chosen.lifecycle_config_arn)]
    assert "CustomImages" not in lab
    assert editor["CustomImages"] == [stack.resolve(_pascal(geo.choice()))]
    assert "LifecycleConfigArns" not in editor


def _pascal(settings: dict[str, Any]) -> dict[str, Any]:
    return {name[0].upper() + name[1:]: value for name, value in settings.items()}


def test_who_opens_studio_is_granted_one_user(domain: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    domain().grant_open(caller, user_name="analyst")
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sagemaker:CreatePresignedDomainUrl"
    assert statement["Resource"]["Fn::Join"][1][-1] == "/analyst"


def test_a_domain_can_be_extended_with_plain_cdk(domain: Make, template: Synth) -> None:
    made = domain()
    made.connections.allow_to(ec2.Peer.ipv4("10.1.0.0/16"), ec2.Port.tcp(5432), "A database")
    cdk.Tags.of(made).add("team", "ranking")
    synthesized = template()
    assert {"Key": "team", "Value": "ranking"} in only(synthesized, DOMAIN)["Tags"]
    groups = resources(synthesized, "AWS::EC2::SecurityGroup").values()
    assert any(rule.get("ToPort") == 5432 for g in groups for rule in g["Properties"].get("SecurityGroupEgress", ()))


# What is refused.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"domain_name": "a_b"},
            "domain_name='a_b' is not a name that SageMaker takes. "
            "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit.",
        ),
        (
            {"idle": IdleShutdown(minutes=59)},
            "idle.minutes=59 is not a time after which Studio shuts down. Use 60 to 525600, which is a year.",
        ),
        (
            {"idle": IdleShutdown(minutes=500)},
            "idle.minutes=500 is not between what users may set, minimum=60 and maximum=480. "
            "Use minimum <= minutes <= maximum.",
        ),
        (
            {"storage": StudioStorage(default_gib=4)},
            "storage.default_gib=4 is not a size that a volume may have. Use 5 to 16384 GiB.",
        ),
        (
            {"storage": StudioStorage(default_gib=200)},
            "storage.default_gib=200 is more than maximum_gib=100. Use default_gib <= maximum_gib.",
        ),
        (
            {"apps": StudioApps(default_instance_type="ml.g5.huge")},
            "apps.default_instance_type='ml.g5.huge' is not an instance type of Studio's apps. Use one such as "
            "ml.g5.12xlarge, ml.g5.16xlarge, ml.g5.24xlarge, ml.g5.2xlarge, ml.g5.48xlarge.",
        ),
        (
            {"apps": StudioApps(instance_types=["ml.g5.xlarge"])},
            "apps.default_instance_type='ml.t3.medium' is none of instance_types=['ml.g5.xlarge']. Use one of them.",
        ),
        (
            {"apps": StudioApps(instance_types=["t3.medium", "ml.t3.medium"])},
            "apps.instance_types='t3.medium' is not an instance type of SageMaker. Write ml.t3.medium.",
        ),
        (
            {"docker": Docker(trusted_accounts=["1111"])},
            "docker.trusted_accounts='1111' is not an account id. Write its twelve digits.",
        ),
        (
            {"docker": Docker(trusted_accounts=["111111111111"] * 21)},
            "docker.trusted_accounts=21 are more than a domain trusts. Use at most 20.",
        ),
        (
            {"canvas": Canvas(prefix="/canvas/")},
            "canvas.prefix='/canvas/' is no prefix. Write it without a slash at either end, such as canvas.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_with_the_fix(
    domain: Make, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        domain(**options)
    assert f"Churn/Studio: {message}" in str(error.value).splitlines()


def test_an_app_that_would_have_to_run_two_scripts_is_refused(
    domain: Make, workspace: Workspace, stack: cdk.Stack
) -> None:
    scripts = [StudioLifecycleConfig(stack, id, workspace=workspace, script=id, built_in=True) for id in ("One", "Two")]
    with pytest.raises(ConfigurationError, match="has 2 that are built in for JupyterLab, but an app runs one"):
        domain(apps=StudioApps(lifecycle_configs=scripts))


def test_a_region_without_domains_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Mexico", env=cdk.Environment(region="mx-central-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    message = "region='mx-central-1' has no AWS::SageMaker::Domain in CloudFormation"
    with pytest.raises(ConfigurationError, match=message):
        StudioDomain(stack, "Studio", workspace=workspace)


def test_what_is_known_only_at_deployment_passes(domain: Make, stack: cdk.Stack, template: Synth) -> None:
    type_ = cdk.CfnParameter(stack, "Type").value_as_string
    number = cdk.Token.as_number({"Ref": "Minutes"})
    domain(
        idle=IdleShutdown(minutes=number, minimum=number, maximum=number),
        storage=StudioStorage(default_gib=number, maximum_gib=number),
        apps=StudioApps(default_instance_type=type_, instance_types=[type_]),
        domain_name=cdk.CfnParameter(stack, "Name").value_as_string,
    )
    assert only(template(), DOMAIN)["DomainName"] == {"Ref": "Name"}


# Canvas.


def test_canvas_keeps_its_artifacts_in_the_data_bucket_and_deploys_nothing_unless_asked_to(
    domain: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    domain(canvas=Canvas(register_models=False))
    made = template()
    settings = only(made, "Custom::StudioCanvas")
    assert settings["S3ArtifactPath"] == stack.resolve(f"s3://{workspace.data_bucket.bucket_name}/canvas")
    assert (settings["ModelRegister"], settings["DirectDeploy"]) == ("DISABLED", "DISABLED")
    assert granted(made, "sagemaker:CreateEndpoint") == []
    assert granted(made, "sagemaker:CreateModelPackage") == []
    (models,) = granted(made, "sagemaker:CreateModel")
    assert all("anvas" in json.dumps(resource) for resource in models["Resource"])


def test_canvas_may_register_and_deploy(domain: Make, template: Synth) -> None:
    domain(canvas=Canvas(deploy_models=True))
    made = template()
    assert len(granted(made, "sagemaker:CreateEndpoint")) == len(granted(made, "sagemaker:CreateModelPackage")) == 1


def test_without_canvas_nothing_of_it_is_made(domain: Make, template: Synth) -> None:
    domain()
    template().resource_count_is("Custom::StudioCanvas", 0)


# Updates.


def assembly(folder: Path, profile: Profile = Profile.SANDBOX, *, user: str = "analyst", **options: Any) -> Assembly:
    """A domain with a user and a space, synthesized."""
    app = cdk.App(outdir=str(folder), context=FLAGS)
    stack = cdk.Stack(app, "Research")
    workspace = Workspace(stack, "Workspace", profile=profile, tags=TAGS)
    domain = StudioDomain(stack, "Studio", workspace=workspace, **options)
    owner = StudioUserProfile(stack, "User", domain=domain, user_name=user)
    StudioSpace(stack, "Space", owner=owner, space_name="churn")
    app.synth()
    return read(folder)


KEPT = (DOMAIN, "AWS::SageMaker::UserProfile", "AWS::SageMaker::Space")


@pytest.mark.parametrize(
    ("profile", "options"),
    [
        (Profile.PRODUCTION, {}),
        (Profile.SANDBOX, {"idle": IdleShutdown(minutes=60)}),
        (Profile.SANDBOX, {"storage": StudioStorage(default_gib=20, maximum_gib=500)}),
        (Profile.SANDBOX, {"docker": Docker()}),
        (Profile.SANDBOX, {"apps": StudioApps(instance_types=["ml.t3.medium"])}),
        (Profile.SANDBOX, {"canvas": Canvas()}),
    ],
)
def test_what_may_change_is_changed_in_place(profile: Profile, options: dict[str, Any], tmp_path: Path) -> None:
    before, after = assembly(tmp_path / "before"), assembly(tmp_path / "after", profile, **options)
    (outcome,) = rehearse(after, before=before).outcomes
    replaced = {event.type for event in outcome.events if event.action is Action.REPLACE}
    assert not replaced & {*KEPT}
    assert [finding for finding in outcome.findings if finding.fails] == []
