"""Models that make binary vectors are embedding models that we know."""

from __future__ import annotations

import pytest

from cdk_ml.facts.embeddings import binary_models, makes_binary
from cdk_ml.facts.foundation_models import find


@pytest.mark.parametrize("id", sorted(binary_models()))
def test_every_model_is_an_embedding_model(id: str) -> None:
    known = find(id)
    assert known is not None
    assert known.output == {"embedding"}
    assert makes_binary(id)


def test_others_make_floats_only() -> None:
    assert not makes_binary("amazon.titan-embed-text-v1")
    assert not makes_binary("mine")
