"""Instance types for each use are those of SageMaker's own enumerations."""

from __future__ import annotations

import pytest
from botocore.session import get_session

from cdk_ml.facts import UnknownFact, instance_types
from cdk_ml.facts.accelerators import instances
from cdk_ml.facts.instance_types import Use, nearest, takes

ENUMS: dict[Use, str] = {
    "training": "TrainingInstanceType",
    "processing": "ProcessingInstanceType",
    "transform": "TransformInstanceType",
    "hosting": "ProductionVariantInstanceType",
    "notebook": "InstanceType",
    "studio": "AppInstanceType",
}
MODEL = get_session().get_service_model("sagemaker")
# The server of Studio Classic, which is no instance.
NO_INSTANCE = {"system"}


@pytest.mark.parametrize("use", ENUMS)
def test_a_use_takes_what_botocore_says(use: Use) -> None:
    known = MODEL.shape_for(ENUMS[use]).enum
    assert {*instance_types.instance_types(use)} == {*known} - NO_INSTANCE


@pytest.mark.parametrize(("use", "field"), [("training", "training"), ("hosting", "hosting")])
def test_the_accelerators_say_the_same(use: Use, field: str) -> None:
    assert {f"ml.{item.name}" for item in instances() if getattr(item, field)} == {
        name for name in instance_types.instance_types(use) if any(name == f"ml.{item.name}" for item in instances())
    }


@pytest.mark.parametrize(
    ("use", "name", "expected"),
    [
        ("training", "ml.m5.9xlarge", ("ml.m5.12xlarge", "ml.m5.4xlarge", "ml.m5.2xlarge")),
        ("training", "ml.m9i.large", ("ml.m8i.large", "ml.m8i-flex.large", "ml.m7i.large")),
        ("training", "ml.inf2.8xlarge", ("ml.trn1.2xlarge", "ml.trn1.32xlarge", "ml.trn1n.32xlarge")),
        ("transform", "ml.trn2.48xlarge", ("ml.trn1.32xlarge", "ml.trn1.2xlarge")),
    ],
)
def test_what_a_use_does_not_take_has_types_like_it(use: Use, name: str, expected: tuple[str, ...]) -> None:
    assert not takes(use, name)
    assert nearest(use, name) == expected


def test_a_name_that_is_like_none_is_unknown() -> None:
    with pytest.raises(UnknownFact) as caught:
        nearest("notebook", "laptop")
    assert caught.value.fix == "Use one that it has, such as ml.t3.medium"


@pytest.mark.parametrize("use", ENUMS)
def test_the_usual_types_are_taken(use: Use) -> None:
    assert takes(use, instance_types._USUAL[use])
