"""Only those who may call get through, no attack does, and what comes back is streamed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.testing import assert_compliant
from cdk_ml.workflow import CognitoUsers, Firewall, StreamingApi, StreamingFunction, Throttle
from cdk_ml.workspace import PROFILES, Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources
from tests.workflow.conftest import granted

Make = Callable[..., StreamingApi]
Synth = Callable[[], Template]


@pytest.fixture
def api(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes an API, of defaults but for what the test says."""

    def make(**options: Any) -> StreamingApi:
        function = StreamingFunction(stack, "Function", workspace=workspace, code="docs/examples/storyteller")
        return StreamingApi(stack, "Api", **{"workspace": workspace, "function": function, **options})

    return make


@pytest.fixture(scope="module")
def made() -> Template:
    """The template of an API of defaults in production, made once for all tests that only look at it."""
    stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    function = StreamingFunction(stack, "Function", workspace=workspace, code="docs/examples/storyteller")
    StreamingApi(stack, "Api", workspace=workspace, function=function)
    return Template.from_stack(stack)


@pytest.fixture
def pool(stack: cdk.Stack) -> cognito.CfnUserPool:
    """People who sign in."""
    return cognito.CfnUserPool(stack, "Pool")


def method(template: Template, verb: str = "POST") -> dict[str, Any]:
    """The properties of one method."""
    found = [found["Properties"] for found in resources(template, "AWS::ApiGateway::Method").values()]
    (properties,) = [properties for properties in found if properties["HttpMethod"] == verb]
    return dict(properties)


def deployment(template: Template) -> tuple[str, Any]:
    """The id and the dependencies of the deployment."""
    ((id, found),) = resources(template, "AWS::ApiGateway::Deployment").items()
    return id, found["DependsOn"]


def test_what_the_function_yields_is_streamed(made: Template) -> None:
    integration = method(made)["Integration"]
    assert (integration["Type"], integration["ResponseTransferMode"]) == ("AWS_PROXY", "STREAM")
    assert integration["Uri"]["Fn::Join"][1][-1] == "/response-streaming-invocations"
    assert ":lambda:path/2021-11-15/functions/" in str(integration["Uri"])
    assert integration["TimeoutInMillis"] == 900_000


def test_callers_sign_their_requests_unless_people_sign_in(made: Template) -> None:
    assert method(made)["AuthorizationType"] == "AWS_IAM"
    assert resources(made, "AWS::ApiGateway::Authorizer") == {}
    assert resources(made, "AWS::ApiGateway::GatewayResponse") == {}


def test_people_show_the_tokens_of_their_pool(api: Make, pool: cognito.CfnUserPool, template: Synth) -> None:
    api(users=CognitoUsers(user_pool=pool, scopes=["chat/ask"]))
    made = template()
    ((authorizer, found),) = resources(made, "AWS::ApiGateway::Authorizer").items()
    assert found["Properties"]["ProviderARNs"] == [{"Fn::GetAtt": ["Pool", "Arn"]}]
    assert found["Properties"]["IdentitySource"] == "method.request.header.Authorization"
    asked = method(made)
    assert (asked["AuthorizationType"], asked["AuthorizationScopes"]) == ("COGNITO_USER_POOLS", ["chat/ask"])
    assert asked["AuthorizerId"] == {"Ref": authorizer}
    assert "$context.authorizer.claims.sub" in only(made, "AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"]


def test_a_pool_of_the_cdk_is_one_as_well(api: Make, stack: cdk.Stack, template: Synth) -> None:
    api(users=CognitoUsers(user_pool=cognito.UserPool.from_user_pool_id(stack, "Known", "us-east-1_abcdefghi")))
    made = template()
    assert "us-east-1_abcdefghi" in str(only(made, "AWS::ApiGateway::Authorizer")["ProviderARNs"])
    assert "AuthorizationScopes" not in method(made)


def test_a_body_has_to_fit_the_schema(api: Make, template: Synth) -> None:
    schema = {"type": "object", "required": ["question"], "properties": {"question": {"type": "string"}}}
    api(schema=schema)
    made = template()
    assert only(made, "AWS::ApiGateway::Model")["Schema"] == schema
    validator = only(made, "AWS::ApiGateway::RequestValidator")
    assert (validator["ValidateRequestBody"], validator["ValidateRequestParameters"]) == (True, True)
    assert set(method(made)["RequestModels"]) == {"application/json"}
    assert "RequestValidatorId" in method(made)


