"""Where a knowledge base keeps its vectors: what every store has in common.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-setup.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.workspace import Statement, Workspace

if TYPE_CHECKING:
    from cdk_ml.genai.knowledge_bases.chunking import Chunking


TEXT_FIELD, METADATA_FIELD = "AMAZON_BEDROCK_TEXT", "AMAZON_BEDROCK_METADATA"
"""What Bedrock calls the passage, and what it keeps for itself, where nobody says otherwise."""


class VectorType(StrEnum):
    """What one number of a vector is."""

    FLOAT32 = "FLOAT32"
    """Four bytes each: what every store and every embedding model knows."""

    BINARY = "BINARY"
    """One bit each: a thirty-second of the space, and less exact. OpenSearch and few models know it."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors that a store has to keep.

    :param dimensions: numbers of a vector.
    :param type: what each of them is.
    """

    dimensions: int
    type: VectorType


class Store(Construct):
    """A store that is made, or was there. Everything in it is ready before the knowledge base is made."""

    @property
    @abstractmethod
    def statements(self) -> Sequence[Statement]:
        """What the knowledge base's role needs to read and write vectors."""

    @property
    @abstractmethod
    def made_of(self) -> Mapping[str, Any]:
        """What a change of which makes another store, and so another knowledge base."""

    @abstractmethod
    def connect(self, role: iam.IRole) -> dict[str, Any]:
        """Admit the role, and say how the store is told to Bedrock."""


class VectorStore(ABC):
    """A choice of store, which a knowledge base makes.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-setup.html
    """

    @abstractmethod
    def problems(self, vectors: Vectors, chunkings: Sequence[Chunking]) -> Iterator[Problem]:
        """Why the store cannot keep these vectors, or passages that are cut so."""

    @property
    @abstractmethod
    def types(self) -> Sequence[str]:
        """CloudFormation's types that the store is made of, which a region may lack."""

    @property
    def hybrid(self) -> bool:
        """Whether it finds by words as well as by meaning."""
        return False

    @property
    def ignores(self) -> frozenset[str]:
        """Filters that it does not look at: everything would be found."""
        return frozenset({"startsWith", "stringContains"})

    @property
    def graph(self) -> bool:
        """Whether it is a graph, of what passages are about."""
        return False

    @abstractmethod
    def build(self, scope: Construct, id: str, workspace: Workspace, vectors: Vectors) -> Store:
        """Make the store, or refer to the one that is there."""


def only_float32(store: str, vectors: Vectors) -> Iterator[Problem]:
    """Why a store that knows no binary vectors cannot keep these."""
    if vectors.type is VectorType.BINARY:
        fix = "Use VectorType.FLOAT32, or the store ExistingOpenSearch"
        yield Problem("vector_type", vectors.type.value, f"is not what {store} keeps", fix)
