"""Which vectors an embedding model makes, as far as facts say it.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-supported.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.facts.embeddings import makes_binary
from cdk_ml.facts.foundation_models import ModelFacts, find
from cdk_ml.genai.knowledge_bases.store import Vectors, VectorType
from cdk_ml.genai.models.arns import arn_problems
from cdk_ml.genai.models.checks import foundation_model_id, model_problems
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token

UNKNOWN_DIMENSIONS = 1_024
"""What stands for the size of vectors that was not said, until that is refused."""


def vectors_of(model: InvokableModel, dimensions: int | None, type_: VectorType) -> Vectors:
    """The vectors that a store has to keep for this model."""
    if dimensions is not None:
        return Vectors(dimensions, type_)
    sizes = _sizes(model)
    return Vectors(sizes[0] if sizes else UNKNOWN_DIMENSIONS, type_)


def embedding_problems(
    model: InvokableModel, dimensions: int | None, type_: VectorType, region: str
) -> Iterator[Problem]:
    """Why a knowledge base cannot use this model, or not for such vectors."""
    yield from arn_problems("embedding", model)
    yield from model_problems(model, region, argument="embedding", gives="embedding", dimensions=dimensions)
    known = _known(model)
    embeds = known is None or known.output is None or "embedding" in known.output
    if dimensions is None and embeds and not _sizes(model):
        rule = "is the size of the vectors of a model that no fact is about"
        yield Problem("dimensions", dimensions, rule, f"Say how many numbers a vector of {model.model_id} has")
    if type_ is VectorType.BINARY and known is not None and embeds and not makes_binary(known.id):
        yield Problem("vector_type", type_.value, f"is not what {known.id} makes", "Use VectorType.FLOAT32")


def embedding_configuration(model: InvokableModel, vectors: Vectors) -> dict[str, Any]:
    """What Bedrock is told about the vectors. A model that makes one size only would refuse to be asked for it."""
    found: dict[str, Any] = {}
    if len(_sizes(model)) != 1:
        found["dimensions"] = vectors.dimensions
    if vectors.type is VectorType.BINARY:
        found["embeddingDataType"] = vectors.type.value
    return {"bedrockEmbeddingModelConfiguration": found} if found else {}


def _sizes(model: InvokableModel) -> tuple[int, ...]:
    known = _known(model)
    return () if known is None or known.dimensions is None else known.dimensions


def _known(model: InvokableModel) -> ModelFacts | None:
    id = foundation_model_id(model)
    return None if id is None or is_token(id) else find(id)
