"""Documents in S3.

https://docs.aws.amazon.com/bedrock/latest/userguide/s3-data-source-connector.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.genai.knowledge_bases.source import Located, Source, account_problems
from cdk_ml.tokens import is_token
from cdk_ml.workflow.inbox import inbox_bucket
from cdk_ml.workspace import Statement, Workspace

_LONGEST_PREFIX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Source(Source):
    """Documents in a bucket, with metadata beside them in ``name.metadata.json`` if you filter by it.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/s3-data-source-connector.html

    :param bucket: a bucket of your own; one is made when not given, under the workspace's key. A bucket that
        documents are synchronized from when they arrive has to send its events to EventBridge
        (``event_bridge_enabled=True``); the one that is made does.
    :param prefix: documents under it only, such as ``handbooks/``.
    :param owner: the account that owns the bucket, if it is another: its bucket policy has to admit the role.
    """

    bucket: s3.IBucket | None = None
    prefix: str | None = None
    owner: str | None = None

    def own_problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        prefix, owner = self.prefix, self.owner
        if prefix is not None and not is_token(prefix) and not 1 <= len(prefix) <= _LONGEST_PREFIX:
            fix = f"Use 1 to {_LONGEST_PREFIX} characters, or none for the whole bucket"
            yield Problem("source.prefix", prefix, "is not a prefix that Bedrock takes", fix)
        if prefix is not None and "*" in prefix:
            rule = "has a wildcard, which would let the role read more"
            yield Problem("source.prefix", prefix, rule, "Write the beginning of the names, such as handbooks/")
        if owner is None:
            return
        yield from account_problems("source.owner", owner)
        if self.bucket is None:
            rule = "is an account whose bucket is not given"
            yield Problem("source.owner", owner, rule, "Name the bucket, or leave the owner out")

    def locate(self, scope: Construct, workspace: Workspace) -> Located:
        """Where the documents are; makes a bucket if there is none."""
        made = f"{self.name}Documents"
        bucket = inbox_bucket(scope, made, workspace=workspace) if self.bucket is None else self.bucket
        place: dict[str, Any] = {"bucketArn": bucket.bucket_arn}
        if self.prefix is not None:
            place["inclusionPrefixes"] = [self.prefix]
        if self.owner is not None:
            place["bucketOwnerAccountId"] = self.owner
        own = {"StringEquals": {"aws:ResourceAccount": Aws.ACCOUNT_ID if self.owner is None else self.owner}}
        statements = [
            Statement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn], conditions=own),
            Statement(
                actions=["s3:GetObject"],
                resources=[f"{bucket.bucket_arn}/{'' if self.prefix is None else self.prefix}*"],
                conditions=own,
                wildcard="Whoever delivers a document names it; bucket and prefix are named. "
                "https://docs.aws.amazon.com/bedrock/latest/userguide/kb-permissions.html",
            ),
        ]
        if bucket.encryption_key is not None:
            statements.append(Statement(actions=["kms:Decrypt"], resources=[bucket.encryption_key.key_arn]))
        return Located(configuration={"type": "S3", "s3Configuration": place}, statements=statements, bucket=bucket)
