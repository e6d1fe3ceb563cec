"""A gateway: what teams are made of, who may ask what, what is counted, and what is refused at synth."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.cost import MonthlyLimit
from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    CallLimit,
    CodeWhisperer,
    CrossRegionProfile,
    FoundationModel,
    ModelGateway,
    NoGuardrail,
    Team,
    TeamQuota,
    TokenPrice,
)
from cdk_ml.workflow import CognitoUsers
from cdk_ml.workspace import CostTags, Profile, Workspace
from tests.conftest import TAGS, only, resources
from tests.genai.models.deployed import deployed

Synth = Callable[[], Template]
Make = Callable[..., ModelGateway]
LITE, NOVA_2 = "amazon.nova-lite-v1:0", "amazon.nova-2-lite-v1:0"
ROLE = "arn:aws:iam::111111111111:role/claims-app"
CLAIMS = Team(
    name="claims",
    models=[FoundationModel(LITE), CrossRegionProfile(NOVA_2, "us")],
    quota=TeamQuota(usd=500),
    tags=CostTags(project="triage", owner="claims", cost_center="0815"),
    role_arns=[ROLE],
)
SEARCH = Team(
    name="search",
    models=[FoundationModel("acme.poet-v1:0")],
    quota=TeamQuota(tokens=1_000_000, alarm_percent=90),
    tags=CostTags(project="search", owner="shop", cost_center="0816"),
    role_arns=["arn:aws:iam::111111111111:role/search-app"],
    direct=True,
    monthly_limit=MonthlyLimit(usd=50),
)


@pytest.fixture
def make(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a gateway, of two teams but for what the test says."""

    def gateway(**options: Any) -> ModelGateway:
        return ModelGateway(stack, "Gateway", **{"workspace": workspace, "teams": [CLAIMS, SEARCH], **options})

    return gateway


def statements(template: Template, id: str) -> list[dict[str, Any]]:
    """The statements of the one policy whose id matches."""
    (found,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for name, policy in resources(template, "AWS::IAM::ManagedPolicy").items()
        if re.match(id, name)
    )
    return list(found)


def listed(value: Any) -> list[Any]:
    """IAM writes one as none of a list."""
    return value if isinstance(value, list) else [value]


def test_every_team_has_a_tagged_profile_for_each_model(make: Make, template: Synth) -> None:
    gateway = make()
    made = resources(template(), "AWS::Bedrock::ApplicationInferenceProfile")
    tags = [{tag["Key"]: tag["Value"] for tag in each["Properties"]["Tags"]} for each in made.values()]
    assert sorted((each["team"], each["project"]) for each in tags) == [
        ("claims", "triage"),
        ("claims", "triage"),
        ("search", "search"),
    ]
    assert [*gateway.profiles["claims"]] == [LITE, NOVA_2]


def test_the_function_knows_members_limits_and_prices(make: Make, template: Synth) -> None:
    make()
    found = {
        value["name"]: value
        for each in resources(template(), "AWS::SSM::Parameter").values()
        for value in [json.loads(deployed(each["Properties"]["Value"]))]
    }
    assert (found["claims"]["unit"], found["claims"]["limit"], found["claims"]["roles"]) == ("usd", 500, [ROLE])
    assert found["claims"]["models"][LITE]["input"] == 0.06
    assert found["claims"]["models"][LITE]["profile"].endswith(".InferenceProfileArn>")
    assert (found["search"]["unit"], found["search"]["limit"]) == ("tokens", 1_000_000)
    assert [*found["search"]["models"]["acme.poet-v1:0"]] == ["profile"]


def test_the_function_may_ask_profiles_and_models_and_nothing_else(make: Make, template: Synth) -> None:
    make()
    synthesized = template()
    asking = statements(synthesized, "GatewayAskingModels1")
    for statement in asking:
        assert {*listed(statement["Action"])} == {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}
        for arn in listed(statement["Resource"]):
            assert not re.search(r"[*]", deployed(arn)), arn
        if "foundation-model" in deployed(listed(statement["Resource"])[0]):
            assert "bedrock:InferenceProfileArn" in statement["Condition"]["StringEquals"]
    role = next(
        each["Properties"]
        for name, each in resources(synthesized, "AWS::IAM::Role").items()
        if name.startswith("GatewayFunctionRole")
    )
    assert [each["Ref"][:20] for each in role["ManagedPolicyArns"]] == ["GatewayFunctionRoleP", "GatewayAskingModels1"]
    own = statements(synthesized, "GatewayFunctionRolePolicy")
    by_action = {listed(each["Action"])[0]: each for each in own}
    assert listed(by_action["dynamodb:GetItem"]["Action"]) == ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    assert len(listed(by_action["ssm:GetParameters"]["Resource"])) == 2


