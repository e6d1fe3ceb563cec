"""Where a work group keeps its answers: under a prefix in S3 that empties itself, or with Athena for a day.

https://docs.aws.amazon.com/athena/latest/ug/querying.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Duration, Validations
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from cdk_ml.data.athena.permissions import keep_answers
from cdk_ml.data.catalog.database import prefix_problems
from cdk_ml.errors import Problem
from cdk_ml.tokens import outside
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

_USE_KEY = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Answers:
    """Answers as files in S3 under the workspace's key, which S3 deletes after some days.

    :param days: that they are kept.
    :param bucket: a bucket of your own; the workspace's data bucket when not given. The rule that deletes them is added
        to a bucket that this app makes; to another one its owner adds it.
    :param prefix: under which they are, without a slash at either end; ``athena/`` and the work group's name when not
        given.
    """

    days: int = 30
    bucket: s3.IBucket | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedAnswers:
    """Answers that Athena keeps for 24 hours, under the workspace's key, and gives to who may ask the work group.

    Nothing is in a bucket, and nothing has to be deleted. Athena does not reuse them, and files larger than 200 MB are
    to be had with ``UNLOAD`` only.
    """


Answers = S3Answers | ManagedAnswers


def answer_problems(answers: Answers) -> Iterator[Problem]:
    """What S3 would refuse about ``answers``."""
    if isinstance(answers, S3Answers):
        yield from prefix_problems(answers.prefix, "answers.prefix")
        if outside(answers.days, 1, 36_500):
            yield Problem("answers.days", answers.days, "is not a time that S3 keeps anything", "Use 1 to 36500")


class AnswerPlace:
    """Where the answers of one work group are.

    :ivar uri: prefix in S3; ``None`` where Athena keeps them.
    :ivar statements: what whoever asks needs for them.
    :ivar configuration: of the work group, as CloudFormation writes it.
    """

    def __init__(self, scope: IConstruct, answers: Answers, *, workspace: Workspace, name: str) -> None:
        key = workspace.key.key_arn
        self.uri: str | None = None
        self.statements: list[Statement] = use_key(key)
        self.configuration: dict[str, Any] = {
            "managedQueryResultsConfiguration": {"enabled": True, "encryptionConfiguration": {"kmsKey": key}}
        }
        if not isinstance(answers, S3Answers):
            # Athena uses the key as whoever asks, and looks at it first.
            self.statements = [
                Statement(actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], resources=[key])
            ]
            return
        bucket = workspace.data_bucket if answers.bucket is None else answers.bucket
        prefix = f"{answers.prefix or f'athena/{name}'}/"
        self.uri = f"s3://{bucket.bucket_name}/{prefix}"
        self.statements += keep_answers(bucket.bucket_arn, prefix)
        self.configuration = {
            # Said where the other kind was said once: CloudFormation leaves on what it is not told.
            "managedQueryResultsConfiguration": {"enabled": False},
            "resultConfiguration": {
                "outputLocation": self.uri,
                # A bucket of that name in another account gets nothing.
                "expectedBucketOwner": Aws.ACCOUNT_ID if answers.bucket is None else None,
                "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKey": key},
            },
        }
        _expire(scope, bucket, prefix, days=answers.days, name=name)


def _expire(scope: IConstruct, bucket: s3.IBucket, prefix: str, *, days: int, name: str) -> None:
    if isinstance(bucket, s3.Bucket):
        # Old versions as well: the bucket would keep them for as long as those of data.
        bucket.add_lifecycle_rule(
            id=f"expire-answers-of-{name}",
            prefix=prefix,
            expiration=Duration.days(days),
            noncurrent_version_expiration=Duration.days(1),
        )
        return
    message = f"Nothing here deletes what is under {prefix}: give its bucket a lifecycle rule, or use ManagedAnswers()."
    Validations.of(scope).add_warning("cdk-ml:answers-do-not-expire", message)
