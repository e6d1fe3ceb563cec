"""What is said about a model that cannot do what is wanted of it where it is wanted."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.genai import CrossRegionProfile, FoundationModel, InvokableModel
from cdk_ml.genai.models.checks import model_problems

NOVA, TITAN = "amazon.nova-2-lite-v1:0", "amazon.titan-embed-text-v2:0"


@pytest.mark.parametrize(
    ("model", "region", "wanted", "says"),
    [
        (
            FoundationModel(NOVA),
            "eu-west-1",
            {},
            "model='amazon.nova-2-lite-v1:0' cannot be asked in eu-west-1 itself. "
            "Use CrossRegionProfile('amazon.nova-2-lite-v1:0', 'eu') or "
            "CrossRegionProfile('amazon.nova-2-lite-v1:0', 'global'); "
            "if AWS offers it there by now, say so in FoundationModel(also_in=...).",
        ),
        (
            FoundationModel("amazon.titan-embed-text-v1"),
            "me-central-1",
            {},
            "model='amazon.titan-embed-text-v1' cannot be asked in me-central-1 itself. Deploy to ",
        ),
        (
            CrossRegionProfile(NOVA, "eu"),
            "eu-west-2",
            {},
            "model='eu.amazon.nova-2-lite-v1:0' cannot be asked in eu-west-2. Use the profile of global, or deploy to "
            "eu-central-1, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-3; "
            "if AWS offers it there by now, say so in CrossRegionProfile(also_in=...).",
        ),
        (
            FoundationModel(TITAN),
            "us-east-1",
            {"takes": ["text", "image"]},
            "model='amazon.titan-embed-text-v2:0' takes text, and no image. Use a model that does, such as ",
        ),
        (
            FoundationModel(TITAN),
            "us-east-1",
            {"gives": "text", "argument": "generator"},
            "generator='amazon.titan-embed-text-v2:0' gives embedding, and no text. "
            "Use a model that does, such as amazon.nova-lite-v1:0, amazon.nova-micro-v1:0, amazon.nova-pro-v1:0.",
        ),
        (
            FoundationModel(TITAN),
            "us-east-1",
            {"streams": True},
            "model='amazon.titan-embed-text-v2:0' does not answer piece by piece. Ask it for whole answers.",
        ),
        (
            FoundationModel(TITAN),
            "us-east-1",
            {"dimensions": 1536},
            "dimensions=1536 is no length of vector that amazon.titan-embed-text-v2:0 gives. Use 1024, 512, 256.",
        ),
    ],
)
def test_what_a_model_cannot_do_is_said_with_what_can(
    model: InvokableModel, region: str, wanted: dict[str, Any], says: str
) -> None:
    (problem,) = model_problems(model, region, **wanted)
    assert str(problem).startswith(says)


@pytest.mark.parametrize(
    ("model", "region", "wanted"),
    [
        (FoundationModel(TITAN), "us-east-1", {"takes": ["text"], "gives": "embedding", "dimensions": 512}),
        (FoundationModel(TITAN), cdk.Aws.REGION, {}),
        (FoundationModel(TITAN), "us-east-1", {"dimensions": cdk.Token.as_number({"Ref": "Size"})}),
        (FoundationModel(NOVA, also_in=("eu-west-1",)), "eu-west-1", {}),
        (CrossRegionProfile(NOVA, "eu", also_in=("eu-west-2",)), "eu-west-2", {}),
        (CrossRegionProfile("anthropic.claude-opus-5-5", "eu"), "eu-west-2", {}),
        (FoundationModel("amazon.nova-9-lite-v1:0"), "me-central-1", {"gives": "embedding"}),
        (FoundationModel(cdk.Token.as_string({"Ref": "Model"})), "us-east-1", {"gives": "embedding"}),
    ],
)
def test_what_fits_or_is_not_known_passes(model: InvokableModel, region: str, wanted: dict[str, Any]) -> None:
    assert model_problems(model, region, **wanted) == []
