"""Only those who may call get through, as often as they may, and to this endpoint only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    AsyncEndpoint,
    ComponentEndpoint,
    InferenceComponent,
    InvocationApi,
    Jwt,
    Model,
    RealTimeEndpoint,
    Throttle,
)
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., InvocationApi]
Synth = Callable[[], Template]
TOKENS = Jwt(issuer="https://login.example.com/", audience=["churn-app"], scopes=["churn/invoke"])


@pytest.fixture
def api(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes an API, of defaults but for what the test says."""

    def make(**options: Any) -> InvocationApi:
        if "endpoint" not in options:
            options["endpoint"] = RealTimeEndpoint.from_endpoint_name(stack, "Known", "churn")
        return InvocationApi(stack, "Api", workspace=workspace, **options)

    return make


@pytest.fixture
def components(stack: cdk.Stack, workspace: Workspace) -> ComponentEndpoint:
    """An endpoint with a component."""
    vllm = images.deep_learning_container(purpose="inference", framework="vllm", version="0.30.0", accelerator="gpu")
    chat = InferenceComponent(
        model=Model.from_artifact(workspace.artifact_bucket, "chat/", image=vllm), memory_mb=65_536, accelerators=2
    )
    return ComponentEndpoint(
        stack,
        "Endpoint",
        workspace=workspace,
        components={"chat": chat},
        instance_type="ml.g5.12xlarge",
        maximum_instances=2,
    )


