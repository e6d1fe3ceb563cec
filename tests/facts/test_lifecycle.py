"""Lifecycle facts: complete, consistent, and in agreement with what cfn-lint and aws_cdk know."""

from __future__ import annotations

import importlib
from collections import Counter
from datetime import date
from functools import cache
from typing import Any

import pytest
from aws_cdk import aws_ec2, aws_sagemaker
from cfnlint.helpers import REGIONS  # type: ignore[import-untyped]
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from cdk_ml.facts import UnknownFact
from cdk_ml.facts.lifecycle import (
    ClosedProperty,
    Confidence,
    Entry,
    State,
    closed_properties,
    entries,
    entry,
    for_resource_type,
)

REGION = "us-east-1"
READ_ON = date(2026, 11, 23)
CLOSED = (State.CLOSED_TO_NEW_CUSTOMERS, State.ENDED, State.FROZEN)

# Services cfn-lint flags that no heading of the taxonomy names and no construct here uses.
NOT_OURS = {
    *("AppMesh", "AutoScaling", "Cloud9", "CodeStar", "Evidently", "Inspector", "IoTThingsGraph", "MediaStore"),
    *("Pinpoint", "QLDB", "SimSpaceWeaver", "Timestream", "WAF", "WAFRegional"),
}

# Properties that CloudFormation's schema has lost already and aws_cdk still writes: its class and attribute.
ONLY_IN_CDK = {
    **dict.fromkeys(
        (
            ("AWS::SageMaker::EndpointConfig", "ProductionVariants[].AcceleratorType"),
            ("AWS::SageMaker::EndpointConfig", "ShadowProductionVariants[].AcceleratorType"),
        ),
        (aws_sagemaker.CfnEndpointConfig.ProductionVariantProperty, "accelerator_type"),
    ),
    ("AWS::EC2::LaunchTemplate", "LaunchTemplateData.ElasticInferenceAccelerators"): (
        aws_ec2.CfnLaunchTemplate.LaunchTemplateDataProperty,
        "elastic_inference_accelerators",
    ),
}


@cache
def schema(type_: str) -> dict[str, Any]:
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_).schema
    return found


def exists(type_: str) -> bool:
    """Whether cfn-lint has a schema for a type in any region, or aws_cdk a class."""
    if any(type_ in PROVIDER_SCHEMA_MANAGER.get_resource_types(region) for region in (REGION, *REGIONS)):
        return True
    _, service, name = type_.split("::")
    return hasattr(importlib.import_module(f"aws_cdk.aws_{service.lower()}"), f"Cfn{name}")


def property_schema(type_: str, path: str) -> dict[str, Any] | None:
    """Schema of a property, following the path as a check over a template would."""
    root = schema(type_)
    found: dict[str, Any] | None = root
    for step in path.split("."):
        found = resolved(root, (found or {}).get("properties", {}).get(step.removesuffix("[]")))
        if step.endswith("[]"):
            found = resolved(root, (found or {}).get("items"))
    return found


def resolved(root: dict[str, Any], node: dict[str, Any] | None) -> dict[str, Any] | None:
    while node is not None and "$ref" in node:
        node = root["definitions"][node["$ref"].rpartition("/")[2]]
    return node


def test_every_heading_of_the_taxonomy_has_exactly_one_entry() -> None:
    rows = [item.row for item in entries() if item.row is not None]

    assert sorted(rows) == list(range(1, 127))


def test_headings_are_in_the_states_that_were_counted_when_they_were_read() -> None:
    counted = Counter(item.state.value for item in entries() if item.row is not None)

    usable = {"active": 56, "active-partial": 5, "renamed": 9, "frozen": 1}
    closed = {"closed-to-new-customers": 9, "ended": 5}
    assert counted == usable | closed | {"documentation": 7, "vertical": 7, "group": 27}


def test_every_type_that_is_named_exists_in_cfn_lint_or_aws_cdk() -> None:
    named = {type_ for item in entries() for type_ in item.resource_types}

    assert {type_ for type_ in named if not exists(type_)} == set()


def test_no_type_is_closed_by_two_entries() -> None:
    named = Counter(type_ for item in entries() for type_ in item.resource_types)

    assert [type_ for type_, count in named.items() if count > 1] == []


