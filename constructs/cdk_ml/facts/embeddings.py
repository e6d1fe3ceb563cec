"""Embedding models of Bedrock: the sizes of their vectors.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-supported.html; embeddings.toml says when it was
read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from . import _tables

# What Bedrock's own models are called: provider, name, version. Models of an account are ARNs.
_FOUNDATION_MODEL = re.compile(r"[a-z0-9-]+\.[a-z0-9.:-]+")


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """What is known of an embedding model.

    :param dimensions: numbers that its vectors may have, the default first.
    :param binary: it makes binary vectors, too.
    """

    dimensions: tuple[int, ...]
    binary: bool


def embedding_model(id: str) -> EmbeddingModel | None:
    """What is known of the model of that id; None where it is no embedding model, or not known."""
    return _models().get(id)


def embedding_models() -> tuple[str, ...]:
    """The ids of the embedding models that are known."""
    return tuple(sorted(_models()))


def is_foundation_model(id: str) -> bool:
    """Whether an id is one of Bedrock's own models. An ARN, and what only the deployment knows, is not."""
    return _FOUNDATION_MODEL.fullmatch(id) is not None


@cache
def _models() -> Mapping[str, EmbeddingModel]:
    models: dict[str, dict[str, Any]] = _tables.read("embeddings")["models"]
    return {id: EmbeddingModel(tuple(known["dimensions"]), known["binary"]) for id, known in models.items()}