def test_members_may_call_and_who_is_direct_may_ask_with_the_guardrail_only(make: Make, template: Synth) -> None:
    gateway = make()
    synthesized = template()
    (call,) = statements(synthesized, "GatewayMembersclaims")
    assert call["Action"] == "execute-api:Invoke"
    assert deployed(call["Resource"]).endswith("/live/POST/converse")
    looked, *asking = statements(synthesized, "GatewayMemberssearch")
    assert looked["Action"] == "bedrock:GetInferenceProfile"
    invoking = [each for each in asking if "bedrock:InvokeModel" in listed(each["Action"])]
    assert len(invoking) == 2
    for statement in invoking:
        assert "bedrock:GuardrailIdentifier" in statement["Condition"]["StringEquals"]
    assert gateway.guardrail is not None


def test_roles_of_your_own_are_let_in(make: Make, stack: cdk.Stack, template: Synth) -> None:
    gateway = make(guardrail=NoGuardrail("a test"))
    role = iam.Role(stack, "Mine", assumed_by=iam.AccountRootPrincipal())
    gateway.grant_call(role)
    gateway.grant_invoke("claims", role)
    policy = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert policy[0]["Action"] == "execute-api:Invoke"
    resources_ = [deployed(arn) for each in policy[1:] for arn in listed(each["Resource"])]
    assert f"arn:aws:bedrock:us-east-1::foundation-model/{LITE}" in resources_
    assert all("GuardrailIdentifier" not in json.dumps(each) for each in policy)


def test_a_team_that_there_is_not_is_granted_nothing(make: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"team='sales' is no team of this gateway. Use one of claims, search"):
        make().invoke_statements("sales")


def test_what_teams_use_is_kept_under_the_key(make: Make, template: Synth) -> None:
    make()
    table = only(template(), "AWS::DynamoDB::Table")
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["team", "month"]
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_alarms_watch_shares_failures_and_what_was_never_settled(make: Make, template: Synth) -> None:
    gateway = make()
    alarms = [each["Properties"] for each in resources(template(), "AWS::CloudWatch::Alarm").values()]
    ours = [alarm for alarm in alarms if alarm.get("Namespace") == "cdk-ml/ModelGateway"]
    assert [*gateway.cfn_alarms] == ["Failed", "Unsettled", "claims", "search"]
    assert sorted((alarm["MetricName"], alarm["Threshold"]) for alarm in ours) == [
        ("Failed", 0),
        ("QuotaPercent", 80),
        ("QuotaPercent", 90),
        ("Unsettled", 0),
    ]


def test_a_team_with_a_limit_has_a_budget_over_its_tag(make: Make, template: Synth) -> None:
    gateway = make()
    budget = only(template(), "AWS::Budgets::Budget")["Budget"]
    assert budget["CostFilters"] == {"TagKeyValue": ["user:team$search"]}
    assert budget["BudgetLimit"] == {"Amount": 50, "Unit": "USD"}
    assert [*gateway.budgets] == ["search"]


def test_the_dashboard_shows_tokens_and_cost_and_no_cost_where_the_price_is_unknown(
    make: Make, template: Synth
) -> None:
    make()
    body = json.loads(deployed(only(template(), "AWS::CloudWatch::Dashboard")["DashboardBody"]))
    properties = [widget["properties"] for widget in body["widgets"]]
    assert "| acme.poet-v1:0 | unknown | unknown |" in properties[0]["markdown"]
    assert f"| {LITE} | 0.06 | 0.24 |" in properties[0]["markdown"]
    by_title = {each["title"]: each for each in properties if "title" in each}
    (first, *_) = by_title["claims: estimated USD a day"]["metrics"]
    assert first[0]["expression"] == "(FILL(r0, 0) * 0.06 + FILL(w0, 0) * 0.24) / 1000000"
    assert len(by_title["claims: tokens a day"]["metrics"]) == 4
    assert "search: estimated USD a day" not in by_title
    assert any("(unknown for acme.poet-v1:0)" in each.get("markdown", "") for each in properties)


def test_a_price_of_your_own_is_shown_and_counted(make: Make, template: Synth) -> None:
    make(prices={"acme.poet-v1:0": TokenPrice(input_usd=1, output_usd=2)})
    assert "| acme.poet-v1:0 | 1 | 2 |" in json.dumps(only(template(), "AWS::CloudWatch::Dashboard"))


