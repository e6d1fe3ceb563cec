"""A user has a name, apps of one's own, and comes in the way the domain says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import StudioDomain, StudioUserProfile
from tests.conftest import only, resources

Make = Callable[..., StudioDomain]
Synth = Callable[[], Template]
PROFILE = "AWS::SageMaker::UserProfile"


def test_a_user_has_the_domains_role_and_a_group_that_only_its_own_apps_are_in(
    domain: Make, stack: cdk.Stack, template: Synth
) -> None:
    where = domain()
    user = StudioUserProfile(stack, "Analyst", domain=where, user_name="analyst")
    made = template()
    profile = only(made, PROFILE)
    group = stack.resolve(user.security_group.security_group_id)
    assert profile["UserSettings"] == {
        "ExecutionRole": stack.resolve(where.role.role_arn),
        "SecurityGroups": [group],
    }
    rules = [
        body["Properties"]
        for type_ in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
        for body in resources(made, type_).values()
        if body["Properties"]["GroupId"] == group
    ]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in rules] == [(8192, 65535)] * 2
    assert all(group in (rule.get("SourceSecurityGroupId"), rule.get("DestinationSecurityGroupId")) for rule in rules)


def test_a_user_of_identity_center_is_named(domain: Make, stack: cdk.Stack, template: Synth) -> None:
    StudioUserProfile(stack, "Analyst", domain=domain(auth="SSO"), user_name="analyst", sso_user="a@example.com")
    profile = only(template(), PROFILE)
    assert (profile["SingleSignOnUserIdentifier"], profile["SingleSignOnUserValue"]) == ("UserName", "a@example.com")


def test_a_user_may_have_a_role_of_its_own(domain: Make, stack: cdk.Stack, template: Synth) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    StudioUserProfile(stack, "Analyst", domain=domain(), user_name="analyst", role=role)
    assert only(template(), PROFILE)["UserSettings"]["ExecutionRole"] == role.role_arn


def test_who_opens_studio_as_a_user_is_granted_that_user(domain: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    StudioUserProfile(stack, "Analyst", domain=domain(), user_name="analyst").grant_open(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Resource"]["Fn::Join"][1][-1] == "/analyst"


@pytest.mark.parametrize(
    ("auth", "options", "message"),
    [
        ("IAM", {"user_name": "a b"}, "user_name='a b' is not a name that SageMaker takes"),
        (
            "SSO",
            {},
            "sso_user=None names nobody of IAM Identity Center, through which the users of Churn/Studio come in. "
            "Give the user's name in IAM Identity Center.",
        ),
        (
            "IAM",
            {"sso_user": "a@example.com"},
            "sso_user='a@example.com' is a user of IAM Identity Center, but Churn/Studio has auth='IAM'. "
            "Leave it out, or make a domain with auth='SSO'.",
        ),
        ("SSO", {"sso_user": ""}, "sso_user='' is not the name of a user. Use 1 to 256 characters."),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(
    domain: Make, stack: cdk.Stack, auth: str, options: dict[str, Any], message: str
) -> None:
    where = domain(auth=auth)
    with pytest.raises(ConfigurationError) as error:
        StudioUserProfile(stack, "Analyst", **{"domain": where, "user_name": "analyst", **options})
    assert f"Churn/Analyst: {message}" in str(error.value)


def test_a_name_that_only_the_deployment_knows_passes(domain: Make, stack: cdk.Stack, template: Synth) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    StudioUserProfile(stack, "Analyst", domain=domain(auth="SSO"), user_name=name, sso_user=name)
    assert only(template(), PROFILE)["UserProfileName"] == {"Ref": "Name"}
