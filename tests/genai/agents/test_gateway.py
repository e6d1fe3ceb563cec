"""A gateway offers tools of functions, APIs and MCP servers to callers that it knows, under a role for these only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    AgentGateway,
    ApiKeyCredential,
    JwtAuthorizer,
    LambdaTarget,
    McpTarget,
    OAuth2Credential,
    OpenApiTarget,
    RateLimit,
    Tool,
)
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources
from tests.genai.agents.conftest import FIND, actions, statements
from tests.genai.agents.test_openapi import GOOD

Make = Callable[..., AgentGateway]
Synth = Callable[[], Template]
GATEWAY, TARGET = "AWS::BedrockAgentCore::Gateway", "AWS::BedrockAgentCore::GatewayTarget"
DISCOVERY = "https://login.example.com/.well-known/openid-configuration"


@pytest.fixture
def api_key(stack: cdk.Stack, workspace: Workspace) -> ApiKeyCredential:
    """A key that is kept in a secret which is known by name."""
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Key", "support/orders")
    return ApiKeyCredential(stack, "Credential", workspace=workspace, secret=secret, json_key="key")


def test_callers_sign_with_iam_and_what_is_kept_is_under_the_workspaces_key(
    gateway: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = gateway()
    found = only(template(), GATEWAY)
    assert found["AuthorizerType"] == "AWS_IAM"
    assert "AuthorizerConfiguration" not in found
    assert "PolicyEngineConfiguration" not in found
    assert "ExceptionLevel" not in found
    assert found["KmsKeyArn"] == stack.resolve(workspace.key.key_arn)
    assert found["ProtocolConfiguration"] == {"Mcp": {"SearchType": "SEMANTIC"}}
    assert (made.caller, made.tool_names, made.open_targets) == ("IamEntity", {"orders", "orders___find"}, set())


def test_its_role_calls_the_function_and_uses_the_key_through_agentcore_only(
    gateway: Make, stack: cdk.Stack, target: LambdaTarget, template: Synth
) -> None:
    gateway()
    found = statements(resources(template(), "AWS::IAM::ManagedPolicy"), "GatewayRole")
    assert [statement["Action"] for statement in found] == [
        ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
        "lambda:InvokeFunction",
    ]
    assert "kms:ViaService" in found[0]["Condition"]["StringEquals"]
    assert found[1]["Resource"] == stack.resolve(target.function.function_arn)


def test_a_function_is_a_target_with_its_tools(gateway: Make, template: Synth) -> None:
    gateway()
    found = only(template(), TARGET)
    assert found["Name"] == "orders"
    assert found["CredentialProviderConfigurations"] == [{"CredentialProviderType": "GATEWAY_IAM_ROLE"}]
    assert found["TargetConfiguration"]["Mcp"]["Lambda"]["ToolSchema"]["InlinePayload"] == [
        {
            "Name": "find",
            "Description": "Finds an order",
            "InputSchema": {"Type": "object", "Properties": {"order": {"Type": "string"}}, "Required": ["order"]},
        }
    ]


def test_a_function_of_the_users_own_is_a_target_too(gateway: Make, stack: cdk.Stack, template: Synth) -> None:
    arn = "arn:aws:lambda:us-east-1:111111111111:function:orders"
    own = lambda_.Function.from_function_arn(stack, "Own", arn)
    gateway(targets=[LambdaTarget(name="own", function=own, tools=[FIND])])
    assert only(template(), TARGET)["TargetConfiguration"]["Mcp"]["Lambda"]["LambdaArn"] == arn


def test_an_api_is_called_with_a_key_that_only_the_token_vault_reads(
    gateway: Make, api_key: ApiKeyCredential, template: Synth
) -> None:
    made = gateway(targets=[OpenApiTarget(name="shop", document=GOOD, credential=api_key)])
    synthesized = template()
    found = only(synthesized, TARGET)
    assert json.loads(found["TargetConfiguration"]["Mcp"]["OpenApiSchema"]["InlinePayload"]) == GOOD
    (shown,) = found["CredentialProviderConfigurations"]
    assert shown["CredentialProviderType"] == "API_KEY"
    assert made.tool_names == {"shop", "shop___find", "shop___change"}
    policies = resources(synthesized, "AWS::IAM::ManagedPolicy")
    assert actions(policies, "GatewayRole") >= {
        "bedrock-agentcore:GetResourceApiKey",
        "bedrock-agentcore:GetWorkloadAccessToken",
        "secretsmanager:GetSecretValue",
    }
    (read,) = (s for s in statements(policies, "GatewayRole") if s["Action"] == "secretsmanager:GetSecretValue")
    # The secret is known by name: Secrets Manager adds six characters, and no more than those are left open.
    assert read["Resource"]["Fn::Join"][1][-1].endswith(":secret:support/orders-??????")


def test_a_document_may_be_a_file(gateway: Make, api_key: ApiKeyCredential, tmp_path: Path, template: Synth) -> None:
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(GOOD))
    gateway(targets=[OpenApiTarget(name="shop", document=file, credential=api_key)])
    assert json.loads(only(template(), TARGET)["TargetConfiguration"]["Mcp"]["OpenApiSchema"]["InlinePayload"]) == GOOD


def test_an_mcp_server_gets_tokens(gateway: Make, stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    key = kms.Key(stack, "SecretKey")
    secret = secretsmanager.Secret(stack, "Secret", encryption_key=key)
    credential = OAuth2Credential(
        stack,
        "Login",
        workspace=workspace,
        discovery_url=DISCOVERY,
        client_id="agent",
        secret=secret,
        json_key="client_secret",
        scopes=["wiki/read"],
    )
    made = gateway(targets=[McpTarget(name="wiki", endpoint="https://wiki.example.com/mcp", credential=credential)])
    synthesized = template()
    found = only(synthesized, TARGET)
    assert found["TargetConfiguration"] == {"Mcp": {"McpServer": {"Endpoint": "https://wiki.example.com/mcp"}}}
    (shown,) = found["CredentialProviderConfigurations"]
    assert shown["CredentialProvider"]["OauthCredentialProvider"]["Scopes"] == ["wiki/read"]
    assert shown["CredentialProvider"]["OauthCredentialProvider"]["GrantType"] == "CLIENT_CREDENTIALS"
    assert (made.tool_names, made.open_targets) == ({"wiki"}, {"wiki"})
    role = statements(resources(synthesized, "AWS::IAM::ManagedPolicy"), "GatewayRole")
    assert {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": stack.resolve(key.key_arn)} in role


def test_an_mcp_server_may_ask_for_nothing(gateway: Make, template: Synth) -> None:
    gateway(targets=[McpTarget(name="wiki", endpoint="https://wiki.example.com/mcp")])
    assert "CredentialProviderConfigurations" not in only(template(), TARGET)


def test_callers_may_show_tokens(gateway: Make, template: Synth) -> None:
    made = gateway(authorizer=JwtAuthorizer(discovery_url=DISCOVERY, clients=["app"], scopes=["tools/call"]))
    found = only(template(), GATEWAY)
    assert found["AuthorizerType"] == "CUSTOM_JWT"
    assert found["AuthorizerConfiguration"] == {
        "CustomJWTAuthorizer": {
            "DiscoveryUrl": DISCOVERY,
            "AllowedClients": ["app"],
            "AllowedScopes": ["tools/call"],
        }
    }
    assert made.caller == "OAuthUser"


def test_search_can_be_left_out_and_instructions_given(gateway: Make, template: Synth) -> None:
    gateway(semantic_search=False, instructions="Orders of the shop")
    assert only(template(), GATEWAY)["ProtocolConfiguration"] == {"Mcp": {"Instructions": "Orders of the shop"}}


def test_calls_of_each_target_can_be_limited(gateway: Make, template: Synth) -> None:
    gateway(rate_limit=RateLimit(requests=60, period="minute"))
    found = only(template(), "AWS::BedrockAgentCore::GatewayRateLimit")
    assert found["DimensionKeys"] == ["targetName"]
    assert found["Entries"] == [
        {"Dimensions": {"targetName": "orders"}, "Requests": [{"Rate": 60, "Period": "minute"}]}
    ]


def test_an_error_of_the_gateway_is_an_alarm_and_its_log_is_kept(gateway: Make, template: Synth) -> None:
    gateway()
    synthesized = template()
    (alarm,) = (
        body["Properties"]
        for body in resources(synthesized, "AWS::CloudWatch::Alarm").values()
        if body["Properties"]["Namespace"] == "AWS/Bedrock-AgentCore"
    )
    assert alarm["MetricName"] == "SystemErrors"
    assert [dimension["Name"] for dimension in alarm["Dimensions"]] == ["Operation", "Protocol", "Resource"]
    source = only(synthesized, "AWS::Logs::DeliverySource")
    assert source["LogType"] == "APPLICATION_LOGS"
    delivery = only(synthesized, "AWS::Logs::Delivery")
    assert delivery["DeliverySourceName"] == source["Name"]


def test_who_calls_it_may_call_nothing_else(gateway: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = gateway()
    made.grant_invoke(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "bedrock-agentcore:InvokeGateway"
    assert statement["Resource"] == stack.resolve(made.gateway_arn)


def test_iam_lets_nobody_in_where_tokens_are_shown(gateway: Make, stack: cdk.Stack) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = gateway(authorizer=JwtAuthorizer(discovery_url=DISCOVERY, clients=["app"]))
    with pytest.raises(ConfigurationError, match="cannot be let in by IAM where tokens are shown"):
        made.grant_invoke(caller)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"targets": []}, r"targets=\[\] leave the gateway without tools. Give it at least one target"),
        (
            {"targets": [McpTarget(name="wiki", endpoint="http://wiki.example.com")]},
            "targets.endpoint='http://wiki.example.com' is not where AgentCore can reach a server. Use an address "
            "that starts with https://",
        ),
        (
            {"targets": [McpTarget(name="my_wiki", endpoint="https://wiki.example.com")]},
            "targets.name='my_wiki' is not a name that AgentCore takes. Use at most 100 letters and digits",
        ),
        (
            {"targets": [McpTarget(name="wiki", endpoint="https://a"), McpTarget(name="wiki", endpoint="https://b")]},
            "targets='wiki' is the name of several targets. Give each target a name of its own",
        ),
        ({"rate_limit": RateLimit(requests=0)}, "rate_limit.requests=0 is no limit that lets calls through. Use 1 to"),
        ({"instructions": ""}, "instructions='0 characters' is nothing, or more than agents are told. Use 1 to 2048"),
        (
            {"authorizer": JwtAuthorizer(discovery_url=DISCOVERY)},
            r"authorizer.audience=\(\) lets in every token of the provider, also those for other applications. "
            "Name the audience, the clients, or both",
        ),
    ],
)
def test_what_agentcore_would_refuse_is_said(gateway: Make, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        gateway(**changed)


@pytest.mark.parametrize(("file", "text"), [("gone.json", None), ("orders.yaml", "openapi: 3.0.0")])
def test_a_document_that_cannot_be_read_is_said(
    gateway: Make, api_key: ApiKeyCredential, tmp_path: Path, file: str, text: str | None
) -> None:
    if text is not None:
        (tmp_path / file).write_text(text)
    target = OpenApiTarget(name="shop", document=tmp_path / file, credential=api_key)
    with pytest.raises(ConfigurationError, match=r"cannot be read: .* Give a file of JSON, or the document itself"):
        gateway(targets=[target])


def test_what_is_no_openapi_is_said(gateway: Make, api_key: ApiKeyCredential) -> None:
    with pytest.raises(ConfigurationError, match=r"targets\[shop\].document.openapi='2.0' is not a version"):
        gateway(targets=[OpenApiTarget(name="shop", document={**GOOD, "openapi": "2.0"}, credential=api_key)])


def test_a_tool_that_models_do_not_take_is_said(gateway: Make, target: LambdaTarget) -> None:
    bad = Tool(name="find order", description="Finds", parameters={})
    with pytest.raises(ConfigurationError, match="tools='find order' is not a name that models take for a tool"):
        gateway(targets=[LambdaTarget(name="orders", function=target.function, tools=[bad])])


def test_tokens_of_the_deployment_pass(gateway: Make, stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Endpoint").value_as_string
    url = cdk.CfnParameter(stack, "Discovery").value_as_string
    gateway(
        targets=[McpTarget(name="wiki", endpoint=parameter)],
        authorizer=JwtAuthorizer(discovery_url=url, clients=[parameter]),
    )


def test_a_region_without_gateways_is_refused() -> None:
    there = cdk.Stack(cdk.App(context=FLAGS), "There", env=cdk.Environment(region="af-south-1"))
    workspace = Workspace(there, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match="region='af-south-1' has no AWS::BedrockAgentCore::Gateway"):
        AgentGateway(
            there,
            "Gateway",
            workspace=workspace,
            targets=[McpTarget(name="wiki", endpoint="https://wiki.example.com")],
        )
