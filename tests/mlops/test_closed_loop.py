"""The loop is its two halves, in one account or over two; the sides of two accounts fit together."""

from __future__ import annotations

import json
import runpy
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.mlops import ClosedLoop, RemotePipeline, Serving
from cdk_ml.sagemaker import Canary, Data, ModelPackageGroup
from cdk_ml.testing import assert_deployable, assert_state_machines_valid
from cdk_ml.workspace import Workspace
from tests.conftest import ROOT, resources

RULE, GROUP, BUS = "AWS::Events::Rule", "AWS::SageMaker::ModelPackageGroup", "AWS::Events::EventBus"
SIDES = ["deployment", "registry"]


@pytest.fixture(scope="module")
def sides() -> dict[str, cdk.Stack]:
    """The two stacks of the guide."""
    return {side: runpy.run_path(str(ROOT / f"docs/examples/closed_loop_{side}.py"))["stack"] for side in SIDES}


def loop(stack: cdk.Stack, workspace: Workspace, **options: Any) -> ClosedLoop:
    return ClosedLoop(
        stack,
        "Loop",
        workspace=workspace,
        models=ModelPackageGroup(stack, "Models", workspace=workspace),
        serving=Serving(
            image=images.built_in_algorithm("xgboost"),
            artifacts=Data(workspace.artifact_bucket, "churn/"),
            instance_type="ml.m5.large",
        ),
        pipeline=RemotePipeline(account="111111111111", pipeline_name="churn", role_name="churn-retrain"),
        **options,
    )


def test_a_decision_deploys_and_an_alarm_retrains(stack: cdk.Stack, workspace: Workspace) -> None:
    made = loop(stack, workspace)
    made.retrain_on("Errors", made.deployment.cfn_alarms[0])
    template = Template.from_stack(stack)
    sources = sorted(body["Properties"]["EventPattern"]["source"][0] for body in resources(template, RULE).values())
    assert sources == ["aws.cloudwatch", "aws.sagemaker"]
    # The two halves, and the one that takes the endpoint down.
    template.resource_count_is("AWS::StepFunctions::StateMachine", 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cool_down_hours": 0}, r"Loop/Retraining.*cool_down_hours=0"),
        ({"update": Canary(percent=60)}, r"Loop/Deployment.*update\.percent=60"),
    ],
)
def test_what_a_half_refuses_is_said_with_its_path(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        loop(stack, workspace, **options)


@pytest.mark.parametrize("side", SIDES)
def test_each_side_can_be_deployed_and_fail_anywhere(sides: dict[str, cdk.Stack], side: str) -> None:
    assert_deployable(sides[side])


def test_the_states_of_the_deployment_are_valid(sides: dict[str, cdk.Stack]) -> None:
    assert assert_state_machines_valid(sides["deployment"]) == 3


def test_what_one_side_sends_and_names_the_other_one_takes(sides: dict[str, cdk.Stack]) -> None:
    deployment, registry = (Template.from_stack(sides[side]) for side in SIDES)
    (bus,) = resources(deployment, BUS).values()
    (sent,) = resources(registry, RULE).values()
    taken = next(body for body in resources(deployment, RULE).values() if "EventBusName" in body["Properties"])
    (target,) = sent["Properties"]["Targets"]
    assert f":222222222222:event-bus/{bus['Properties']['Name']}" in json.dumps(target["Arn"])
    assert sent["Properties"]["EventPattern"] == taken["Properties"]["EventPattern"]
    (group,) = resources(registry, GROUP).values()
    assert group["Properties"]["ModelPackageGroupName"] == "churn"
    assert "222222222222" in json.dumps(group["Properties"]["ModelPackageGroupPolicy"])
    text = json.dumps(deployment.to_json())
    for named in (":111111111111:model-package/churn/*", ":role/churn-retrain", ":111111111111:pipeline/churn"):
        assert named in text
    roles = [body["Properties"].get("RoleName") for body in resources(registry, "AWS::IAM::Role").values()]
    assert "churn-retrain" in roles
