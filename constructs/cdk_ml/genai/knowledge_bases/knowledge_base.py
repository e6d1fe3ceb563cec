"""A knowledge base: documents, cut into passages that are found by their meaning.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_bedrock as bedrock
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.knowledge_bases.base import (
    TYPES,
    KnowledgeBaseResource,
    description_problems,
    marked,
    source_problems,
    unique_name,
)
from cdk_ml.genai.knowledge_bases.embedding import embedding_configuration, embedding_problems, vectors_of
from cdk_ml.genai.knowledge_bases.retrieval import Retrieval
from cdk_ml.genai.knowledge_bases.s3_vectors import S3Vectors
from cdk_ml.genai.knowledge_bases.source import DataSource, Source
from cdk_ml.genai.knowledge_bases.store import VectorStore, VectorType
from cdk_ml.genai.models.arns import ask_statements, model_arn
from cdk_ml.genai.models.checks import foundation_model_id
from cdk_ml.genai.models.endpoints import reach_bedrock
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.genai.models.lifecycle import tell_of_model
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.statements import use_key


class KnowledgeBase(KnowledgeBaseResource):
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
        id_of_model = foundation_model_id(embedding)
        if id_of_model is not None:
            tell_of_model(self, id_of_model)
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
                *ask_statements(embedding),
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
            name=marked(self, unique_name(self), {"made": configuration, "storage": storage, **self.store.made_of}),
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
            reach_bedrock(workspace, models=False, agents=True)

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
            name=marked(self, source.name, {**fixed, "type": configuration["type"]}),
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
        yield from embedding_problems(embedding, dimensions, vector_type, Stack.of(self).region)
        chunkings = [source.ingestion.chunking for source in sources]
        yield from store.problems(vectors_of(embedding, dimensions, vector_type), chunkings)
        yield from source_problems(sources, Stack.of(self).region)
        yield from _managed_problems(sources)
        yield from _graph_problems(sources, store)
        yield from description_problems(description)


def _managed_problems(sources: Sequence[Source]) -> Iterator[Problem]:
    for source in sources:
        if source.managed:
            fix = "Use a ManagedKnowledgeBase, or the source that is made for this one"
            yield Problem("sources", source.name, "is a ManagedConnector", fix)


def _graph_problems(sources: Sequence[Source], store: VectorStore) -> Iterator[Problem]:
    name = type(store).__name__
    for source in sources:
        entities = source.ingestion.entities
        if store.graph and entities is None:
            rule = f"says nothing of what passages of {source.name} are about, which {name} finds them by"
            yield Problem("ingestion.entities", entities, rule, "Name a model that finds it")
        elif not store.graph and entities is not None:
            rule = f"is asked for what {name} does not keep"
            fix = "Leave it out, or use the store NeptuneAnalytics"
            yield Problem("ingestion.entities", entities.model_id, rule, fix)
