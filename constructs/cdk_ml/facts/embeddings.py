"""Embedding models of Bedrock that make binary vectors.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-supported.html; embeddings.toml says when it was
read.
"""

from __future__ import annotations

from functools import cache

from . import _tables


def makes_binary(id: str) -> bool:
    """Whether the model of that id makes vectors of bits, too."""
    return id in binary_models()


@cache
def binary_models() -> frozenset[str]:
    """The ids of the models that do."""
    return frozenset(_tables.read("embeddings")["binary"])