def test_a_firewall_is_in_front(api: Make, template: Synth) -> None:
    api(firewall=Firewall(requests_per_address=500, counted=["CrossSiteScripting_BODY"]))
    made = template()
    common, often = only(made, "AWS::WAFv2::WebACL")["Rules"]
    managed = common["Statement"]["ManagedRuleGroupStatement"]
    assert managed["Name"] == "AWSManagedRulesCommonRuleSet"
    assert managed["RuleActionOverrides"] == [{"Name": "CrossSiteScripting_BODY", "ActionToUse": {"Count": {}}}]
    assert (often["Statement"]["RateBasedStatement"]["Limit"], often["Action"]) == (500, {"Block": {}})
    arn = only(made, "AWS::WAFv2::WebACLAssociation")["ResourceArn"]["Fn::Join"][1]
    ((stage, _),) = resources(made, "AWS::ApiGateway::Stage").items()
    assert arn[-2:] == ["/stages/", {"Ref": stage}]


def test_the_firewall_logs_what_it_refused_and_no_credentials(made: Template) -> None:
    logging = only(made, "AWS::WAFv2::LoggingConfiguration")
    assert logging["RedactedFields"] == [{"SingleHeader": {"Name": "authorization"}}]
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"


def test_logs_need_no_role_of_the_account_and_are_under_the_key(made: Template) -> None:
    assert resources(made, "AWS::ApiGateway::Account") == {}
    streams = resources(made, "AWS::KinesisFirehose::DeliveryStream").values()
    (key,) = resources(made, "AWS::KMS::Key")
    encryption = [found["Properties"]["DeliveryStreamEncryptionConfigurationInput"] for found in streams]
    assert encryption == [{"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": {"Fn::GetAtt": [key, "Arn"]}}] * 2
    names = [str(found["Properties"]["DeliveryStreamName"]) for found in streams]
    # The service-linked roles may write to streams of these names.
    assert sorted("amazon-apigateway-" in name for name in names) == [False, True]
    assert sorted("aws-waf-logs-" in name for name in names) == [False, True]
    logged = json.loads(only(made, "AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"])
    assert logged["identity.userArn"] == "$context.identity.userArn"
    assert not [name for name in logged if "body" in name.lower() or "authorization" in name.lower()]
    for statement in granted(made, "s3:PutObject"):
        assert statement["Resource"]["Fn::Join"][1][-1] in ("/amazon-apigateway/*", "/aws-waf-logs/*")


