"""What an endpoint streams gets to who may call, and the function may call this endpoint only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import AsyncEndpoint, Model, MultiModelEndpoint, RealTimeEndpoint, StreamingInvocationApi
from cdk_ml.workflow import CognitoUsers
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.workflow.conftest import granted

Make = Callable[..., StreamingInvocationApi]
Synth = Callable[[], Template]


@pytest.fixture
def api(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes an API, of defaults but for what the test says."""

    def make(**options: Any) -> StreamingInvocationApi:
        if "endpoint" not in options:
            options["endpoint"] = RealTimeEndpoint.from_endpoint_name(stack, "Known", "chat")
        return StreamingInvocationApi(stack, "Api", workspace=workspace, **options)

    return make


def environment(template: Template) -> dict[str, Any]:
    """The variables of the function."""
    return dict(only(template, "AWS::Lambda::Function")["Environment"]["Variables"])


def test_the_function_streams_from_this_endpoint_and_no_other(api: Make, template: Synth) -> None:
    api()
    made = template()
    (statement,) = granted(made, "sagemaker:InvokeEndpointWithResponseStream")
    assert statement["Action"] == ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
    assert statement["Resource"]["Fn::Join"][1][-1].endswith(":endpoint/chat")
    assert environment(made) == {"ENDPOINT": "chat", "STREAMS": "1", "AWS_LAMBDA_EXEC_WRAPPER": "/opt/start"}
    assert only(made, "AWS::Lambda::Function")["Timeout"] == 600


def test_callers_sign_or_sign_in(api: Make, stack: cdk.Stack, template: Synth) -> None:
    pool = cognito.UserPool.from_user_pool_id(stack, "Users", "us-east-1_abcdefghi")
    made = api(users=CognitoUsers(user_pool=pool), origin="https://chat.example.com")
    found = template()
    kinds = {found["Properties"]["AuthorizationType"] for found in resources(found, "AWS::ApiGateway::Method").values()}
    assert kinds == {"COGNITO_USER_POOLS", "NONE"}
    assert environment(found)["ORIGIN"] == "https://chat.example.com"
    assert stack.resolve(made.url)["Fn::Join"][1][-1] == "/live/invocations"


def test_a_component_is_named_and_granted(api: Make, template: Synth) -> None:
    api(component="chat-1a2b")
    made = template()
    (statement,) = granted(made, "sagemaker:InvokeEndpointWithResponseStream")
    assert statement["Resource"][1]["Fn::Join"][1][-1].endswith(":inference-component/chat-1a2b")
    assert environment(made)["COMPONENT"] == "chat-1a2b"


def test_a_caller_is_granted_the_one_route(api: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    api().grant_call(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Resource"]["Fn::Join"][1][-1] == "/live/POST/invocations"


def test_an_endpoint_that_does_not_answer_at_once_is_refused(api: Make, stack: cdk.Stack) -> None:
    known = AsyncEndpoint.from_endpoint_name(stack, "Queued", "chat")
    with pytest.raises(ConfigurationError, match="is asynchronous: it takes requests from S3"):
        api(endpoint=known)


def test_an_endpoint_of_many_models_is_refused(api: Make, stack: cdk.Stack, workspace: Workspace) -> None:
    models = Model.from_folder(workspace.artifact_bucket, "customers/", image=images.built_in_algorithm("xgboost"))
    many = MultiModelEndpoint(stack, "Many", workspace=workspace, models=models, instance_type="ml.m5.large")
    message = "has many models, and SageMaker has no way to name one of them for a stream"
    with pytest.raises(ConfigurationError, match=message):
        api(endpoint=many)


def test_what_the_api_would_refuse_is_refused(api: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"origin='\*' is no origin of pages that are safe to let in"):
        api(origin="*")
