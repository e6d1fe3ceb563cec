"""Data in S3 that jobs read and write: a prefix that is there, or what a job of the same execution leaves.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-access-training-data.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_s3 as s3

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.sagemaker.jobs.values import ExecutionId, Join, Value
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement
from cdk_ml.workspace.statements import use_key

InputMode = Literal["File", "FastFile", "Pipe"]


@dataclass(frozen=True, slots=True)
class Data:
    """Objects under a prefix of a bucket.

    :param bucket: the bucket.
    :param prefix: such as ``churn/raw/``.
    :param mode: how a training job gets them: copied first, or streamed as they are read.
    :param content_type: MIME type that built-in algorithms ask for, such as ``text/csv``.
    """

    bucket: s3.IBucket
    prefix: str
    mode: InputMode = "File"
    content_type: str | None = None

    @property
    def uri(self) -> Value:
        """Where the objects are."""
        return f"s3://{self.bucket.bucket_name}/{self.prefix}"

    @property
    def granted_prefix(self) -> str:
        """The part of the prefix that is known before the execution."""
        return self.prefix

    @property
    def s3_type(self) -> Literal["S3Prefix", "ManifestFile"]:
        """What SageMaker calls it: objects under a prefix, or those that a file names."""
        return "S3Prefix"

    @property
    def named(self) -> Sequence[Data]:
        """Where the objects are that a file names."""
        return ()


@dataclass(frozen=True, slots=True)
class Output(Data):
    """What a job leaves, apart for every execution.

    :param step: id of the job that leaves it.
    :param name: which of its outputs.
    """

    step: str = ""
    name: str = ""

    @property
    def uri(self) -> Value:
        return Join((f"s3://{self.bucket.bucket_name}/{self.prefix}/", ExecutionId(), f"/{self.name}"))

    @property
    def granted_prefix(self) -> str:
        return f"{self.prefix}/"


def read_statements(data: Data) -> list[Statement]:
    """What a job needs to read ``data``."""
    key = data.bucket.encryption_key
    decrypt = [] if key is None else use_key(key.key_arn)
    named = [statement for each in data.named for statement in read_statements(each)]
    return [*read_objects(data.bucket.bucket_arn, data.granted_prefix), *decrypt, *named]


def data_problems(argument: str, data: Data) -> Iterator[Problem]:
    """What S3 or SageMaker would refuse about ``data``."""
    if not is_token(data.prefix) and (data.prefix.startswith("/") or not data.prefix.strip()):
        fix = "Name a prefix such as churn/raw/, without a slash before it"
        yield Problem(f"{argument}.prefix", data.prefix, "is no prefix of objects", fix)