def test_only_closed_entries_name_types_and_properties() -> None:
    assert [item.key for item in entries() if (item.resource_types or item.properties) and item.is_open] == []


def test_every_closed_property_exists_on_a_type_that_is_open() -> None:
    closed = [each for item in entries() for each in item.properties]

    absent = {(each.type, each.path) for each in closed if property_schema(each.type, each.path) is None}

    assert absent == set(ONLY_IN_CDK)
    assert all(hasattr(class_, attribute) for class_, attribute in ONLY_IN_CDK.values())
    assert [each for each in closed if for_resource_type(each.type) is not None] == []


def test_every_closed_value_is_one_the_schema_allows() -> None:
    for each in (each for item in entries() for each in item.properties if each.equals is not None):
        found = property_schema(each.type, each.path) or {}
        assert each.equals in found.get("enum", [each.equals]), each


def test_every_type_cfn_lint_flags_is_closed_here_unless_it_is_none_of_ours() -> None:
    types = PROVIDER_SCHEMA_MANAGER.get_resource_types(REGION)
    flagged = {type_ for type_ in types if "lifecycle" in schema(type_)}
    ours = {type_ for type_ in flagged if type_.split("::")[1] not in NOT_OURS}

    assert {type_.split("::")[1] for type_ in flagged} >= NOT_OURS
    assert len(ours) > 30
    assert {type_ for type_ in ours if for_resource_type(type_) is None} == set()


def test_types_cfn_lint_says_are_shut_down_have_ended_on_the_same_day() -> None:
    types = PROVIDER_SCHEMA_MANAGER.get_resource_types(REGION)
    shut_down = {
        type_: date.fromisoformat(schema(type_)["lifecycle"]["date"])
        for type_ in types
        if schema(type_).get("lifecycle", {}).get("status") == "shutdown" and type_.split("::")[1] not in NOT_OURS
    }

    assert shut_down
    for type_, day in shut_down.items():
        found = for_resource_type(type_)
        assert found is not None
        assert (found.state, found.ends) == (State.ENDED, day), type_


def test_nothing_closed_lacks_a_successor_and_nothing_lacks_a_source_or_a_title() -> None:
    assert [item.key for item in entries() if item.state in (*CLOSED, State.RENAMED) and not item.successor] == []
    assert [item.key for item in entries() if not (item.source.strip() and item.title.strip())] == []


def test_nothing_open_has_an_end_or_is_replaced_unless_it_is_renamed_or_frozen() -> None:
    plain = [item for item in entries() if item.is_open and item.state not in (State.RENAMED, State.FROZEN)]

    assert [item.key for item in plain if item.since or item.ends or item.successor] == []


def test_dates_are_in_order_and_what_has_ended_did_so_before_it_was_read() -> None:
    for item in entries():
        if item.since and item.ends:
            assert item.since < item.ends, item.key
        if item.since:
            assert item.since <= READ_ON, item.key
        if item.state is State.ENDED and item.ends:
            assert item.ends <= READ_ON, item.key


def test_every_parent_is_an_entry_and_a_repeated_heading_is_in_its_parents_state() -> None:
    for item in (item for item in entries() if item.parent is not None):
        parent = entry(item.parent or "")
        if item.row is not None:
            assert (item.state, item.since, item.ends) == (parent.state, parent.since, parent.ends), item.key


def test_every_service_open_in_part_has_a_closed_part() -> None:
    closed = {item.parent for item in entries() if not item.is_open}

    assert {item.key for item in entries() if item.state is State.ACTIVE_PARTIAL} <= closed


@pytest.mark.parametrize(
    ("type_", "key"),
    [
        ("AWS::LookoutVision::Project", "lookout-for-vision"),
        ("AWS::Rekognition::StreamProcessor", "rekognition-streaming-video"),
        ("AWS::Omics::VariantStore", "omics-variant-store"),
        ("AWS::Bedrock::AgentAlias", "bedrock-agents"),
        ("AWS::Kendra::Index", "kendra"),
        ("AWS::SageMaker::MonitoringSchedule", "sagemaker-model-monitor"),
        ("AWS::SageMaker::Workteam", "sagemaker-ground-truth"),
        ("AWS::LookoutMetrics::Alert", "lookout-for-metrics"),
    ],
)
def test_a_closed_type_leads_to_its_entry(type_: str, key: str) -> None:
    assert for_resource_type(type_) is entry(key)