def test_people_who_sign_in_are_teams_by_their_groups(make: Make, stack: cdk.Stack, template: Synth) -> None:
    pool = cognito.UserPool.from_user_pool_id(stack, "Pool", "us-east-1_abcdefghi")
    team = replace(CLAIMS, role_arns=[], groups=["adjusters"])
    gateway = make(teams=[team], users=CognitoUsers(user_pool=pool))
    assert gateway.policies == {}
    method = next(
        each["Properties"]
        for each in resources(template(), "AWS::ApiGateway::Method").values()
        if each["Properties"]["HttpMethod"] == "POST"
    )
    assert method["AuthorizationType"] == "COGNITO_USER_POOLS"
    with pytest.raises(ConfigurationError, match="cannot be let in by IAM"):
        gateway.grant_call(iam.Role(stack, "Mine", assumed_by=iam.AccountRootPrincipal()))


def test_a_private_function_reaches_what_it_needs(make: Make, template: Synth) -> None:
    make()
    names = [
        deployed(each["Properties"]["ServiceName"]) for each in resources(template(), "AWS::EC2::VPCEndpoint").values()
    ]
    assert sorted(name.rpartition(".")[2] for name in names) == ["bedrock-runtime", "dynamodb", "s3", "ssm"]


def test_in_a_sandbox_there_is_no_network(stack: cdk.Stack, template: Synth) -> None:
    workspace = Workspace(stack, "Sandbox", profile=Profile.SANDBOX, tags=TAGS)
    ModelGateway(stack, "Gateway", workspace=workspace, teams=[CLAIMS])
    assert resources(template(), "AWS::EC2::VPCEndpoint") == {}


def test_many_profiles_take_several_policies(make: Make, template: Synth) -> None:
    models = [CrossRegionProfile(NOVA_2, "eu"), CrossRegionProfile("amazon.nova-pro-v1:0", "eu")]
    make(teams=[replace(CLAIMS, name=f"team-{index}", models=models) for index in range(6)])
    asking = {
        name: policy["Properties"]["PolicyDocument"]
        for name, policy in resources(template(), "AWS::IAM::ManagedPolicy").items()
        if name.startswith("GatewayAskingModels")
    }
    assert 2 <= len(asking) <= 9
    for document in asking.values():
        assert len(deployed_document(document)) <= 6_144


def deployed_document(document: dict[str, Any]) -> str:
    """A policy as IAM counts it, with ARNs as long as they are."""

    def value(part: Any) -> Any:
        match part:
            case {"Fn::GetAtt": [str(), "InferenceProfileArn"]}:
                return "arn:aws:bedrock:eu-central-1:111111111111:application-inference-profile/abcdefghijkl"
            case {"Ref": "AWS::Partition"}:
                return "aws"
            case {"Ref": "AWS::Region"}:
                return "ap-southeast-1"
            case {"Ref": str()}:
                return "1" * 12
            case {"Fn::Join": [separator, parts]}:
                return separator.join(map(value, parts))
            case dict():
                return {key: value(inner) for key, inner in part.items()}
            case list():
                return [value(inner) for inner in part]
        return part

    return json.dumps(value(document), separators=(",", ":"))


def test_more_profiles_than_a_role_has_room_for_are_refused(make: Make) -> None:
    models = [CrossRegionProfile(NOVA_2, "eu"), CrossRegionProfile("amazon.nova-pro-v1:0", "eu")]
    teams = [replace(CLAIMS, name=f"team-{index}", models=models) for index in range(60)]
    with pytest.raises(ConfigurationError, match=r"and a role of IAM has 9 to spare. Make two gateways"):
        make(teams=teams)


def test_more_models_than_a_policy_has_room_for_are_refused(make: Make) -> None:
    models = [CrossRegionProfile(f"acme.poet-{index}-v1:0", "eu", also_in=("eu-west-1",)) for index in range(10)]
    team = replace(SEARCH, models=models)
    with pytest.raises(ConfigurationError, match=r"are too many for a team with direct=True.*Give it fewer models"):
        make(teams=[team])


