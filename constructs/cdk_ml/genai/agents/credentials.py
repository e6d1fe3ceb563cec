"""Credentials of tools: kept in Secrets Manager, lent by AgentCore's token vault, and never seen by an agent.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/identity-outbound-credential-provider.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Names, Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.agents.authorizer import discovery_problems
from cdk_ml.genai.agents.names import arn_of
from cdk_ml.genai.agents.statements import CHOSEN_IDENTITY, own_identity
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import read_secret

_JSON_KEY = re.compile(r"[^\s]{1,128}")
_EXTERNAL = "EXTERNAL"
_LONGEST_NAME = 128
_MOST_SCOPES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """How a gateway shows a credential to a target, and what it may fetch it with.

    :ivar configuration: as CloudFormation has it.
    :ivar action: of ``bedrock-agentcore:`` that fetches the credential.
    :ivar provider_arn: who lends it.
    :ivar secret: where it is kept.
    """

    configuration: dict[str, Any]
    action: str
    provider_arn: str
    secret: secretsmanager.ISecret

    def statements(self, gateway_name: str) -> list[Statement]:
        """What a gateway fetches the credential with."""
        return [
            Statement(
                actions=[self.action],
                resources=[arn_of("token-vault", "default"), self.provider_arn, *own_identity(gateway_name)],
                wildcard=CHOSEN_IDENTITY,
            ),
            *read_secret(self.secret),
        ]


class _SecretCredential(Construct):
    """What every credential is: one key of a JSON object in a secret, and a provider that lends it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        secret: secretsmanager.ISecret,
        json_key: str,
        type_: str,
        problems: Iterable[Problem],
    ) -> None:
        """
        :param type_: CloudFormation's type of the provider, which a region may lack.
        :param problems: what else is wrong.
        """
        super().__init__(scope, id)
        reject(self, [*region_problems(Stack.of(self).region, type_), *_json_key_problems(json_key), *problems])
        workspace.adopt(self)
        self._secret = secret
        self._provider_name = Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-")
        self._kept = {"secretId": secret.secret_arn, "jsonKey": json_key}


