"""An API whose answers are sent while they are made: for chats, and for whatever else a person waits for.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, CfnResource, Names, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.interfaces.aws_cognito import IUserPoolRef
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token
from cdk_ml.workflow.browser_access import browser_access
from cdk_ml.workflow.delivery_stream import delivery_stream
from cdk_ml.workflow.firewall import Firewall, firewall_problems, web_acl
from cdk_ml.workflow.rest_stage import rest_stage
from cdk_ml.workflow.streaming_function import StreamingFunction
from cdk_ml.workflow.throttle import Throttle, throttle_problems
from cdk_ml.workspace import Workspace, acknowledge

_METHOD = "POST"
_STAGE = "live"
_CALLED = ("requestId", "requestTime", "resourcePath", "status", "responseLatency", "wafResponseCode")
_WHO = {"AWS_IAM": "identity.userArn", "COGNITO_USER_POOLS": "authorizer.claims.sub"}
# As long as a function may take: the function's own time is what ends an answer.
_TIMEOUT_MILLISECONDS = 900_000
_ANY_OBJECT = {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}
_PATH = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]+)?|http://localhost(:[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CognitoUsers:
    """People of a user pool, who show the tokens that they get when they sign in.

    :param user_pool: the pool.
    :param scopes: scopes of which an access token needs one. Without any, callers show identity tokens.
    """

    user_pool: IUserPoolRef
    scopes: Sequence[str] = ()


class StreamingApi(Construct):
    """A REST API that sends an answer while a function makes it: authorized, behind a firewall, throttled and logged.

    Creates a regional API with one route, ``POST /<path>``, that takes TLS 1.2 and 1.3; AWS WAF in front of it, with
    AWS's common rules and a limit for each address; and a bucket under the workspace's key with two logs: who called
    when, and not what; and what the firewall refused. A body has to be JSON that fits a schema. An answer may take 15
    minutes, and five between two of its parts.

    Pages of one other ``origin`` may call it from a browser, if it is given: the API answers their preflight requests,
    and adds the header to its own errors. The function's answers need ``Access-Control-Allow-Origin`` among the headers
    that it yields.

    Idle cost: 7 USD a month for the firewall, of which 5 are for itself and 1 for each of its two rules. A million
    requests are 3.50 USD, and 0.60 for the firewall; API Gateway counts each 10 MB of an answer as one more request.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.workflow import StreamingApi, StreamingFunction
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> storyteller = StreamingFunction(stack, "Storyteller", workspace=workspace, code="docs/examples/storyteller")
    >>> api = StreamingApi(stack, "Api", workspace=workspace, function=storyteller, path="stories")

    See https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html

    :ivar url: where requests are sent.
    :ivar function: what answers.
    :ivar cfn_api: the API.
    :ivar cfn_method: its one route.
    :ivar cfn_stage: its one stage.
    :ivar cfn_web_acl: the firewall.
    :ivar log_bucket: what was logged, for as long as the profile keeps logs.
    :ivar cfn_log: who called when, on its way to the bucket.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        function: StreamingFunction,
        path: str = "stream",
        users: CognitoUsers | None = None,
        origin: str | None = None,
        schema: Mapping[str, Any] = _ANY_OBJECT,
        throttle: Throttle = Throttle(),
        firewall: Firewall = Firewall(),
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param function: what answers. It is called with the event of a Lambda proxy integration.
        :param path: of the route: letters, digits, hyphens and underscores.
        :param users: who may call; without them callers sign their requests with IAM credentials, and
            :meth:`grant_call` lets them.
        :param origin: of the pages that may call it from a browser, such as ``https://chat.example.com``.
        :param schema: JSON schema, draft 4, that the body of a request fits.
        :param throttle: how many requests are let through.
        :param firewall: what is let through at all.
        :raises cdk_ml.errors.ConfigurationError: for what API Gateway or WAF would refuse, or an origin that would let
            in any page.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *region_problems(Stack.of(self).region, *([] if users is None else ["AWS::Cognito::UserPool"])),
                *_problems(path, origin, users),
                *throttle_problems(throttle),
                *firewall_problems(firewall),
            ],
        )
        workspace.adopt(self)
        self.function = function
        self._path = path
        self._authorization = "AWS_IAM" if users is None else "COGNITO_USER_POOLS"
        self.cfn_api = apigateway.CfnRestApi(
            self,
            "Resource",
            name=Names.unique_resource_name(self, max_length=100, separator="-"),
            endpoint_configuration={"types": ["REGIONAL"]},
            # By default, regional APIs take TLS 1.0 as well.
            security_policy="SecurityPolicy_TLS13_1_2_2021_06",
            endpoint_access_mode="STRICT",
        )
        self.url = f"https://{self.cfn_api.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{_STAGE}/{path}"
        route = apigateway.CfnResource(
            self, "Path", rest_api_id=self.cfn_api.ref, parent_id=self.cfn_api.attr_root_resource_id, path_part=path
        )
        self.cfn_method = self._method(route, users, schema)
        others = [] if origin is None else browser_access(self, "Browser", route=route, origin=origin, method=_METHOD)
        # The workspace's log bucket is for S3's own logs, which S3 does not deliver under a key.
        self.log_bucket = workspace.bucket(self, "Logs", expires=True)
        self.cfn_log = delivery_stream(
            self, "Log", workspace=workspace, bucket=self.log_bucket, service="amazon-apigateway"
        )
        self.cfn_stage = rest_stage(
            self,
            "Stage",
            deployment=self._deployment(others, users, schema, origin),
            name=_STAGE,
            log=self.cfn_log,
            logged=[*_CALLED, "identity.sourceIp", _WHO[self._authorization]],
            throttle=throttle,
        )
        self.cfn_web_acl = web_acl(
            self,
            "Firewall",
            workspace=workspace,
            firewall=firewall,
            stage_arn=self._stage_arn(self.cfn_stage),
            log_bucket=self.log_bucket,
        )
        if users is None:
            acknowledge(
                self.cfn_method,
                "Callers are applications, which sign their requests with IAM credentials and have no user to sign in. "
                "https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html",
                "AwsSolutions-COG4",
            )

    def grant_call(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` call the API, and nothing else.

        :raises cdk_ml.errors.ConfigurationError: where callers show tokens, which IAM knows nothing of.
        """
        if self._authorization != "AWS_IAM":
            fix = "Let them sign in, or make the API without users"
            reject(self, [Problem("grant_call", str(grantee), "cannot be let in by IAM where tokens are shown", fix)])
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["execute-api:Invoke"],
            resource_arns=[self._arn(f"{_STAGE}/{_METHOD}/{self._path}")],
        )

    def _arn(self, rest: str) -> str:
        return f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self.cfn_api.ref}/{rest}"

    def _stage_arn(self, stage: apigateway.CfnStage) -> str:
        return f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}::/restapis/{self.cfn_api.ref}/stages/{stage.ref}"

    def _method(
        self, route: apigateway.CfnResource, users: CognitoUsers | None, schema: Mapping[str, Any]
    ) -> apigateway.CfnMethod:
        api_id = self.cfn_api.ref
        lambda_.CfnPermission(
            self,
            "Call",
            action="lambda:InvokeFunction",
            function_name=self.function.function_arn,
            principal="apigateway.amazonaws.com",
            source_arn=self._arn(f"*/{_METHOD}/{self._path}"),
        )
        model = apigateway.CfnModel(
            self, "Body", rest_api_id=api_id, content_type="application/json", schema={**schema}
        )
        validator = apigateway.CfnRequestValidator(
            self, "Validator", rest_api_id=api_id, validate_request_body=True, validate_request_parameters=True
        )
        return apigateway.CfnMethod(
            self,
            "Method",
            rest_api_id=api_id,
            resource_id=route.ref,
            http_method=_METHOD,
            authorization_type=self._authorization,
            authorizer_id=None if users is None else self._authorizer(users).ref,
            authorization_scopes=None if users is None else [*users.scopes] or None,
            request_models={"application/json": model.ref},
            request_validator_id=validator.ref,
            integration={
                "type": "AWS_PROXY",
                "integrationHttpMethod": "POST",
                "responseTransferMode": "STREAM",
                "timeoutInMillis": _TIMEOUT_MILLISECONDS,
                "uri": f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}:lambda:path/2021-11-15/functions/"
                f"{self.function.function_arn}/response-streaming-invocations",
            },
        )

    def _authorizer(self, users: CognitoUsers) -> apigateway.CfnAuthorizer:
        return apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            rest_api_id=self.cfn_api.ref,
            name="Users",
            type="COGNITO_USER_POOLS",
            identity_source="method.request.header.Authorization",
            provider_arns=[_pool_arn(users)],
        )

    def _deployment(
        self, others: Sequence[CfnResource], users: CognitoUsers | None, schema: Mapping[str, Any], origin: str | None
    ) -> apigateway.Deployment:
        known = apigateway.RestApi.from_rest_api_attributes(
            self, "Known", rest_api_id=self.cfn_api.ref, root_resource_id=self.cfn_api.attr_root_resource_id
        )
        deployment = apigateway.Deployment(self, "Deployment", api=known)
        deployment.node.add_dependency(self.cfn_method, *others)
        # A deployment is a picture of the API: what changes in the API, the function and the pool included, asks for
        # another one. Otherwise the stage would go on calling a function that is gone.
        people = None if users is None else [_pool_arn(users), *users.scopes]
        described = [self._path, self._authorization, self.function.function_arn, people, {**schema}, origin]
        deployment.add_to_logical_id(json.dumps(described))
        return deployment


def _pool_arn(users: CognitoUsers) -> str:
    return users.user_pool.user_pool_ref.user_pool_arn


def _problems(path: str, origin: str | None, users: CognitoUsers | None) -> Iterator[Problem]:
    if not is_token(path) and not _PATH.fullmatch(path):
        yield Problem("path", path, "is no path of one part", "Use 1 to 64 letters, digits, hyphens and underscores")
    if origin is not None and not is_token(origin) and not _ORIGIN.fullmatch(origin):
        fix = "Use one such as https://chat.example.com"
        yield Problem("origin", origin, "is no origin of pages that are safe to let in", fix)
    if users is not None and not all(users.scopes):
        yield Problem("users.scopes", users.scopes, "has a scope without a name", "Name each, such as chat/ask")
