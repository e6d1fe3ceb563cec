"""Facts about embedding models hold against what CloudFormation takes, and agree with each other."""

from __future__ import annotations

import pytest

from cdk_ml.facts.embeddings import embedding_model, embedding_models, is_foundation_model


@pytest.mark.parametrize("id", embedding_models())
def test_every_model_has_sizes_that_bedrock_takes(id: str) -> None:
    known = embedding_model(id)
    assert known is not None
    assert all(1 <= size <= 4_096 for size in known.dimensions)
    assert len({*known.dimensions}) == len(known.dimensions) > 0
    assert is_foundation_model(id)


def test_the_usual_model_makes_vectors_of_1024_numbers_of_either_type() -> None:
    titan = embedding_model("amazon.titan-embed-text-v2:0")
    assert titan is not None
    assert (titan.dimensions[0], titan.binary) == (1_024, True)


@pytest.mark.parametrize(
    "id", ["arn:aws:bedrock:us-east-1:111111111111:provisioned-model/abc", "${Token[TOKEN.7]}", "mine"]
)
def test_what_is_no_model_of_bedrocks_own_is_not_taken_for_one(id: str) -> None:
    assert embedding_model(id) is None
    assert not is_foundation_model(id)
