"""A workforce is for accounts that were there before, and for people who were invited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts.lifecycle import entry
from cdk_ml.sagemaker import LabelingWorkforce
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Make = Callable[..., LabelingWorkforce]
Synth = Callable[[], Template]
TOKEN = cdk.Token.as_string({"Ref": "Parameter"})


@pytest.fixture
def workforce(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a workforce, of defaults but for what the test says."""

    def make(**options: Any) -> LabelingWorkforce:
        given = {"workspace": workspace, "teams": {"Claims": "Labels claims"}, "existing_customer": True, **options}
        return LabelingWorkforce(stack, "Workforce", **given)

    return make


def test_workers_are_invited_and_have_a_second_factor(workforce: Make, template: Synth) -> None:
    workforce()
    pool = only(template(), "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["MfaConfiguration"] == "ON"


def test_the_workforce_is_the_user_pool_once_people_can_sign_in(workforce: Make, template: Synth) -> None:
    workforce()
    made = template()
    ((_, found),) = resources(made, "AWS::SageMaker::Workforce").items()
    (pool,) = resources(made, "AWS::Cognito::UserPool")
    (client,) = resources(made, "AWS::Cognito::UserPoolClient")
    (domain,) = resources(made, "AWS::Cognito::UserPoolDomain")
    assert found["Properties"]["CognitoConfig"] == {"ClientId": {"Ref": client}, "UserPool": {"Ref": pool}}
    assert found["DependsOn"] == [domain]
    assert "SourceIpConfig" not in found["Properties"]
    assert only(made, "AWS::Cognito::UserPoolClient")["GenerateSecret"] is True


def test_each_team_is_a_group_of_users(workforce: Make, stack: cdk.Stack, template: Synth) -> None:
    made = workforce(teams={"Claims": "Labels claims", "Letters": "Labels letters"})
    synthesized = template()
    teams = resources(synthesized, "AWS::SageMaker::Workteam")
    groups = resources(synthesized, "AWS::Cognito::UserPoolGroup")
    assert [body["Properties"]["Description"] for body in teams.values()] == ["Labels claims", "Labels letters"]
    assert [body["Properties"]["GroupName"] for body in groups.values()] == ["Claims", "Letters"]
    named = [
        body["Properties"]["MemberDefinitions"][0]["CognitoMemberDefinition"]["CognitoUserGroup"]["Ref"]
        for body in teams.values()
    ]
    assert named == [*groups]
    (workforce_id,) = resources(synthesized, "AWS::SageMaker::Workforce")
    assert all(body["DependsOn"] == [workforce_id] for body in teams.values())
    assert stack.resolve(made.workteam_arn("Letters")) == {"Fn::GetAtt": [[*teams][1], "WorkteamArn"]}


def test_workers_come_from_where_they_may(workforce: Make, template: Synth) -> None:
    workforce(source_ip_ranges=["192.0.2.0/24", "2001:db8::/32"])
    found = only(template(), "AWS::SageMaker::Workforce")
    assert found["SourceIpConfig"] == {"Cidrs": ["192.0.2.0/24", "2001:db8::/32"]}


def test_whoever_synthesizes_it_is_warned(workforce: Make, stack: cdk.Stack) -> None:
    workforce()
    sentence = entry("sagemaker-ground-truth").sentence()[:40]
    Annotations.from_stack(stack).has_warning("/Churn/Workforce", Match.string_like_regexp(sentence))


def test_a_new_customer_is_told_the_successor(workforce: Make) -> None:
    with pytest.raises(ConfigurationError) as refused:
        workforce(existing_customer=False)
    (problem,) = refused.value.problems
    assert (problem.argument, problem.value) == ("existing_customer", False)
    assert "a review workflow of your own" in problem.fix


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"teams": {}}, "teams={} leaves nobody to label. Name at least one team, and what it does."),
        (
            {"teams": {"my team": "x"}},
            "teams='my team' is no name of a team. Use a name in PascalCase of at most 63 letters and digits.",
        ),
        ({"teams": {"Claims": " "}}, "teams=' ' does not say what a team does. Use a line of 1 to 200 characters."),
        (
            {"source_ip_ranges": ["here"]},
            "source_ip_ranges='here' is no range of addresses. Write one such as 192.0.2.0/24.",
        ),
        (
            {"source_ip_ranges": ["192.0.2.0/24"] * 11},
            f"source_ip_ranges={['192.0.2.0/24'] * 11} are more than 10. Join ranges that are beside each other.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(workforce: Make, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        workforce(**given)
    assert str(refused.value) == f"Churn/Workforce: {message}"


def test_a_region_without_workforces_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Paris", env=cdk.Environment(region="eu-west-3"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match=r"region='eu-west-3' has no AWS::SageMaker::Workforce .*HumanReview"):
        LabelingWorkforce(stack, "W", workspace=workspace, teams={"Claims": "x"}, existing_customer=True)


def test_what_the_deployment_knows_is_let_through(workforce: Make, template: Synth) -> None:
    workforce(teams={"Claims": TOKEN}, source_ip_ranges=[TOKEN])
    made = template()
    assert only(made, "AWS::SageMaker::Workteam")["Description"] == {"Ref": "Parameter"}
    assert only(made, "AWS::SageMaker::Workforce")["SourceIpConfig"] == {"Cidrs": [{"Ref": "Parameter"}]}