@pytest.mark.parametrize(
    "type_", ["AWS::SageMaker::Endpoint", "AWS::Rekognition::Collection", "AWS::Lex::Bot", "Custom::Anything"]
)
def test_an_open_or_unknown_type_leads_to_no_entry_and_no_properties(type_: str) -> None:
    assert for_resource_type(type_) is None
    assert closed_properties(type_) == ()


def test_closed_properties_name_the_value_that_is_closed() -> None:
    assert closed_properties("AWS::Glue::Job") == (
        ClosedProperty("glue-for-ray", "AWS::Glue::Job", "Command.Name", equals="glueray"),
    )
    assert {(each.key, each.path) for each in closed_properties("AWS::SageMaker::EndpointConfig")} == {
        ("sagemaker-clarify", "ExplainerConfig.ClarifyExplainerConfig"),
        ("elastic-inference", "ProductionVariants[].AcceleratorType"),
        ("elastic-inference", "ShadowProductionVariants[].AcceleratorType"),
    }


@pytest.mark.parametrize(
    ("key", "is_open", "sentence"),
    [
        (
            "kendra",
            False,
            "Amazon Kendra is closed to new customers since 2026-07-30; use Bedrock Managed Knowledge Bases instead.",
        ),
        (
            "q-developer-ide",
            False,
            "Amazon Q Developer in IDEs and Pro is closed to new customers since 2026-05-15, with support ending on "
            "2027-04-30; use Kiro instead.",
        ),
        (
            "iot-fleetwise",
            False,
            "AWS IoT FleetWise is closed to new customers; use AWS IoT Core with Amazon Kinesis instead.",
        ),
        (
            "sagemaker-edge-manager",
            False,
            "SageMaker Edge Manager ended on 2024-04-26; use AWS IoT Greengrass V2 with ONNX Runtime instead.",
        ),
        (
            "sagemaker-studio-classic",
            False,
            "SageMaker Studio Classic ended; use SageMaker Studio with JupyterLab or Code Editor spaces instead.",
        ),
        (
            "sagemaker-training-compiler",
            True,
            "SageMaker Training Compiler gets no new releases; use torch.compile in current Deep Learning Containers, "
            "or the Neuron SDK on Trainium instead.",
        ),
        ("omics", True, "Amazon Omics is now AWS HealthOmics."),
        (
            "rekognition",
            True,
            "Amazon Rekognition is open to new customers, except Amazon Rekognition Streaming Video, Amazon "
            "Rekognition Bulk Image Analysis, Amazon Rekognition People Pathing.",
        ),
        ("transcribe", True, "Amazon Transcribe is open to new customers."),
        ("ai-service-cards", True, "AI Service Cards is documentation, not a service."),
        ("automotive", True, "Automotive is a use case, composed of services."),
        ("vision-services", True, "Vision Services is a group of services."),
    ],
)
def test_a_sentence_says_the_state_the_day_and_the_successor(key: str, is_open: bool, sentence: str) -> None:
    assert entry(key).sentence() == sentence
    assert entry(key).is_open is is_open


def test_every_entry_makes_one_line_that_starts_with_its_title() -> None:
    for item in entries():
        assert item.sentence().startswith(f"{item.title} "), item.key
        assert item.sentence().endswith("."), item.key
        assert "\n" not in item.sentence(), item.key
        assert "None" not in item.sentence(), item.key


def test_a_frozen_entry_says_since_when_if_it_is_known() -> None:
    frozen = Entry("x", "X", State.FROZEN, "s", Confidence.LOW, since=date(2025, 1, 2), successor="Y")
    assert frozen.sentence() == "X gets no new releases since 2025-01-02; use Y instead."


def test_an_unknown_key_is_an_error_with_the_closest_keys() -> None:
    with pytest.raises(UnknownFact) as error:
        entry("sagemaker-model-monitr")

    assert str(error.value) == (
        "Lifecycle entry 'sagemaker-model-monitr' is not known. Did you mean 'sagemaker-model-monitor' or "
        "'sagemaker-model-registry' or 'sagemaker-model-tuning'? Use a key from cdk_ml/facts/lifecycle.toml, or add "
        "the service there with its source."
    )
