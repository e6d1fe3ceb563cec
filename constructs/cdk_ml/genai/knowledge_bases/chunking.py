"""How documents are cut into the passages that are found.

https://docs.aws.amazon.com/bedrock/latest/userguide/kb-chunking.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

_MOST_TOKENS = 8_192


class Chunking(ABC):
    """A way to cut documents. Changing it makes a new data source, whose documents have to be ingested again."""

    @abstractmethod
    def configuration(self) -> dict[str, Any]:
        """What CloudFormation is told."""

    @abstractmethod
    def problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""

    @property
    @abstractmethod
    def passage_tokens(self) -> float:
        """Tokens that one passage may have, and what is kept beside it; 0 for whatever a document has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedChunks(Chunking):
    """Passages of about one size, cut between sentences.

    :param tokens: tokens of a passage at most, 1 to 8192.
    :param overlap_percent: share of a passage that is repeated in the next one, 1 to 99.
    """

    tokens: int = 300
    overlap_percent: int = 20

    def configuration(self) -> dict[str, Any]:
        """What CloudFormation is told."""
        size = {"maxTokens": self.tokens, "overlapPercentage": self.overlap_percent}
        return {"chunkingStrategy": "FIXED_SIZE", "fixedSizeChunkingConfiguration": size}

    def problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        yield from _size("chunking.tokens", self.tokens)
        if outside(self.overlap_percent, 1, 99):
            yield Problem("chunking.overlap_percent", self.overlap_percent, "is no overlap of passages", "Use 1 to 99")

    @property
    def passage_tokens(self) -> float:
        """Tokens of a passage."""
        return self.tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchicalChunks(Chunking):
    """Small passages that are found, inside large ones that the model gets to read.

    :param parent_tokens: tokens of a large passage at most, 1 to 8192.
    :param child_tokens: tokens of a small one, fewer than ``parent_tokens``.
    :param overlap_tokens: tokens that are repeated in the next passage, fewer than ``child_tokens``.
    """

    parent_tokens: int = 1_500
    child_tokens: int = 300
    overlap_tokens: int = 60

    def configuration(self) -> dict[str, Any]:
        """What CloudFormation is told."""
        return {
            "chunkingStrategy": "HIERARCHICAL",
            "hierarchicalChunkingConfiguration": {
                "levelConfigurations": [{"maxTokens": self.parent_tokens}, {"maxTokens": self.child_tokens}],
                "overlapTokens": self.overlap_tokens,
            },
        }

    def problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        yield from _size("chunking.parent_tokens", self.parent_tokens)
        yield from _size("chunking.child_tokens", self.child_tokens)
        yield from _smaller("child_tokens", self.child_tokens, "parent_tokens", self.parent_tokens)
        if outside(self.overlap_tokens, 1, _MOST_TOKENS):
            yield Problem("chunking.overlap_tokens", self.overlap_tokens, "is no overlap of passages", "Use 1 or more")
        yield from _smaller("overlap_tokens", self.overlap_tokens, "child_tokens", self.child_tokens)

    @property
    def passage_tokens(self) -> float:
        """Tokens of a small passage and of the large one that is kept beside it."""
        return self.parent_tokens + self.child_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticChunks(Chunking):
    """Passages that end where the subject changes, as the embedding model sees it. Ingestion costs more.

    :param tokens: tokens of a passage at most, 1 to 8192.
    :param buffer: neighbours that a sentence is compared together with, 0 or 1.
    :param breakpoint_percentile: how unlike two sentences have to be to be parted, 50 to 99.
    """

    tokens: int = 300
    buffer: int = 0
    breakpoint_percentile: int = 95

    def configuration(self) -> dict[str, Any]:
        """What CloudFormation is told."""
        return {
            "chunkingStrategy": "SEMANTIC",
            "semanticChunkingConfiguration": {
                "maxTokens": self.tokens,
                "bufferSize": self.buffer,
                "breakpointPercentileThreshold": self.breakpoint_percentile,
            },
        }

    def problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        yield from _size("chunking.tokens", self.tokens)
        if outside(self.buffer, 0, 1):
            yield Problem("chunking.buffer", self.buffer, "is no number of neighbours", "Use 0 or 1")
        percentile = self.breakpoint_percentile
        if outside(percentile, 50, 99):
            yield Problem("chunking.breakpoint_percentile", percentile, "is no threshold", "Use 50 to 99")

    @property
    def passage_tokens(self) -> float:
        """Tokens of a passage."""
        return self.tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeDocuments(Chunking):
    """Every document is one passage: for documents that were cut before, or by a transformation."""

    def configuration(self) -> dict[str, Any]:
        """What CloudFormation is told."""
        return {"chunkingStrategy": "NONE"}

    def problems(self) -> Iterator[Problem]:
        """Nothing to be refused."""
        yield from ()

    @property
    def passage_tokens(self) -> float:
        """Whatever a document has."""
        return 0


def _size(argument: str, tokens: float) -> Iterator[Problem]:
    if outside(tokens, 1, _MOST_TOKENS):
        yield Problem(argument, tokens, "is no size of a passage", f"Use 1 to {_MOST_TOKENS}")


def _smaller(argument: str, value: float, than: str, limit: float) -> Iterator[Problem]:
    if not is_token(value) and not is_token(limit) and value >= limit:
        yield Problem(f"chunking.{argument}", value, f"is not smaller than {than}={limit}", f"Use less than {limit}")
