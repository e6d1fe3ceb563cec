"""A group of model versions stays, is shared with whom it names, and starts what waits for an approval."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import ApprovalStatus, ModelPackageGroup, ModelSharing
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

Synth = Callable[[], Template]
GROUP = "AWS::SageMaker::ModelPackageGroup"


def test_a_group_is_nobodys_but_the_accounts_own(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    made = ModelPackageGroup(stack, "Models", workspace=workspace)
    synthesized = template()
    found = only(synthesized, GROUP)
    assert found["ModelPackageGroupName"] == made.model_package_group_name
    for absent in ("ModelPackageGroupPolicy", "ModelPackageGroupDescription"):
        assert absent not in found
    for absent in ("AWS::IAM::Role", "AWS::S3::Bucket", "AWS::KMS::Key"):
        synthesized.resource_count_is(absent, 0)


@pytest.mark.parametrize("profile", [Profile.SANDBOX, Profile.PRODUCTION])
def test_a_group_stays_even_where_data_is_deleted(profile: Profile) -> None:
    stack = cdk.Stack(cdk.App(context={**FLAGS, "cdk-ml:delete-data": True}), "Churn")
    ModelPackageGroup(stack, "Models", workspace=Workspace(stack, "Workspace", profile=profile, tags=TAGS))
    ((_, found),) = resources(Template.from_stack(stack), GROUP).items()
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_other_accounts_look_versions_up_if_they_are_in_the_organization(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    sharing = ModelSharing(accounts=["222222222222"], organization="o-abcdefghij")
    made = ModelPackageGroup(stack, "Models", workspace=workspace, sharing=sharing)
    policy = only(template(), GROUP)["ModelPackageGroupPolicy"]
    group, versions = stack.resolve([made.model_package_group_arn, made.versions_arn])
    assert [(one["Sid"], one["Resource"]) for one in policy["Statement"]] == [
        ("LookUpGroup", [group]),
        ("LookUpVersions", [versions]),
    ]
    for statement in policy["Statement"]:
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
        assert ":iam::222222222222:root" in json.dumps(statement["Principal"])
    assert "CreateModelPackage" not in json.dumps(policy)


def test_accounts_that_may_register_and_read_artifacts_can(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    sharing = ModelSharing(accounts=["222222222222"], may_register=True, artifacts="models/churn/")
    ModelPackageGroup(stack, "Models", workspace=workspace, sharing=sharing)
    made = template()
    policy = only(made, GROUP)["ModelPackageGroupPolicy"]
    assert "Condition" not in policy["Statement"][0]
    assert policy["Statement"][-1]["Action"] == ["sagemaker:AddTags", "sagemaker:CreateModelPackage"]
    bucket_policies = json.dumps(resources(made, "AWS::S3::BucketPolicy"))
    assert "/models/churn/*" in bucket_policies
    assert "222222222222" in bucket_policies
    key_policy = only(made, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    assert [one["Action"] for one in key_policy if "222222222222" in json.dumps(one)] == ["kms:Decrypt"]


def test_an_approval_in_this_group_starts_the_target(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    machine = StateMachine(stack, "Deploy", workspace=workspace, definition=sfn.Pass(stack, "Done"))
    group = ModelPackageGroup(stack, "Models", workspace=workspace)
    trigger = group.approval_trigger("Approved", target=machine.target, input_path="$.detail")
    rule = only(template(), "AWS::Events::Rule")
    assert rule["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [group.model_package_group_name],
            "ModelApprovalStatus": ["Approved"],
        },
    }
    assert rule["Targets"][0]["InputPath"] == "$.detail"
    assert trigger.node.path == "Churn/Models/Approved"


def test_a_rejection_can_start_something_as_well(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    machine = StateMachine(stack, "Withdraw", workspace=workspace, definition=sfn.Pass(stack, "Done"))
    group = ModelPackageGroup.from_model_package_group_name(stack, "Existing", "Churn-Prod", workspace=workspace)
    group.approval_trigger("Rejected", target=machine.target, statuses=[ApprovalStatus.REJECTED])
    detail = only(template(), "AWS::Events::Rule")["EventPattern"]["detail"]
    assert detail == {"ModelPackageGroupName": ["Churn-Prod"], "ModelApprovalStatus": ["Rejected"]}
    assert group.model_package_group_arn.endswith(":model-package-group/churn-prod")


def test_what_registers_cannot_approve(stack: cdk.Stack, workspace: Workspace) -> None:
    made = ModelPackageGroup(stack, "Models", workspace=workspace)
    registers = {action: one for one in made.register_statements() for action in one.actions}
    assert registers["sagemaker:CreateModelPackage"].conditions == {
        "StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": ["PendingManualApproval"]}
    }
    assert "sagemaker:UpdateModelPackage" not in registers
    (decides,) = made.approve_statements()
    assert "sagemaker:UpdateModelPackage" in decides.actions
    assert {*decides.resources} == {made.versions_arn}
    assert made.versions_arn.endswith("/*")


def test_readers_and_approvers_are_granted_this_group(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    person = iam.Role(stack, "Person", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = ModelPackageGroup(stack, "Models", workspace=workspace)
    made.grant_read(person)
    made.grant_approve(person)
    granted = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    group, versions = stack.resolve([made.model_package_group_arn, made.versions_arn])
    assert [found["Resource"] for found in granted] == [group, versions]
    assert [one.resources[0] for one in made.read_statements()] == [made.model_package_group_arn, made.versions_arn]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"model_package_group_name": "-a"},
            "model_package_group_name='-a' is not a name that SageMaker takes. "
            "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit.",
        ),
        (
            {"description": "x" * 1025},
            f"description='{'x' * 20}…' has 1025 characters, but SageMaker takes 1024. Shorten it.",
        ),
        (
            {"description": "a\nb"},
            "description='a\\nb' has a line break or another control character. Write one line.",
        ),
        (
            {"sharing": ModelSharing(accounts=[])},
            "sharing.accounts=[] are 0, but a group is shared with 1 to 100. Name the accounts, or leave sharing out.",
        ),
        (
            {"sharing": ModelSharing(accounts=["2222"], organization="org")},
            "sharing.accounts='2222' is not an account id. Write its twelve digits.",
        ),
        (
            {"sharing": ModelSharing(accounts=["222222222222"], organization="org")},
            "sharing.organization='org' is not the id of an organization. Write it as o-abcdefghij.",
        ),
        (
            {"sharing": ModelSharing(accounts=["222222222222"], artifacts="models")},
            "sharing.artifacts='models' is not a prefix for objects. "
            "Write it as models/churn/: letters, digits and _.=-/, ending in /.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_with_the_fix(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        ModelPackageGroup(stack, "Models", workspace=workspace, **options)
    assert f"Churn/Models: {message}" in str(error.value).splitlines()


def test_a_region_without_registry_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Far", env=cdk.Environment(region="cn-north-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match="region='cn-north-1' has no AWS::SageMaker::ModelPackageGroup"):
        ModelPackageGroup(stack, "Models", workspace=workspace)


def test_what_is_known_only_at_deployment_passes(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    name, account = cdk.CfnParameter(stack, "Name"), cdk.CfnParameter(stack, "Account")
    ModelPackageGroup(
        stack,
        "Models",
        workspace=workspace,
        model_package_group_name=name.value_as_string,
        sharing=ModelSharing(accounts=[account.value_as_string]),
    )
    assert only(template(), GROUP)["ModelPackageGroupName"] == {"Ref": "Name"}


def test_accounts_that_may_deploy_make_models_of_versions_and_reject_them(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    sharing = ModelSharing(accounts=["222222222222"], may_deploy=True)
    made = ModelPackageGroup(stack, "Models", workspace=workspace, sharing=sharing)
    (*_, deploy) = only(template(), GROUP)["ModelPackageGroupPolicy"]["Statement"]
    assert (deploy["Sid"], deploy["Action"]) == ("Deploy", ["sagemaker:CreateModel", "sagemaker:UpdateModelPackage"])
    assert deploy["Resource"] == [stack.resolve(made.versions_arn)]


def test_a_group_of_another_account_is_named_there(stack: cdk.Stack, workspace: Workspace) -> None:
    models = ModelPackageGroup.from_model_package_group_name(
        stack, "Models", "Churn", workspace=workspace, account="111111111111"
    )
    assert models.model_package_group_arn.endswith(":111111111111:model-package-group/churn")
