"""A knowledge base: documents, cut into passages that are found by their meaning.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Names, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.knowledge_bases.embedding import embedding_configuration, embedding_problems, vectors_of
from cdk_ml.genai.knowledge_bases.model_arns import model_arn
from cdk_ml.genai.knowledge_bases.retrieval import Retrieval
from cdk_ml.genai.knowledge_bases.s3_vectors import S3Vectors
from cdk_ml.genai.knowledge_bases.source import DataSource, Source
from cdk_ml.genai.knowledge_bases.store import VectorStore, VectorType
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

RETRIEVE = ("bedrock:Retrieve",)
TYPES = ("AWS::Bedrock::KnowledgeBase", "AWS::Bedrock::DataSource")
_LONGEST_NAME = 100
_LONGEST_DESCRIPTION = 200
_MOST_SOURCES = 5


class KnowledgeBase(Construct):
    """Documents from one or more sources, cut into passages, embedded, and found by their meaning.

    Creates the knowledge base, a data source for each of ``sources``, the store of its vectors, and a role that may ask
    the embedding model, read the documents and use the store, and nothing else. Nothing is found before the sources
    are synchronized: see :class:`~cdk_ml.genai.KnowledgeBaseSync`.

    Another embedding model, size of vectors or store makes a new knowledge base, and another way to cut documents a new
    data source; both have to be synchronized again. Names end in a mark of what they are made of, because the new one
    is there before the old one is gone.

    Idle cost: nothing with :class:`~cdk_ml.genai.S3Vectors`, the default, but the storage of vectors and documents; the
    other stores say what they cost.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import FoundationModel, KnowledgeBase, S3Source
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> knowledge_base = KnowledgeBase(
    ...     stack,
    ...     "Handbooks",
    ...     workspace=workspace,
    ...     embedding=FoundationModel("amazon.titan-embed-text-v2:0"),
    ...     sources=[S3Source(name="handbooks", prefix="handbooks/")],
    ... )
    >>> documents = knowledge_base.data_sources["handbooks"].bucket

    See https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-create.html

    :ivar data_sources: the data sources by their names.
    :ivar store: where the vectors are.
    :ivar role: what Bedrock assumes to read documents and to use the store.
    :ivar cfn_knowledge_base: the knowledge base.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        embedding: InvokableModel,
        sources: Sequence[Source],
        store: VectorStore = S3Vectors(),
        dimensions: int | None = None,
        vector_type: VectorType = VectorType.FLOAT32,
        description: str | None = None,
        private_endpoint: bool = False,
    ) -> None:
        """
        :param workspace: key, buckets, network, tags and profile.
        :param embedding: the model that makes a vector of a passage, and of a question.
        :param sources: where the documents come from, at most 5.
        :param store: where the vectors are.
        :param dimensions: numbers of a vector; what the model makes of itself when not given.
        :param vector_type: what each of them is.
        :param description: what is in it, which agents read to decide whether to ask; at most 200 characters.
        :param private_endpoint: let the workspace's network reach ``Retrieve`` without internet, for about 7 USD a
            month and zone.
        :raises cdk_ml.errors.ConfigurationError: a model that makes no such vectors, a store that does not keep them,
            sources that Bedrock would refuse, or a region without knowledge bases.
        """
        super().__init__(scope, id)
        reject(self, self._problems(embedding, sources, store, dimensions, vector_type, description))
        workspace.adopt(self)
        self._store = store
        vectors = vectors_of(embedding, dimensions, vector_type)
        self.store = store.build(self, "Store", workspace, vectors)
        places = Construct(self, "Sources")
        located = {source.name: source.locate(places, workspace) for source in sources}
        self.role = workspace.role(
            self,
            "Role",
            service="bedrock.amazonaws.com",
            statements=[
                *embedding.invoke_statements(actions=["bedrock:InvokeModel"]),
                *self.store.statements,
                *(statement for source in located.values() for statement in source.statements),
                *(statement for source in sources for statement in source.ingestion.statements(workspace)),
                # What is on its way from a document to the store is kept under the key.
                *use_key(workspace.key.key_arn),
            ],
        )
        storage = self.store.connect(self.role)
        configured = embedding_configuration(embedding, vectors)
        vector_configuration: dict[str, Any] = {"embeddingModelArn": model_arn(embedding)}
        if configured:
            vector_configuration["embeddingModelConfiguration"] = configured
        configuration = {"type": "VECTOR", "vectorKnowledgeBaseConfiguration": vector_configuration}
        self.cfn_knowledge_base = bedrock.CfnKnowledgeBase(
            self,
            "Resource",
            name=_marked(self, _unique(self), {"made": configuration, "storage": storage, **self.store.made_of}),
            description=description,
            role_arn=self.role.role_arn,
            knowledge_base_configuration=configuration,
            storage_configuration=storage,
        )
        self.cfn_knowledge_base.node.add_dependency(self.store)
        self.data_sources: Mapping[str, DataSource] = {
            source.name: DataSource(
                source=source,
                cfn_data_source=self._data_source(places, source, located[source.name].configuration, workspace),
                bucket=located[source.name].bucket,
            )
            for source in sources
        }
        if private_endpoint:
            workspace.add_interface_endpoint(
                "BedrockAgentRuntime", ec2.InterfaceVpcEndpointAwsService.BEDROCK_AGENT_RUNTIME
            )

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

    def grant_retrieve(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` ask the knowledge base, without a reranking model."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*RETRIEVE], resource_arns=[self.knowledge_base_arn])

    def retrieval_configuration(self, retrieval: Retrieval) -> dict[str, Any]:
        """What ``Retrieve`` takes as ``retrievalConfiguration``.

        :raises cdk_ml.errors.ConfigurationError: what Bedrock would refuse, and filters that the store ignores.
        """
        reject(self, retrieval.problems(self._store))
        return retrieval.configuration()

    def _data_source(
        self, scope: Construct, source: Source, configuration: dict[str, Any], workspace: Workspace
    ) -> bedrock.CfnDataSource:
        ingestion = source.ingestion.configuration(workspace)
        # Each of them replaces the data source.
        fixed = {"cut": ingestion["chunkingConfiguration"], "read": ingestion.get("parsingConfiguration")}
        return bedrock.CfnDataSource(
            scope,
            source.name,
            knowledge_base_id=self.knowledge_base_id,
            name=_marked(self, source.name, {**fixed, "type": configuration["type"]}),
            data_source_configuration=configuration,
            data_deletion_policy=source.data_deletion.value,
            server_side_encryption_configuration={"kmsKeyArn": workspace.key.key_arn},
            vector_ingestion_configuration=ingestion,
        )

    def _problems(
        self,
        embedding: InvokableModel,
        sources: Sequence[Source],
        store: VectorStore,
        dimensions: int | None,
        vector_type: VectorType,
        description: str | None,
    ) -> Iterator[Problem]:
        yield from region_problems(Stack.of(self).region, *TYPES, *store.types)
        yield from embedding_problems(embedding, dimensions, vector_type)
        chunkings = [source.ingestion.chunking for source in sources]
        yield from store.problems(vectors_of(embedding, dimensions, vector_type), chunkings)
        yield from source_problems(sources)
        yield from description_problems(description)


def source_problems(sources: Sequence[Source]) -> Iterator[Problem]:
    """What Bedrock would refuse about the sources of one knowledge base."""
    names = [source.name for source in sources]
    if not sources:
        yield Problem("sources", (), "leaves nothing to be found", "Name at least one source")
    if len(sources) > _MOST_SOURCES:
        rule = f"are {len(sources)} sources"
        yield Problem("sources", tuple(names), rule, f"Use at most {_MOST_SOURCES}, or another knowledge base")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem("sources", name, "is the name of several sources", "Give each a name of its own")
    for source in sources:
        yield from source.problems()


def description_problems(description: str | None) -> Iterator[Problem]:
    """Why Bedrock does not take a description."""
    if description is None or is_token(description):
        return
    if not 1 <= len(description) <= _LONGEST_DESCRIPTION:
        rule = f"has {len(description)} characters"
        yield Problem("description", f"{description[:20]}...", rule, f"Use 1 to {_LONGEST_DESCRIPTION}")


def _unique(scope: Construct) -> str:
    return Names.unique_resource_name(scope, max_length=_LONGEST_NAME - 9, separator="-")


def _marked(scope: Construct, name: str, made_of: Mapping[str, Any]) -> str:
    """``name`` with a mark of what a replacement would change, so that old and new can be there at once."""
    text = json.dumps(Stack.of(scope).resolve(made_of), sort_keys=True)
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