def invoked(template: Template) -> list[dict[str, Any]]:
    """What roles may do with endpoints."""
    return [
        statement
        for policy in resources(template, "AWS::IAM::ManagedPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "sagemaker:Invoke" in str(statement["Action"])
    ]


def test_callers_sign_their_requests_unless_they_show_tokens(api: Make, template: Synth) -> None:
    api()
    route = only(template(), "AWS::ApiGatewayV2::Route")
    assert (route["RouteKey"], route["AuthorizationType"]) == ("POST /invocations", "AWS_IAM")
    assert "AuthorizerId" not in route


def test_tokens_are_checked_for_issuer_client_and_scope(api: Make, template: Synth) -> None:
    api(jwt=TOKENS)
    made = template()
    route, authorizer = only(made, "AWS::ApiGatewayV2::Route"), only(made, "AWS::ApiGatewayV2::Authorizer")
    assert (route["AuthorizationType"], route["AuthorizationScopes"]) == ("JWT", ["churn/invoke"])
    assert authorizer["JwtConfiguration"] == {"Audience": ["churn-app"], "Issuer": "https://login.example.com/"}


def test_requests_are_throttled_and_logged_without_what_they_say(
    api: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    api(throttle=Throttle(requests_per_second=2.5, burst=5))
    made = template()
    stage = only(made, "AWS::ApiGatewayV2::Stage")
    settings = stage["DefaultRouteSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (2.5, 5)
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert logged["identity.userArn"] == "$context.identity.userArn"
    assert not [name for name in logged if "body" in name.lower() or "authorization" in name.lower()]
    groups = [found["Properties"] for found in resources(made, "AWS::Logs::LogGroup").values()]
    assert {json.dumps(group["KmsKeyId"]) for group in groups} == {json.dumps(stack.resolve(workspace.key.key_arn))}


def test_the_function_may_call_this_endpoint_and_nothing_else(api: Make, template: Synth) -> None:
    api()
    made = template()
    (statement,) = invoked(made)
    assert statement["Action"] == "sagemaker:InvokeEndpoint"
    assert statement["Resource"]["Fn::Join"][1][-1].endswith(":endpoint/churn")
    function = only(made, "AWS::Lambda::Function")
    assert function["Environment"]["Variables"] == {"ENDPOINT": "churn"}
    assert function["Timeout"] < 30


def test_only_the_route_of_this_api_calls_the_function(api: Make, stack: cdk.Stack, template: Synth) -> None:
    made = api()
    permission = only(template(), "AWS::Lambda::Permission")
    assert permission["Principal"] == "apigateway.amazonaws.com"
    parts = permission["SourceArn"]["Fn::Join"][1]
    assert stack.resolve(made.cfn_api.ref) in parts
    assert parts[-1] == "/*/POST/invocations"


def test_a_component_is_named_by_what_it_was_given(api: Make, components: ComponentEndpoint, template: Synth) -> None:
    api(endpoint=components, component="chat")
    made = template()
    (statement,) = invoked(made)
    assert len(statement["Resource"]) == 2
    variables = [
        found["Properties"]["Environment"]["Variables"]
        for found in resources(made, "AWS::Lambda::Function").values()
        if "Environment" in found["Properties"]
    ]
    assert {"ENDPOINT": components.endpoint_name, "COMPONENT": components.component_names["chat"]} in variables


def test_a_component_of_an_endpoint_that_is_known_by_name_is_granted(api: Make, template: Synth) -> None:
    api(component="chat-1a2b")
    (statement,) = invoked(template())
    assert statement["Resource"][1]["Fn::Join"][1][-1].endswith(":inference-component/chat-1a2b")


def test_a_caller_is_granted_the_one_route(api: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    api().grant_call(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"]["Fn::Join"][1][-1] == "/$default/POST/invocations"


def test_who_shows_tokens_is_not_granted_by_iam(api: Make, stack: cdk.Stack) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = api(jwt=TOKENS)
    with pytest.raises(ConfigurationError, match="cannot be let in by IAM where tokens are shown"):
        made.grant_call(caller)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"component": "chat_1"},
            "component='chat_1' is no name of a component. "
            "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit.",
        ),
        (
            {"throttle": Throttle(requests_per_second=0.5)},
            "throttle.requests_per_second=0.5 is no limit that API Gateway keeps. Use 1 to 10000.",
        ),
        ({"throttle": Throttle(burst=6_000)}, "throttle.burst=6000 is no limit that API Gateway keeps. Use 1 to 5000."),
        (
            {"jwt": Jwt(issuer="login.example.com", audience=["app"])},
            "jwt.issuer='login.example.com' is no issuer that API Gateway can ask for its keys. "
            "Use its address, such as https://login.example.com.",
        ),
        (
            {"jwt": Jwt(issuer="https://login.example.com", audience=[])},
            "jwt.audience=[] would let in the tokens of any client, or of none. Name 1 to 50 clients.",
        ),
        (
            {"jwt": Jwt(issuer="https://login.example.com", audience=["app"], scopes=[""])},
            "jwt.scopes=[''] are no scopes of a route. Name at most 10.",
        ),
    ],
)
def test_what_api_gateway_would_refuse_is_refused(api: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        api(**options)
    assert [str(problem) for problem in raised.value.problems] == [message]


@pytest.mark.parametrize("component", [None, "summary"])
def test_a_component_that_there_is_not_is_refused(
    api: Make, components: ComponentEndpoint, component: str | None
) -> None:
    with pytest.raises(ConfigurationError, match=r"is no component of the endpoint\. Use one of chat"):
        api(endpoint=components, component=component)


def test_an_endpoint_that_does_not_answer_at_once_is_refused(api: Make, stack: cdk.Stack) -> None:
    known = AsyncEndpoint.from_endpoint_name(stack, "Queued", "churn")
    with pytest.raises(ConfigurationError, match="is asynchronous: it takes requests from S3"):
        api(endpoint=known)


def test_what_is_known_only_at_deployment_passes(api: Make, template: Synth) -> None:
    token, number = cdk.Token.as_string({"Ref": "Issuer"}), cdk.Token.as_number({"Ref": "Rate"})
    api(
        component=token,
        jwt=Jwt(issuer=token, audience=[token]),
        throttle=Throttle(requests_per_second=number, burst=number),
    )
    assert only(template(), "AWS::ApiGatewayV2::Authorizer")["JwtConfiguration"]["Issuer"] == {"Ref": "Issuer"}