def test_requests_are_throttled_measured_and_traced(api: Make, template: Synth) -> None:
    api(throttle=Throttle(requests_per_second=2.5, burst=5))
    stage = only(template(), "AWS::ApiGateway::Stage")
    (settings,) = stage["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (2.5, 5)
    assert (settings["MetricsEnabled"], stage["TracingEnabled"]) == (True, True)


def test_old_tls_is_refused(made: Template) -> None:
    found = only(made, "AWS::ApiGateway::RestApi")
    assert (found["SecurityPolicy"], found["EndpointAccessMode"]) == ("SecurityPolicy_TLS13_1_2_2021_06", "STRICT")
    assert found["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_pages_of_one_origin_may_call(api: Make, template: Synth) -> None:
    api(origin="https://chat.example.com")
    made = template()
    preflight = method(made, "OPTIONS")
    assert preflight["AuthorizationType"] == "NONE"
    (answer,) = preflight["Integration"]["IntegrationResponses"]
    assert answer["ResponseParameters"]["method.response.header.Access-Control-Allow-Origin"] == (
        "'https://chat.example.com'"
    )
    errors = [found["Properties"] for found in resources(made, "AWS::ApiGateway::GatewayResponse").values()]
    assert sorted(error["ResponseType"] for error in errors) == ["DEFAULT_4XX", "DEFAULT_5XX"]
    _, depends = deployment(made)
    assert len([id for id in depends if "Browser" in id]) == 3


def test_another_description_function_or_pool_is_deployed_again(workspace: Workspace, stack: cdk.Stack) -> None:
    function, changed = (
        StreamingFunction(stack, id, workspace=workspace, code="docs/examples/storyteller")
        for id in ("Function", "Changed")
    )
    people, others = (CognitoUsers(user_pool=cognito.CfnUserPool(stack, id)) for id in ("People", "Others"))
    given: list[dict[str, Any]] = [
        {"function": function, "path": "a"},
        {"function": function, "path": "b"},
        {"function": changed, "path": "a"},
        {"function": function, "path": "a", "users": people},
        {"function": function, "path": "a", "users": others},
    ]
    for index, options in enumerate(given):
        StreamingApi(stack, f"Api{index}", workspace=workspace, **options)
    ids = [*resources(Template.from_stack(stack), "AWS::ApiGateway::Deployment")]
    # Behind the hash of the path is that of the description.
    assert len({id.removeprefix(f"Api{index}Deployment")[8:] for index, id in enumerate(ids)}) == len(given)


def test_only_the_route_of_this_api_calls_the_function(api: Make, stack: cdk.Stack, template: Synth) -> None:
    made = api(path="chat")
    permission = only(template(), "AWS::Lambda::Permission")
    parts = permission["SourceArn"]["Fn::Join"][1]
    assert (permission["Principal"], parts[-1]) == ("apigateway.amazonaws.com", "/*/POST/chat")
    assert stack.resolve(made.cfn_api.ref) in parts
    assert stack.resolve(made.url)["Fn::Join"][1][-1] == "/live/chat"


def test_a_caller_is_granted_the_one_route(api: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    api(path="chat").grant_call(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"]["Fn::Join"][1][-1] == "/live/POST/chat"


def test_who_signs_in_is_not_granted_by_iam(api: Make, pool: cognito.CfnUserPool, stack: cdk.Stack) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = api(users=CognitoUsers(user_pool=pool))
    with pytest.raises(ConfigurationError, match="cannot be let in by IAM where tokens are shown"):
        made.grant_call(caller)


def test_an_api_for_pages_and_people_has_nothing_open_in_any_profile(app: cdk.App) -> None:
    for profile in PROFILES:
        stack = cdk.Stack(app, profile.name)
        workspace = Workspace(stack, "Workspace", profile=profile, tags=TAGS)
        function = StreamingFunction(stack, "Function", workspace=workspace, code="docs/examples/storyteller")
        users = CognitoUsers(user_pool=cognito.UserPool.from_user_pool_id(stack, "Users", "us-east-1_abcdefghi"))
        origin = "https://chat.example.com"
        StreamingApi(stack, "Api", workspace=workspace, function=function, users=users, origin=origin)
    assert {template.path for template in assert_compliant(app).assembly.templates} == {p.name for p in PROFILES}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"path": "a/b"},
            "path='a/b' is no path of one part. Use 1 to 64 letters, digits, hyphens and underscores.",
        ),
        (
            {"origin": "*"},
            "origin='*' is no origin of pages that are safe to let in. Use one such as https://chat.example.com.",
        ),
        (
            {"origin": "http://chat.example.com"},
            "origin='http://chat.example.com' is no origin of pages that are safe to let in. "
            "Use one such as https://chat.example.com.",
        ),
        ({"throttle": Throttle(burst=6_000)}, "throttle.burst=6000 is no limit that API Gateway keeps. Use 1 to 5000."),
        (
            {"firewall": Firewall(requests_per_address=9)},
            "firewall.requests_per_address=9 is no limit that WAF keeps. Use 10 to 2000000000.",
        ),
        (
            {"firewall": Firewall(counted=[""])},
            "firewall.counted=[''] has a rule without a name. Name rules of the common rule set, or none.",
        ),
    ],
)
def test_what_the_services_would_refuse_is_refused(api: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        api(**options)
    assert [str(problem) for problem in raised.value.problems] == [message]


def test_a_scope_has_a_name(api: Make, pool: cognito.CfnUserPool) -> None:
    with pytest.raises(ConfigurationError, match=r"users\.scopes=\[''\] has a scope without a name"):
        api(users=CognitoUsers(user_pool=pool, scopes=[""]))


def test_what_is_known_only_at_deployment_passes(api: Make, template: Synth) -> None:
    token, number = cdk.Token.as_string({"Ref": "Origin"}), cdk.Token.as_number({"Ref": "Rate"})
    api(origin=token, throttle=Throttle(requests_per_second=number, burst=number))
    assert "Origin" in str(method(template(), "OPTIONS"))