class ApiKeyCredential(_SecretCredential):
    """A key of an API, which the gateway shows in a header or in the query.

    Creates a credential provider that reads the key from a secret of yours. The template holds the secret's name and
    never the key; whoever rotates the secret rotates the key. The secret is a JSON object.

    Idle cost: nothing but the secret, 0.40 USD a month.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_secretsmanager as secretsmanager
    >>> from cdk_ml.genai import ApiKeyCredential
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> secret = secretsmanager.Secret.from_secret_name_v2(stack, "OrdersKey", "support/orders-api")
    >>> credential = ApiKeyCredential(stack, "Credential", workspace=workspace, secret=secret, json_key="key")

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/identity-outbound-credential-provider.html

    :ivar cfn_provider: the credential provider.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        secret: secretsmanager.ISecret,
        json_key: str,
        location: Literal["HEADER", "QUERY_PARAMETER"] = "HEADER",
        parameter: str = "Authorization",
        prefix: str | None = None,
    ) -> None:
        """
        :param workspace: tags.
        :param secret: where the key is kept.
        :param json_key: the key of the JSON object under which it is.
        :param location: where the API looks for it.
        :param parameter: the header, or the parameter of the query; 1 to 64 characters.
        :param prefix: what comes before it, such as ``Bearer``; 1 to 64 characters.
        :raises cdk_ml.errors.ConfigurationError: a key, parameter or prefix that AgentCore does not take, or a region
            without such providers.
        """
        super().__init__(
            scope,
            id,
            workspace=workspace,
            secret=secret,
            json_key=json_key,
            type_="AWS::BedrockAgentCore::ApiKeyCredentialProvider",
            problems=[
                *_text_problems("parameter", parameter),
                *([] if prefix is None else _text_problems("prefix", prefix)),
            ],
        )
        self._shown = {
            "credentialLocation": location,
            "credentialParameterName": parameter,
            **({} if prefix is None else {"credentialPrefix": prefix}),
        }
        self.cfn_provider = agentcore.CfnApiKeyCredentialProvider(
            self,
            "Resource",
            name=self._provider_name,
            api_key_secret_source=_EXTERNAL,
            api_key_secret_config=self._kept,
        )

    @property
    def outbound(self) -> Outbound:
        """How a gateway shows the key."""
        arn = self.cfn_provider.attr_credential_provider_arn
        return Outbound(
            configuration={
                "credentialProviderType": "API_KEY",
                "credentialProvider": {"apiKeyCredentialProvider": {"providerArn": arn, **self._shown}},
            },
            action="bedrock-agentcore:GetResourceApiKey",
            provider_arn=arn,
            secret=self._secret,
        )


class OAuth2Credential(_SecretCredential):
    """A client of an OAuth2 provider, for which the gateway gets tokens when it calls a tool.

    Creates a credential provider for the client credentials flow: the gateway asks for itself, not for a user. The
    client's secret is read from a secret of yours, a JSON object; the template holds the secret's name only.

    Idle cost: nothing but the secret, 0.40 USD a month.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_secretsmanager as secretsmanager
    >>> from cdk_ml.genai import OAuth2Credential
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> credential = OAuth2Credential(
    ...     stack,
    ...     "Credential",
    ...     workspace=workspace,
    ...     discovery_url="https://login.example.com/.well-known/openid-configuration",
    ...     client_id="support-agent",
    ...     secret=secretsmanager.Secret.from_secret_name_v2(stack, "ClientSecret", "support/login"),
    ...     json_key="client_secret",
    ...     scopes=["orders/read"],
    ... )

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/identity-outbound-credential-provider.html

    :ivar cfn_provider: the credential provider.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        discovery_url: str,
        client_id: str,
        secret: secretsmanager.ISecret,
        json_key: str,
        scopes: Sequence[str],
    ) -> None:
        """
        :param workspace: tags.
        :param discovery_url: where the provider says how tokens are asked for, ending in
            ``/.well-known/openid-configuration``.
        :param client_id: whom the provider knows the gateway as.
        :param secret: where the client's secret is kept.
        :param json_key: the key of the JSON object under which it is.
        :param scopes: what the tokens are for, 1 to 100.
        :raises cdk_ml.errors.ConfigurationError: an address, a client, a key or scopes that AgentCore does not take, or
            a region without such providers.
        """
        super().__init__(
            scope,
            id,
            workspace=workspace,
            secret=secret,
            json_key=json_key,
            type_="AWS::BedrockAgentCore::OAuth2CredentialProvider",
            problems=[
                *discovery_problems("discovery_url", discovery_url),
                *_client_problems(client_id),
                *_scope_problems(scopes),
            ],
        )
        self._scopes = [*scopes]
        self.cfn_provider = agentcore.CfnOAuth2CredentialProvider(
            self,
            "Resource",
            name=self._provider_name,
            credential_provider_vendor="CustomOauth2",
            oauth2_provider_config_input={
                "customOauth2ProviderConfig": {
                    "oauthDiscovery": {"discoveryUrl": discovery_url},
                    "clientId": client_id,
                    "clientSecretSource": _EXTERNAL,
                    "clientSecretConfig": self._kept,
                }
            },
        )

    @property
    def outbound(self) -> Outbound:
        """How a gateway shows the tokens."""
        arn = self.cfn_provider.attr_credential_provider_arn
        provider = {"providerArn": arn, "scopes": self._scopes, "grantType": "CLIENT_CREDENTIALS"}
        return Outbound(
            configuration={
                "credentialProviderType": "OAUTH",
                "credentialProvider": {"oauthCredentialProvider": provider},
            },
            action="bedrock-agentcore:GetResourceOauth2Token",
            provider_arn=arn,
            secret=self._secret,
        )


Credential = ApiKeyCredential | OAuth2Credential


def _json_key_problems(json_key: str) -> Iterator[Problem]:
    if not is_token(json_key) and not _JSON_KEY.fullmatch(json_key):
        fix = "Name a key of the JSON object that the secret is"
        yield Problem("json_key", json_key, "is not a key of 1 to 128 characters", fix)


def _text_problems(name: str, value: str) -> Iterator[Problem]:
    if not is_token(value) and not 1 <= len(value) <= 64:
        yield Problem(name, value, "is not a text that AgentCore sends", "Use 1 to 64 characters")


def _client_problems(client_id: str) -> Iterator[Problem]:
    if not is_token(client_id) and not 1 <= len(client_id) <= 256:
        yield Problem("client_id", client_id, "is not the id of a client", "Use 1 to 256 characters")


def _scope_problems(scopes: Sequence[str]) -> Iterator[Problem]:
    if not is_token(scopes) and (not 1 <= len(scopes) <= _MOST_SCOPES or not all(1 <= len(s) <= 128 for s in scopes)):
        rule = "are not scopes that a token can be asked for with"
        yield Problem("scopes", scopes, rule, f"Name 1 to {_MOST_SCOPES} of at most 128 characters")