CALL = CallLimit()
TOKEN = cdk.Token.as_string({"Ref": "AWS::StackName"})
NUMBER = cdk.Token.as_number({"Ref": "AWS::AccountId"})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"teams": []}, "teams=[] leave nobody to ask. Give at least one Team."),
        ({"teams": [CLAIMS, CLAIMS]}, "teams='claims' is the name of several teams. Give each team a name of its own."),
        (
            {"teams": [replace(CLAIMS, name="Claims")]},
            "teams.name='Claims' is not a name that metrics, tags and ids take. Use 2 to 32 lower case letters, digits "
            "and hyphens, such as claims.",
        ),
        (
            {"teams": [replace(CLAIMS, tags=replace(CLAIMS.tags, extra={"team": "others"}))]},
            "teams[claims].tags.extra['team']='others' is another team. Leave it out: it is the team's name.",
        ),
        ({"teams": [replace(CLAIMS, models=[])]}, "teams[claims].models=[] are 0 models. Name 1 to 10"),
        (
            {"teams": [replace(CLAIMS, models=[FoundationModel(NOVA_2), CrossRegionProfile(NOVA_2, "us")])]},
            f"teams[claims].models='{NOVA_2}' is listed twice. Name it once, with one geography",
        ),
        (
            {"teams": [replace(CLAIMS, models=[FoundationModel(TOKEN)])]},
            "is not known before the deployment. Name the model itself.",
        ),
        ({"teams": [replace(CLAIMS, quota=TeamQuota())]}, "is not one amount. Give tokens or usd."),
        ({"teams": [replace(CLAIMS, quota=TeamQuota(tokens=1, usd=1))]}, "is not one amount. Give tokens or usd."),
        (
            {"teams": [replace(CLAIMS, quota=TeamQuota(tokens=0))]},
            "teams[claims].quota.tokens=0 is no number of tokens. Use 1 or more.",
        ),
        (
            {"teams": [replace(CLAIMS, quota=TeamQuota(usd=0))]},
            "teams[claims].quota.usd=0 is no amount to spend. Use 0.01 or more.",
        ),
        (
            {"teams": [replace(CLAIMS, quota=TeamQuota(tokens=1, alarm_percent=101))]},
            "teams[claims].quota.alarm_percent=101 is no share of a quota. Use 1 to 100.",
        ),
        (
            {"teams": [replace(SEARCH, quota=TeamQuota(usd=5))]},
            "teams[search].quota.usd=5 cannot be kept for acme.poet-v1:0, whose price is unknown. Give "
            "prices={'acme.poet-v1:0': TokenPrice(...)}, or a quota in tokens.",
        ),
        (
            {"prices": {LITE: TokenPrice(input_usd=-1, output_usd=1)}},
            f"prices['{LITE}'].input_usd=-1 is no price. Give USD for a million tokens, 0 to 1e6.",
        ),
        (
            {"teams": [replace(CLAIMS, role_arns=[])]},
            "teams[claims].role_arns=[] are 0, where callers sign their requests. Name 1 to 15.",
        ),
        (
            {"teams": [replace(CLAIMS, role_arns=["claims-app"])]},
            "teams[claims].role_arns='claims-app' is none of role_arns. Give the ARN of a role.",
        ),
        (
            {"teams": [replace(CLAIMS, groups=["adjusters"])]},
            "teams[claims].groups=['adjusters'] are never seen where callers sign their requests. Say it in role_arns, "
            "or change users of the gateway.",
        ),
        ({"call": replace(CALL, max_tokens=0)}, "call.max_tokens=0 is not a length of an answer. Use 1 to 128000."),
        (
            {"call": replace(CALL, max_bytes=6_000_000)},
            "call.max_bytes=6000000 is not a size that a function is sent. Use 1000 to 4000000.",
        ),
    ],
)
def test_what_would_not_work_is_refused(make: Make, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        make(**options)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"groups": []}, "teams[claims].groups=[] are 0, where callers sign in."),
        ({"groups": ["a,b"]}, "teams[claims].groups='a,b' is none of groups. Name it as the pool does."),
        ({"groups": ["a"], "role_arns": [ROLE]}, "are never seen where callers sign in. Say it in groups"),
        ({"groups": ["a"], "direct": True}, "teams[claims].direct=True needs members that IAM knows."),
    ],
)
def test_what_would_not_work_with_a_pool_is_refused(
    make: Make, stack: cdk.Stack, change: dict[str, Any], says: str
) -> None:
    pool = cognito.UserPool.from_user_pool_id(stack, "Pool", "us-east-1_abcdefghi")
    with pytest.raises(ConfigurationError) as refused:
        make(teams=[replace(CLAIMS, **{"role_arns": [], **change})], users=CognitoUsers(user_pool=pool))
    assert says in str(refused.value)


def test_what_only_the_deployment_knows_passes(make: Make, template: Synth) -> None:
    team = replace(CLAIMS, role_arns=[TOKEN], quota=TeamQuota(tokens=NUMBER, alarm_percent=NUMBER))  # type: ignore[arg-type]
    make(teams=[team])
    template()


def test_codewhisperer_names_what_does_its_job(stack: cdk.Stack) -> None:
    with pytest.raises(ConfigurationError, match="ended on 2024-04-30") as refused:
        CodeWhisperer(stack, "Assistant")
    assert "Use cdk_ml.genai.ModelGateway for a team of developers" in str(refused.value)
