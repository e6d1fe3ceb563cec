"""The reference stacks' templates, as they were last accepted with ``make snapshots``."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from cdk_ml.workspace import PROFILES, Profile
from stacks import reference_stacks
from tests.snapshots.difference import differences
from tests.snapshots.templates import template

SAID = """`make snapshots` accepts:
- EndpointDashboard7F33B7C4 (AWS::CloudWatch::Dashboard) is removed
+ Topic (AWS::SNS::Topic) is added
~ EndpointConfig24AD0A28 (AWS::SageMaker::EndpointConfig) is REPLACED
    Properties.ProductionVariants[0].InitialInstanceCount: 2 -> 3  <- replaces it
~ EndpointEEF1FD8F (AWS::SageMaker::Endpoint) changes in place
    Properties.RetainAllVariantProperties: true -> false
~ WorkspaceKey0E240FD6 (AWS::KMS::Key) changes in place
    Properties.EnableKeyRotation: true -> nothing
~ Outputs.EndpointName.Value: "neuroninference-endpoint-205ea4aa" -> "mine\""""


class TemplateSnapshot(JSONSnapshotExtension):
    """Canonical JSON, a file each, and a failure that says what happens to which resource."""

    def diff_lines(self, serialized_data: str | bytes, snapshot_data: str | bytes) -> Iterator[str]:
        yield "`make snapshots` accepts:"
        yield from differences(json.loads(snapshot_data or "{}"), json.loads(serialized_data or "{}"))


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TemplateSnapshot)


@pytest.mark.parametrize("name", reference_stacks())
def test_the_template_is_as_it_was_accepted(name: str, snapshot: SnapshotAssertion) -> None:
    assert template(name, Profile.PRODUCTION) == snapshot(name=name)


@pytest.mark.parametrize("name", reference_stacks())
def test_profiles_differ_in_decisions_and_not_in_what_is_made(name: str) -> None:
    kinds = [{resource["Type"] for resource in template(name, profile)["Resources"].values()} for profile in PROFILES]
    assert kinds[0] <= kinds[1] == kinds[2]


def test_a_changed_template_fails_with_what_happens_to_each_resource() -> None:
    old = template("NeuronInference", Profile.PRODUCTION)
    new = template("NeuronInference", Profile.PRODUCTION)
    resources = new["Resources"]
    del resources["EndpointDashboard7F33B7C4"]
    resources["Topic"] = {"Type": "AWS::SNS::Topic"}
    resources["EndpointConfig24AD0A28"]["Properties"]["ProductionVariants"][0]["InitialInstanceCount"] = 3
    resources["EndpointEEF1FD8F"]["Properties"]["RetainAllVariantProperties"] = False
    del resources["WorkspaceKey0E240FD6"]["Properties"]["EnableKeyRotation"]
    new["Outputs"]["EndpointName"]["Value"] = "mine"
    lines = TemplateSnapshot().diff_lines(json.dumps(new), json.dumps(old))
    assert "\n".join(lines) == SAID


def test_equal_templates_have_no_difference() -> None:
    assert [
        *differences(template("MlWorkspace", Profile.PRODUCTION), template("MlWorkspace", Profile.PRODUCTION))
    ] == []
