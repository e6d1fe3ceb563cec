"""Every request to a model, and every answer, written down: one setting for the account in a region.

CloudFormation has no type for it.
https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workflow.async_provider import AsyncProvider
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import ANYTHING
from cdk_ml.workspace.statements import pass_role

_PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html"
_SERVICE = "bedrock.amazonaws.com"
_STREAM = "aws/bedrock/modelinvocations"
_PREFIX = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9/_-]{0,200}[a-zA-Z0-9]")
_PATIENCE_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedData:
    """What of requests and answers is written down, beside who asked which model, and how many tokens.

    :param text: prompts and answers.
    :param images: pictures, in the bucket only.
    :param embeddings: vectors.
    :param video: videos, in the bucket only.
    :param audio: sound, in the bucket only.
    """

    text: bool = True
    images: bool = True
    embeddings: bool = False
    video: bool = True
    audio: bool = True


class InvocationLogging(Construct):
    """Writes what is asked of Bedrock's models in this account and region into a log group and the data bucket.

    Creates a log group under the workspace's key, the role that Bedrock writes with, the statements that admit Bedrock
    to the workspace's data bucket and key, and the setting, through a custom resource. What is larger than 100 KB, and
    what is no text, goes to the bucket.

    **One setting for all**: an account has one in each region, whoever calls the models. Where there is another one
    already, the deployment is refused and says what it is, unless ``replaces_other`` is true; the other one is not
    brought back later. The deletion of the stack removes the setting if it is still this one, and leaves any other.
    What was logged stays as long as log group and bucket do.

    Prompts may hold personal data: who may read the log group and the bucket may read them.

    A bucket or key of your own has to admit Bedrock itself:
    https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html#setup-s3-destination

    Idle cost: the state machine's alarm, 0.20 USD a month, beside key, bucket and topic of the workspace.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import InvocationLogging
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="care-ml", cost_center="4711"),
    ... )
    >>> logging = InvocationLogging(stack, "Invocations", workspace=workspace)

    See https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html

    :ivar log_group: where requests and answers are.
    :ivar role: what Bedrock writes with.
    :ivar resource: the custom resource.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        data: LoggedData = LoggedData(),
        prefix: str = "model-invocations",
        replaces_other: bool = False,
    ) -> None:
        """
        :param workspace: bucket, key, topic, tags and profile.
        :param data: what is written down.
        :param prefix: where in the data bucket, without a slash at its end.
        :param replaces_other: overwrite a setting that somebody else made.
        :raises cdk_ml.errors.ConfigurationError: a prefix that S3 would not take as it is.
        """
        super().__init__(scope, id)
        reject(self, _problems(prefix))
        workspace.adopt(self)
        self.log_group = workspace.log_group(self, "Log")
        self.role = workspace.role(self, "Role", service=_SERVICE, statements=[_write(self.log_group.attr_arn)])
        self._admit(workspace, prefix)
        provider = AsyncProvider(
            self,
            "Provider",
            workspace=workspace,
            code=runtime_code("invocation_logging"),
            statements=[_configure(), pass_role(self.role.role_arn, to=_SERVICE)],
            timeout_seconds=_PATIENCE_SECONDS,
        )
        self.resource = provider.resource(
            self,
            "Resource",
            type="Custom::InvocationLogging",
            properties={
                "LogGroupName": self.log_group.ref,
                "RoleArn": self.role.role_arn,
                "BucketName": workspace.data_bucket.bucket_name,
                "KeyPrefix": prefix,
                "Data": json.dumps(_delivered(data), sort_keys=True),
                "ReplacesOther": str(replaces_other).lower(),
            },
        )
        # Bedrock tries to write before it takes the setting.
        self.resource.node.add_dependency(workspace.data_bucket, workspace.key)

    def _admit(self, workspace: Workspace, prefix: str) -> None:
        """https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html#setup-s3-destination"""
        objects = f"{prefix}/AWSLogs/{Aws.ACCOUNT_ID}/BedrockModelInvocationLogs/*"
        bedrock: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"Service": _SERVICE},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}:{Aws.ACCOUNT_ID}:*"},
            },
        }
        put = {**bedrock, "Action": "s3:PutObject", "Resource": workspace.data_bucket.arn_for_objects(objects)}
        workspace.data_bucket.add_to_resource_policy(iam.PolicyStatement.from_json(put))
        encrypt = {**bedrock, "Action": "kms:GenerateDataKey", "Resource": "*"}
        workspace.key.add_to_resource_policy(iam.PolicyStatement.from_json(encrypt))


def _write(log_group_arn: str) -> Statement:
    # The attribute ends in :*, which stands for the streams of the group; Bedrock writes one.
    return Statement(
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[log_group_arn],
        wildcard=f"The ARN of a log group ends in :*, which stands for its own streams; Bedrock writes {_STREAM}. "
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html",
    )


def _configure() -> Statement:
    return Statement(
        actions=[
            "bedrock:DeleteModelInvocationLoggingConfiguration",
            "bedrock:GetModelInvocationLoggingConfiguration",
            "bedrock:PutModelInvocationLoggingConfiguration",
        ],
        resources=ANYTHING,
        wildcard=f"The setting is one for the account, and its actions take no resource. {_PAGE}",
    )


def _delivered(data: LoggedData) -> dict[str, bool]:
    return {
        "textDataDeliveryEnabled": data.text,
        "imageDataDeliveryEnabled": data.images,
        "embeddingDataDeliveryEnabled": data.embeddings,
        "videoDataDeliveryEnabled": data.video,
        "audioDataDeliveryEnabled": data.audio,
    }


def _problems(prefix: str) -> Iterator[Problem]:
    if not is_token(prefix) and (not _PREFIX.fullmatch(prefix) or "//" in prefix):
        fix = "Use letters, digits, _ and -, with single slashes between"
        yield Problem("prefix", prefix, "is no prefix that Bedrock writes under", fix)
