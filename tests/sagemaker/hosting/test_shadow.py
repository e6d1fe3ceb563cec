"""A shadow variant sees what production sees, and nobody sees what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import Model, RealTimeEndpoint, Scaling, Variant
from tests.conftest import only, resources

Make = Callable[..., RealTimeEndpoint]
Synth = Callable[[], Template]


@pytest.fixture
def shadow(cpu_model: Model) -> Variant:
    """A candidate that gets half of the requests."""
    model = replace(cpu_model, environment={"VERSION": "2"})
    scaling = Scaling(minimum=1, maximum=2, invocations_per_instance=10)
    return Variant(name="Candidate", model=model, instance_type="ml.m7i.large", scaling=scaling, weight=0.5)


def test_a_shadow_has_instances_of_its_own_beside_production(endpoint: Make, shadow: Variant, template: Synth) -> None:
    endpoint(shadow=shadow)
    made = template()
    config = only(made, "AWS::SageMaker::EndpointConfig")
    assert [variant["VariantName"] for variant in config["ProductionVariants"]] == ["Primary"]
    (found,) = config["ShadowProductionVariants"]
    assert (found["VariantName"], found["InitialVariantWeight"], found["InitialInstanceCount"]) == ("Candidate", 0.5, 1)
    made.resource_count_is("AWS::SageMaker::Model", 2)
    target = only(made, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert target["ResourceId"].endswith("/variant/Candidate")


def test_a_shadow_that_fails_tells_the_topic_and_sends_no_update_back(
    endpoint: Make, shadow: Variant, template: Synth
) -> None:
    made = endpoint(shadow=shadow)
    synthesized = template()
    config = only(synthesized, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    rollback = {alarm["AlarmName"]["Ref"] for alarm in config["AutoRollbackConfiguration"]["Alarms"]}
    alarms = resources(synthesized, "AWS::CloudWatch::Alarm")
    assert len(made.cfn_shadow_alarms) == 2
    assert len(rollback) == 2
    for logical_id in alarms.keys() - rollback:
        assert {"Name": "VariantName", "Value": "Candidate"} in alarms[logical_id]["Properties"]["Dimensions"]


def test_without_a_shadow_there_is_none(endpoint: Make, template: Synth) -> None:
    made = endpoint()
    assert "ShadowProductionVariants" not in only(template(), "AWS::SageMaker::EndpointConfig")
    assert made.cfn_shadow_alarms == []


def test_a_shadow_needs_a_production_variant(stack: Any, workspace: Any, shadow: Variant) -> None:
    with pytest.raises(TypeError, match="'model' and 'instance_type'"):
        RealTimeEndpoint(stack, "Endpoint", workspace=workspace, shadow=shadow)  # type: ignore[call-arg]


def test_a_shadow_of_two_variants_is_refused(endpoint: Make, shadow: Variant) -> None:
    with pytest.raises(ConfigurationError, match="shadows one variant, and there are 2"):
        endpoint(shadow=shadow, variants=[replace(shadow, name="Challenger")])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": 0}, "shadow.weight=0 is no share of the requests to be copied. "),
        ({"weight": 1.5}, "shadow.weight=1.5 is no share of the requests to be copied. "),
        ({"name": "Primary"}, "variants.name='Primary' is the name of 2 variants, and Primary is taken. "),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(
    endpoint: Make, shadow: Variant, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        endpoint(shadow=replace(shadow, **changes))
    (problem,) = raised.value.problems
    assert str(problem).startswith(message)


def test_several_containers_take_no_part(endpoint: Make, shadow: Variant, cpu_model: Model) -> None:
    with pytest.raises(ConfigurationError, match="'Primary' is several containers, which take no part"):
        endpoint(shadow=shadow, model=Model.in_sequence({"a": cpu_model, "b": cpu_model}))


def test_inferentia1_takes_no_part(endpoint: Make, shadow: Variant) -> None:
    image = images.deep_learning_container(
        purpose="inference", framework="pytorch", version="1.13", accelerator="neuron"
    )
    on_inf1 = replace(shadow, model=Model.from_image(image), instance_type="ml.inf1.xlarge")
    with pytest.raises(ConfigurationError, match=r"runs on ml\.inf1\.xlarge, which takes no part in shadow tests"):
        endpoint(shadow=replace(on_inf1, scaling=None))
