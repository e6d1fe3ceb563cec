"""A model of one's own is asked by the ARN of what serves it."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import CustomModel

HERE = "arn:aws:bedrock:us-east-1:111111111111"


@pytest.mark.parametrize("kind", ["custom-model-deployment", "imported-model", "provisioned-model"])
def test_what_serves_a_model_is_asked_and_nothing_else(kind: str) -> None:
    model = CustomModel(f"{HERE}:{kind}/abcdefghijkl")
    (statement,) = model.invoke_statements()
    assert statement.resources == [model.model_id]


def test_an_arn_that_only_the_deployment_knows_passes() -> None:
    arn = cdk.CfnParameter(cdk.Stack(), "Arn").value_as_string
    assert CustomModel(arn).model_id == arn


@pytest.mark.parametrize(
    ("arn", "fix"),
    [
        (f"{HERE}:custom-model/amazon.nova-lite-v1:0/abcdefghijkl", "Deploy it for on-demand inference"),
        ("amazon.nova-lite-v1:0", "Name a custom-model-deployment"),
    ],
)
def test_what_cannot_be_asked_is_refused(arn: str, fix: str) -> None:
    with pytest.raises(ConfigurationError, match=fix) as refused:
        CustomModel(arn)
    assert f"arn='{arn}'" in str(refused.value)
