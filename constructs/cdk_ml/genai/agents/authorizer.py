"""Who may call an agent or its tools: tokens of an identity provider, or, without any, signatures of IAM.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/inbound-jwt-authorizer.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement

_DISCOVERY = re.compile(r"https://\S+/\.well-known/openid-configuration")
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtAuthorizer:
    """Tokens that callers show. A token has to match each list that is given.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/inbound-jwt-authorizer.html

    :param discovery_url: where the provider says how its tokens are checked, ending in
        ``/.well-known/openid-configuration``.
    :param audience: whom the tokens are for, their claim ``aud``.
    :param clients: who asked for them, their claim ``client_id``; Amazon Cognito's access tokens have no ``aud``.
    :param scopes: of which they need one.
    """

    discovery_url: str
    audience: Sequence[str] = ()
    clients: Sequence[str] = ()
    scopes: Sequence[str] = ()


def jwt_problems(jwt: JwtAuthorizer | None) -> Iterator[Problem]:
    """What AgentCore would refuse, and what would let in the tokens of strangers; none at all passes."""
    if jwt is None:
        return
    yield from discovery_problems("authorizer.discovery_url", jwt.discovery_url)
    if not jwt.audience and not jwt.clients:
        rule = "lets in every token of the provider, also those for other applications"
        yield Problem("authorizer.audience", jwt.audience, rule, "Name the audience, the clients, or both")
    for name in ("audience", "clients"):
        values = getattr(jwt, name)
        if not is_token(values) and not all(values):
            yield Problem(f"authorizer.{name}", values, "has a value that is empty", "Leave it out")
    for scope in jwt.scopes:
        if not is_token(scope) and not _SCOPE.fullmatch(scope):
            fix = "Use 1 to 255 characters without spaces, quotes and backslashes"
            yield Problem("authorizer.scopes", scope, "is not a scope", fix)


def discovery_problems(argument: str, url: str) -> Iterator[Problem]:
    """Why a provider of tokens could not be asked at ``url``; one that only the deployment knows passes."""
    if not is_token(url) and not _DISCOVERY.fullmatch(url):
        fix = "Use an address over HTTPS that ends in /.well-known/openid-configuration"
        yield Problem(argument, url, "is not where a provider of tokens describes itself", fix)


def render_authorizer(jwt: JwtAuthorizer | None) -> dict[str, Any] | None:
    """The authorizer as CloudFormation has it, for a runtime or a gateway; nothing where callers sign."""
    if jwt is None:
        return None
    lists = {"allowedAudience": jwt.audience, "allowedClients": jwt.clients, "allowedScopes": jwt.scopes}
    given = {name: [*values] for name, values in lists.items() if values}
    return {"customJwtAuthorizer": {"discoveryUrl": jwt.discovery_url, **given}}


def grant_signed(
    scope: Construct, grantee: iam.IGrantable, statement: Statement, *, signs: bool, kind: Literal["gateway", "runtime"]
) -> iam.Grant:
    """Let ``grantee`` call a gateway or a runtime whose callers sign.

    :param statement: what lets callers in.
    :param signs: whether callers sign, and show no tokens.
    :param kind: what it is.
    :raises cdk_ml.errors.ConfigurationError: where callers show tokens, which IAM knows nothing of.
    """
    if not signs:
        fix = f"Give them tokens of the provider, or make the {kind} without authorizer"
        rule = "cannot be let in by IAM where tokens are shown"
        reject(scope, [Problem("grant_invoke", str(grantee), rule, fix)])
    return iam.Grant.add_to_principal(
        grantee=grantee, actions=[*statement.actions], resource_arns=[*statement.resources]
    )
