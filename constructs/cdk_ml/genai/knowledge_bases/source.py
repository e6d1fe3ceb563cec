"""Where documents of a knowledge base come from: what every kind of source has in common.

https://docs.aws.amazon.com/bedrock/latest/userguide/data-source-connectors.html
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.genai.knowledge_bases.ingestion import Ingestion
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace

# Of 100 characters; eight and a hyphen go to what tells a replacement from what it replaces.
_NAME = re.compile(r"(?:[0-9a-zA-Z][_-]?){1,91}")
_LONGEST_NAME = 91
_ACCOUNT = re.compile(r"[0-9]{12}")


class DataDeletion(StrEnum):
    """What becomes of the vectors of a data source that is deleted, or replaced because it cuts them otherwise."""

    RETAIN = "RETAIN"
    """They stay in the store, which goes with its stack as the workspace says. Deletion never hangs."""

    DELETE = "DELETE"
    """Bedrock deletes them first. Deletion fails when it cannot reach the store any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What a source is made of, once it is known where.

    :param configuration: what CloudFormation is told.
    :param statements: what the knowledge base's role needs.
    :param bucket: the bucket that documents are in, of a source in S3.
    """

    configuration: dict[str, Any]
    statements: list[Statement]
    bucket: s3.IBucket | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(ABC):
    """Documents to be found.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/data-source-connectors.html

    :param name: name of the source in its knowledge base: letters and digits, with single hyphens or underscores.
    :param ingestion: what happens to its documents.
    :param data_deletion: what becomes of their vectors when the source goes.
    """

    name: str
    ingestion: Ingestion = field(default_factory=Ingestion)
    data_deletion: DataDeletion = DataDeletion.RETAIN

    @property
    def managed(self) -> bool:
        """Whether only a managed knowledge base reads it."""
        return False

    @abstractmethod
    def own_problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse about this kind of source."""

    @abstractmethod
    def locate(self, scope: Construct, workspace: Workspace) -> Located:
        """Where the documents are; makes the place if there is none."""

    def problems(self, region: str) -> Iterator[Problem]:
        """What Bedrock would refuse in a region."""
        if not is_token(self.name) and (len(self.name) > _LONGEST_NAME or not _NAME.fullmatch(self.name)):
            fix = f"Use at most {_LONGEST_NAME} letters and digits, with single hyphens or underscores between them"
            yield Problem("source.name", self.name, "is not a name that Bedrock takes", fix)
        yield from self.ingestion.problems(region)
        yield from self.own_problems()


def account_problems(argument: str, account: str) -> Iterator[Problem]:
    """Why ``account`` is no account of AWS."""
    if not is_token(account) and not _ACCOUNT.fullmatch(account):
        yield Problem(argument, account, "is no account", "Use its 12 digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """A source of a knowledge base, as it was made.

    :param source: what was asked for.
    :param cfn_data_source: the data source.
    :param bucket: the bucket that its documents are in, if they are in one.
    """

    source: Source
    cfn_data_source: bedrock.CfnDataSource
    bucket: s3.IBucket | None

    @property
    def data_source_id(self) -> str:
        """Id of the data source."""
        return self.cfn_data_source.attr_data_source_id
