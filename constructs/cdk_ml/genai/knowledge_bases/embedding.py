"""Which vectors an embedding model makes, as far as facts say it.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-supported.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.facts.embeddings import EmbeddingModel, embedding_model, embedding_models, is_foundation_model
from cdk_ml.genai.knowledge_bases.model_arns import arn_problems
from cdk_ml.genai.knowledge_bases.store import Vectors, VectorType
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token

UNKNOWN_DIMENSIONS = 1_024
"""What stands for the size of vectors that was not said, until that is refused."""


def vectors_of(model: InvokableModel, dimensions: int | None, type_: VectorType) -> Vectors:
    """The vectors that a store has to keep for this model."""
    known = embedding_model(model.model_id)
    usual = UNKNOWN_DIMENSIONS if known is None else known.dimensions[0]
    return Vectors(usual if dimensions is None else dimensions, type_)


def embedding_problems(model: InvokableModel, dimensions: int | None, type_: VectorType) -> Iterator[Problem]:
    """Why a knowledge base cannot use this model, or not for such vectors."""
    yield from arn_problems("embedding", model)
    known = embedding_model(model.model_id)
    if known is not None:
        yield from _unlike(model.model_id, known, dimensions, type_)
    elif is_foundation_model(model.model_id):
        fix = f"Use one of {', '.join(embedding_models())}"
        yield Problem("embedding", model.model_id, "is not an embedding model that knowledge bases know", fix)
    elif dimensions is None:
        rule = "is the size of the vectors of a model that no fact is about"
        yield Problem("dimensions", dimensions, rule, f"Say how many numbers a vector of {model.model_id} has")


def embedding_configuration(model: InvokableModel, vectors: Vectors) -> dict[str, Any]:
    """What Bedrock is told about the vectors. A model that makes one size only is not asked for it."""
    known = embedding_model(model.model_id)
    found: dict[str, Any] = {}
    if known is None or len(known.dimensions) > 1:
        found["dimensions"] = vectors.dimensions
    if vectors.type is VectorType.BINARY:
        found["embeddingDataType"] = vectors.type.value
    return {"bedrockEmbeddingModelConfiguration": found} if found else {}


def _unlike(id: str, known: EmbeddingModel, dimensions: int | None, type_: VectorType) -> Iterator[Problem]:
    if dimensions is not None and not is_token(dimensions) and dimensions not in known.dimensions:
        sizes = ", ".join(map(str, known.dimensions))
        yield Problem("dimensions", dimensions, f"is not a size of the vectors of {id}", f"Use one of {sizes}")
    if type_ is VectorType.BINARY and not known.binary:
        yield Problem("vector_type", type_.value, f"is not what {id} makes", "Use VectorType.FLOAT32")
