"""Credentials of tools stay in Secrets Manager: templates name the secret and never hold it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import ApiKeyCredential, OAuth2Credential
from cdk_ml.workspace import Workspace
from tests.conftest import only

Synth = Callable[[], Template]
ARN = "arn:aws:secretsmanager:us-east-1:111111111111:secret:support-AbCdEf"
DISCOVERY = "https://login.example.com/.well-known/openid-configuration"


@pytest.fixture
def secret(stack: cdk.Stack) -> secretsmanager.ISecret:
    """A secret of the user's own."""
    return secretsmanager.Secret.from_secret_complete_arn(stack, "Secret", ARN)


@pytest.fixture
def api_key(stack: cdk.Stack, workspace: Workspace, secret: secretsmanager.ISecret) -> Callable[..., ApiKeyCredential]:
    """Makes a credential; every argument can be another."""

    def make(**changed: Any) -> ApiKeyCredential:
        given: dict[str, Any] = {"workspace": workspace, "secret": secret, "json_key": "key"}
        return ApiKeyCredential(stack, "Credential", **{**given, **changed})

    return make


@pytest.fixture
def oauth2(stack: cdk.Stack, workspace: Workspace, secret: secretsmanager.ISecret) -> Callable[..., OAuth2Credential]:
    """Makes a credential; every argument can be another."""

    def make(**changed: Any) -> OAuth2Credential:
        given: dict[str, Any] = {
            "workspace": workspace,
            "discovery_url": DISCOVERY,
            "client_id": "agent",
            "secret": secret,
            "json_key": "client_secret",
            "scopes": ["orders/read"],
        }
        return OAuth2Credential(stack, "Credential", **{**given, **changed})

    return make


def test_a_key_is_read_from_the_secret(api_key: Callable[..., ApiKeyCredential], template: Synth) -> None:
    api_key()
    found = only(template(), "AWS::BedrockAgentCore::ApiKeyCredentialProvider")
    assert found["ApiKeySecretSource"] == "EXTERNAL"
    assert found["ApiKeySecretConfig"] == {"SecretId": ARN, "JsonKey": "key"}
    assert "ApiKey" not in found


def test_a_key_is_shown_where_the_api_looks_for_it(api_key: Callable[..., ApiKeyCredential]) -> None:
    shown = api_key(location="QUERY_PARAMETER", parameter="api_key").outbound.configuration
    provider = shown["credentialProvider"]["apiKeyCredentialProvider"]
    assert (provider["credentialLocation"], provider["credentialParameterName"]) == ("QUERY_PARAMETER", "api_key")
    assert "credentialPrefix" not in provider


def test_a_key_may_have_a_prefix(api_key: Callable[..., ApiKeyCredential]) -> None:
    shown = api_key(prefix="Bearer").outbound.configuration
    provider = shown["credentialProvider"]["apiKeyCredentialProvider"]
    assert provider["credentialPrefix"] == "Bearer"


def test_a_secret_whose_whole_arn_is_known_is_named(api_key: Callable[..., ApiKeyCredential]) -> None:
    _, read = api_key().outbound.statements("gateway")
    assert (read.actions, read.resources) == (["secretsmanager:GetSecretValue"], [ARN])


def test_a_clients_secret_is_read_from_the_secret(oauth2: Callable[..., OAuth2Credential], template: Synth) -> None:
    oauth2()
    found = only(template(), "AWS::BedrockAgentCore::OAuth2CredentialProvider")
    assert found["CredentialProviderVendor"] == "CustomOauth2"
    assert found["Oauth2ProviderConfigInput"]["CustomOauth2ProviderConfig"] == {
        "OauthDiscovery": {"DiscoveryUrl": DISCOVERY},
        "ClientId": "agent",
        "ClientSecretSource": "EXTERNAL",
        "ClientSecretConfig": {"SecretId": ARN, "JsonKey": "client_secret"},
    }


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"json_key": ""}, "json_key='' is not a key of 1 to 128 characters. Name a key of the JSON object"),
        ({"json_key": "a b"}, "json_key='a b' is not a key of 1 to 128 characters. Name a key of the JSON object"),
        ({"parameter": ""}, "parameter='' is not a text that AgentCore sends. Use 1 to 64 characters"),
        ({"prefix": "x" * 65}, "is not a text that AgentCore sends. Use 1 to 64 characters"),
    ],
)
def test_a_key_that_could_not_be_shown_is_refused(
    api_key: Callable[..., ApiKeyCredential], changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        api_key(**changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"discovery_url": "http://login.example.com"},
            "is not where a provider of tokens describes itself",
        ),
        ({"client_id": ""}, "client_id='' is not the id of a client. Use 1 to 256 characters"),
        ({"scopes": []}, r"scopes=\[\] are not scopes that a token can be asked for with. Name 1 to 100"),
        ({"scopes": ["x" * 129]}, "are not scopes that a token can be asked for with. Name 1 to 100"),
    ],
)
def test_a_client_that_could_not_be_used_is_refused(
    oauth2: Callable[..., OAuth2Credential], changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        oauth2(**changed)


def test_tokens_of_the_deployment_pass(
    api_key: Callable[..., ApiKeyCredential], stack: cdk.Stack, workspace: Workspace, secret: secretsmanager.ISecret
) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    api_key(json_key=text, parameter=text, prefix=text)
    OAuth2Credential(
        stack,
        "Login",
        workspace=workspace,
        discovery_url=text,
        client_id=text,
        secret=secret,
        json_key=text,
        scopes=[text],
    )
