"""What is known about foundation models, against what the CDK and botocore know about them."""

from __future__ import annotations

import datetime
import tomllib

import pytest
from aws_cdk import aws_bedrock as bedrock
from botocore.session import get_session  # type: ignore[import-untyped]

from cdk_ml.facts.foundation_models import ModelFacts, ModelState, destinations, find, models
from tests.conftest import ROOT

READ_ON = datetime.date(2026, 11, 24)
ROUTES = tomllib.loads((ROOT / "constructs/cdk_ml/facts/inference_profiles.toml").read_text())
BEDROCK = {
    region
    for partition in ("aws", "aws-us-gov")
    for region in get_session().get_available_regions("bedrock", partition)
}
# Ids of the CDK that no source of ours says more about: previews, first versions that a second replaced, and models of
# another endpoint. They pass, with a note.
NOTHING_KNOWN = {
    "anthropic.claude-mythos-5",
    "openai.gpt-5.4",
    "openai.gpt-5.5",
    "openai.gpt-5.6-cyber",
    "openai.gpt-6-astra",
    "openai.gpt-6.1-sol",
    "openai.gpt-daybreak-blue-5.6-sol",
    "stability.sd3-large-v1:0",
    "stability.stable-image-core-v1:0",
    "stability.stable-image-ultra-v1:0",
}


def cdk_ids() -> set[str]:
    names = [name for name in vars(bedrock.FoundationModelIdentifier) if name.isupper()]
    return {getattr(bedrock.FoundationModelIdentifier, name).model_id for name in names}


def test_the_models_of_the_cdk_are_known() -> None:
    assert {id for id in cdk_ids() if find(id) is None} == NOTHING_KNOWN


@pytest.mark.parametrize("model", models(), ids=lambda model: model.id)
def test_a_model_is_whole(model: ModelFacts) -> None:
    assert model.id.partition(".")[2]
    assert (model.state is ModelState.ACTIVE) == (model.ends is None and model.successor is None)
    if model.state is ModelState.LEGACY:
        assert model.ends is not None
        assert model.ends > READ_ON
    if model.state is ModelState.ENDED:
        assert model.ends is None or model.ends <= READ_ON
        successor = find(model.successor or "")
        assert successor is not None
        assert (successor.id, successor.state) == (model.successor, ModelState.ACTIVE)
    assert (model.regions or frozenset()) <= BEDROCK
    assert (model.dimensions is None) or model.output == {"embedding"}
    assert all(price is None or price > 0 for price in (model.input_usd, model.output_usd))


def test_every_active_embedding_model_says_how_long_its_vectors_are() -> None:
    embedding = [model for model in models() if model.state is not ModelState.ENDED and model.output == {"embedding"}]
    assert [model.id for model in embedding if model.dimensions is None] == []
    titan = find("amazon.titan-embed-text-v2:0")
    assert titan is not None
    assert titan.dimensions == (1024, 512, 256)


def test_every_route_is_of_regions_of_bedrock_and_is_used() -> None:
    tables = tomllib.loads((ROOT / "constructs/cdk_ml/facts/foundation_models.toml").read_text())
    used = {name for table in tables.values() for name in table.get("profiles", {}).values()}
    assert {*ROUTES} == used - {""}
    for name, route in ROUTES.items():
        asking = [] if "from" in route else [*route]
        assert {*asking, *" ".join(route.values()).split()} <= BEDROCK, name


def test_where_a_profile_is_asked_it_may_also_be_answered() -> None:
    """So that the destinations are all the regions whose model a role has to be let ask."""
    for name, route in ROUTES.items():
        if "from" not in route:
            assert all(source in text.split() for source, text in route.items()), name


def test_the_size_of_a_context_does_not_make_another_model() -> None:
    for id in ("amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0"):
        found = find(id)
        assert found is not None
        assert found.id == "amazon.nova-lite-v1:0"
    assert find("amazon.nova-9-lite-v1:0") is None


def test_destinations_are_those_of_the_model_or_of_the_whole_geography() -> None:
    assert destinations("amazon.nova-micro-v1:0", "us") == {"us-east-1", "us-east-2", "us-west-2"}
    assert destinations("amazon.nova-9-lite-v1:0", "jp") == {"ap-northeast-1", "ap-northeast-3"}
    assert destinations("anthropic.claude-opus-5-5", "us-gov") == {"us-gov-east-1", "us-gov-west-1"}
    assert destinations("amazon.nova-2-lite-v1:0", "global") == frozenset()


def test_profiles_are_told_for_the_region_that_asks() -> None:
    nova = find("amazon.nova-2-lite-v1:0")
    assert nova is not None
    assert nova.profiles_in("eu-west-1") == ["eu", "global"]
    assert nova.profiles_in("eu-west-2") == ["global"]
