"""What every knowledge base has in common: who may ask it, its name, and what it refuses.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base.html
"""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Names, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.genai.knowledge_bases.retrieval import Retrieval
from cdk_ml.genai.knowledge_bases.source import DataSource, Source
from cdk_ml.genai.texts import repeated
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement

RETRIEVE = ("bedrock:Retrieve",)
DELIVER = (
    "bedrock:DeleteKnowledgeBaseDocuments",
    "bedrock:GetKnowledgeBaseDocuments",
    "bedrock:IngestKnowledgeBaseDocuments",
)
TYPES = ("AWS::Bedrock::KnowledgeBase", "AWS::Bedrock::DataSource")
_LONGEST_NAME = 100
_LONGEST_DESCRIPTION = 200
_MOST_SOURCES = 5


class KnowledgeBaseResource(Construct):
    """A knowledge base, whoever looks after its vectors.

    :ivar cfn_knowledge_base: the knowledge base.
    :ivar data_sources: the data sources by their names.
    """

    cfn_knowledge_base: bedrock.CfnKnowledgeBase
    data_sources: Mapping[str, DataSource]

    @property
    def knowledge_base_id(self) -> str:
        """Id of the knowledge base, as ``Retrieve`` takes it."""
        return self.cfn_knowledge_base.attr_knowledge_base_id

    @property
    def knowledge_base_arn(self) -> str:
        """ARN of the knowledge base."""
        return self.cfn_knowledge_base.attr_knowledge_base_arn

    def retrieve_statements(self, retrieval: Retrieval = Retrieval()) -> list[Statement]:
        """What asks the knowledge base needs this.

        :param retrieval: how it asks; a reranking model has to be allowed as well.
        """
        found = [Statement(actions=RETRIEVE, resources=[self.knowledge_base_arn])]
        return found if retrieval.reranking is None else [*found, *retrieval.reranking.statements()]

    def delivery_statements(self) -> list[Statement]:
        """What delivers documents of a :class:`~cdk_ml.genai.CustomSource`, and takes them back, needs this."""
        return [Statement(actions=DELIVER, resources=[self.knowledge_base_arn])]

    def grant_retrieve(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` ask the knowledge base, without a reranking model."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*RETRIEVE], resource_arns=[self.knowledge_base_arn])

    @abstractmethod
    def retrieval_configuration(self, retrieval: Retrieval) -> dict[str, Any]:
        """What ``Retrieve`` takes as ``retrievalConfiguration``."""


def source_problems(sources: Sequence[Source], region: str) -> Iterator[Problem]:
    """What Bedrock would refuse about the sources of one knowledge base."""
    names = [source.name for source in sources]
    if not sources:
        yield Problem("sources", (), "leaves nothing to be found", "Name at least one source")
    if len(sources) > _MOST_SOURCES:
        rule = f"are {len(sources)} sources"
        yield Problem("sources", tuple(names), rule, f"Use at most {_MOST_SOURCES}, or another knowledge base")
    for name in repeated(names):
        yield Problem("sources", name, "is the name of several sources", "Give each a name of its own")
    for source in sources:
        yield from source.problems(region)


def description_problems(description: str | None) -> Iterator[Problem]:
    """Why Bedrock does not take a description."""
    if description is None or is_token(description):
        return
    if not 1 <= len(description) <= _LONGEST_DESCRIPTION:
        rule = f"has {len(description)} characters"
        yield Problem("description", f"{description[:20]}...", rule, f"Use 1 to {_LONGEST_DESCRIPTION}")


def unique_name(scope: Construct) -> str:
    return Names.unique_resource_name(scope, max_length=_LONGEST_NAME - 9, separator="-")


def marked(scope: Construct, name: str, made_of: Mapping[str, Any]) -> str:
    """``name`` with a mark of what a replacement would change, so that old and new can be there at once."""
    text = json.dumps(Stack.of(scope).resolve(made_of), sort_keys=True)
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
