"""Stores that are there before the knowledge base: OpenSearch, Aurora and Neptune Analytics of your own.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-setup.html
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.genai.knowledge_bases.chunking import Chunking
from cdk_ml.genai.knowledge_bases.store import METADATA_FIELD, TEXT_FIELD, Store, Vectors, VectorStore, only_float32
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import read_secret

_COLLECTION = re.compile(r"arn:aws(?:-[a-z-]+)?:aoss:[a-z0-9-]+:\d{12}:collection/[a-z0-9-]{3,40}")
_GRAPH = re.compile(r"arn:aws(?:-[a-z-]+)?:neptune-graph:[a-z0-9-]+:\d{12}:graph/g-[a-zA-Z0-9]{10}")
_COLUMN = re.compile(r"[a-zA-Z0-9_-]{1,63}")
_TABLE = re.compile(r"[a-zA-Z0-9_.-]{1,63}")
_USE_GRAPH = (
    "neptune-graph:DeleteDataViaQuery",
    "neptune-graph:GetGraph",
    "neptune-graph:ReadDataViaQuery",
    "neptune-graph:WriteDataViaQuery",
)
_USE_CLUSTER = ("rds-data:BatchExecuteStatement", "rds-data:ExecuteStatement")


class ExistingStore(Store):
    """A store that is there: nothing is made, and nothing is deleted with the knowledge base."""

    def __init__(self, scope: Construct, id: str, *, storage: dict[str, Any], statements: Sequence[Statement]) -> None:
        super().__init__(scope, id)
        self._storage, self._statements = storage, statements

    @property
    def statements(self) -> Sequence[Statement]:
        """What reads and writes vectors needs."""
        return self._statements

    @property
    def made_of(self) -> Mapping[str, Any]:
        """Nothing but what Bedrock is told."""
        return {}

    def connect(self, role: iam.IRole) -> dict[str, Any]:  # noqa: ARG002 (whoever made the store admits the role)
        """How the store is told to Bedrock."""
        return self._storage


class _Existing(VectorStore):
    """What stores have in common that are there."""

    @property
    def types(self) -> Sequence[str]:
        """Nothing is made."""
        return ()

    def build(self, scope: Construct, id: str, workspace: Workspace, vectors: Vectors) -> ExistingStore:  # noqa: ARG002
        """Refer to the store."""
        return ExistingStore(scope, id, storage=self.storage(), statements=self.store_statements())

    @abstractmethod
    def storage(self) -> dict[str, Any]:
        """How the store is told to Bedrock."""

    @abstractmethod
    def store_statements(self) -> list[Statement]:
        """What reads and writes vectors needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingOpenSearch(_Existing):
    """An index of OpenSearch Serverless that is there, of vectors of either type.

    The collection's data access policy has to admit the role of the knowledge base.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-setup.html

    :param collection_arn: of the collection.
    :param index_name: of the index, whose engine is ``faiss``.
    :param vector_field: the field of the vectors, of the size and type that the embedding model makes.
    :param text_field: the field of the passages.
    :param metadata_field: the field of what Bedrock keeps for itself, which is not indexed.
    """

    collection_arn: str
    index_name: str
    vector_field: str = "vector"
    text_field: str = TEXT_FIELD
    metadata_field: str = METADATA_FIELD

    def problems(self, vectors: Vectors, chunkings: Sequence[Chunking]) -> Iterator[Problem]:  # noqa: ARG002 (it keeps any)
        """Why Bedrock cannot use it."""
        yield from _arn_problems("store.collection_arn", self.collection_arn, _COLLECTION, "collection")

    @property
    def hybrid(self) -> bool:
        """It finds by words, too."""
        return True

    @property
    def ignores(self) -> frozenset[str]:
        """It looks at every filter."""
        return frozenset()

    def storage(self) -> dict[str, Any]:
        """How the index is told to Bedrock."""
        fields = {
            "vectorField": self.vector_field,
            "textField": self.text_field,
            "metadataField": self.metadata_field,
        }
        place = {"collectionArn": self.collection_arn, "vectorIndexName": self.index_name, "fieldMapping": fields}
        return {"type": "OPENSEARCH_SERVERLESS", "opensearchServerlessConfiguration": place}

    def store_statements(self) -> list[Statement]:
        """What reaches the collection."""
        return [Statement(actions=["aoss:APIAccessAll"], resources=[self.collection_arn])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aurora(_Existing):
    """A table of an Aurora PostgreSQL cluster of yours, with pgvector and the Data API.

    The table has to be there, with a column ``vector(n)`` of the size that the embedding model makes.

    See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.VectorDB.html

    :param cluster: the cluster.
    :param credentials: a secret with user and password.
    :param database: name of the database.
    :param table: name of the table, such as ``bedrock_integration.bedrock_kb``.
    :param primary_key: column of the key, an UUID.
    :param vector_field: column of the vectors.
    :param text_field: column of the passages.
    :param metadata_field: column of what Bedrock keeps for itself, JSON.
    """

    cluster: rds.IDatabaseCluster
    credentials: secretsmanager.ISecret
    database: str
    table: str
    primary_key: str = "id"
    vector_field: str = "embedding"
    text_field: str = "chunks"
    metadata_field: str = "metadata"

    def problems(self, vectors: Vectors, chunkings: Sequence[Chunking]) -> Iterator[Problem]:  # noqa: ARG002 (it keeps any)
        """Why Bedrock cannot use it."""
        yield from only_float32("Aurora", vectors)
        if not is_token(self.table) and not _TABLE.fullmatch(self.table):
            yield Problem("store.table", self.table, "is no table", "Use at most 63 letters, digits and _.-")
        for name in ("database", "primary_key", "vector_field", "text_field", "metadata_field"):
            value = getattr(self, name)
            if not is_token(value) and not _COLUMN.fullmatch(value):
                fix = "Use at most 63 letters, digits, hyphens and underscores"
                yield Problem(f"store.{name}", value, "is no name that Bedrock takes", fix)

    @property
    def hybrid(self) -> bool:
        """It finds by words, too, if the table has an index for it."""
        return True

    def storage(self) -> dict[str, Any]:
        """How the table is told to Bedrock."""
        fields = {
            "primaryKeyField": self.primary_key,
            "vectorField": self.vector_field,
            "textField": self.text_field,
            "metadataField": self.metadata_field,
        }
        place = {
            "resourceArn": self.cluster.cluster_arn,
            "credentialsSecretArn": self.credentials.secret_arn,
            "databaseName": self.database,
            "tableName": self.table,
            "fieldMapping": fields,
        }
        return {"type": "RDS", "rdsConfiguration": place}

    def store_statements(self) -> list[Statement]:
        """What asks the cluster through the Data API, as the user of the secret."""
        return [
            Statement(actions=["rds:DescribeDBClusters"], resources=[self.cluster.cluster_arn]),
            Statement(actions=_USE_CLUSTER, resources=[self.cluster.cluster_arn]),
            *read_secret(self.credentials),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeptuneAnalytics(_Existing):
    """A graph of Neptune Analytics of yours, for GraphRAG: passages are found through what they have in common.

    Its vector search has to be of the size that the embedding model makes. Give sources a model that finds the things
    that passages are about: ``Ingestion(entities=...)``.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-build-graphs.html

    :param graph_arn: of the graph.
    """

    graph_arn: str

    def problems(self, vectors: Vectors, chunkings: Sequence[Chunking]) -> Iterator[Problem]:  # noqa: ARG002 (it keeps any)
        """Why Bedrock cannot use it."""
        yield from only_float32("Neptune Analytics", vectors)
        yield from _arn_problems("store.graph_arn", self.graph_arn, _GRAPH, "graph")

    @property
    def ignores(self) -> frozenset[str]:
        """It knows parts of texts, not beginnings."""
        return frozenset({"startsWith"})

    @property
    def graph(self) -> bool:
        """It is a graph."""
        return True

    def storage(self) -> dict[str, Any]:
        """How the graph is told to Bedrock."""
        fields = {"textField": TEXT_FIELD, "metadataField": METADATA_FIELD}
        place = {"graphArn": self.graph_arn, "fieldMapping": fields}
        return {"type": "NEPTUNE_ANALYTICS", "neptuneAnalyticsConfiguration": place}

    def store_statements(self) -> list[Statement]:
        """What reads and writes the graph."""
        return [Statement(actions=_USE_GRAPH, resources=[self.graph_arn])]


def _arn_problems(argument: str, arn: str, pattern: re.Pattern[str], noun: str) -> Iterator[Problem]:
    if not is_token(arn) and not pattern.fullmatch(arn):
        yield Problem(argument, arn, f"is no ARN of a {noun}", f"Copy it from the {noun}'s page in the console")
