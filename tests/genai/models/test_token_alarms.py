"""Alarms about models: throttled, failing, or asked for too much; each tells the workspace's topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import ApplicationInferenceProfile, CrossRegionProfile, FoundationModel, InvokableModel, TokenAlarms
from cdk_ml.workspace import Workspace
from tests.conftest import resources

Synth = Callable[[], Template]
NOVA = CrossRegionProfile("amazon.nova-micro-v1:0", "us")
TITAN = FoundationModel("amazon.titan-embed-text-v2:0")


def alarms(template: Template) -> list[dict[str, Any]]:
    return [each["Properties"] for each in resources(template, "AWS::CloudWatch::Alarm").values()]


def test_each_model_is_watched_for_itself(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    profile = ApplicationInferenceProfile(stack, "Profile", workspace=workspace, source=NOVA)
    TokenAlarms(stack, "Alarms", workspace=workspace, models=[NOVA, profile], throttles=3, server_errors=1)
    found = {
        (each["MetricName"], str(each["Dimensions"][0]["Value"])): each["Threshold"] for each in alarms(template())
    }
    id = str(stack.resolve(profile.profile_id))
    assert found == {
        ("InvocationThrottles", "us.amazon.nova-micro-v1:0"): 3,
        ("InvocationServerErrors", "us.amazon.nova-micro-v1:0"): 1,
        ("InvocationThrottles", id): 3,
        ("InvocationServerErrors", id): 1,
    }


def test_tokens_of_a_day_are_read_and_written_ones(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    TokenAlarms(stack, "Alarms", workspace=workspace, models=[TITAN], tokens_a_day=1_000_000)
    (found,) = [each for each in alarms(template()) if "Metrics" in each]
    total, *counts = found["Metrics"]
    assert (found["Threshold"], total["Expression"]) == (1_000_000, "FILL(read, 0) + FILL(written, 0)")
    for count, name in zip(counts, ("InputTokenCount", "OutputTokenCount"), strict=True):
        stat = count["MetricStat"]
        assert (stat["Metric"]["Namespace"], stat["Metric"]["MetricName"]) == ("AWS/Bedrock", name)
        assert stat["Metric"]["Dimensions"] == [{"Name": "ModelId", "Value": TITAN.id}]
        assert (stat["Period"], stat["Stat"], count["ReturnData"]) == (86_400, "Sum", False)
    assert found["AlarmActions"] == [stack.resolve(workspace.alert_topic.topic_arn)]


@pytest.mark.parametrize(
    ("models", "numbers", "says"),
    [
        ([], {}, "leaves nothing to watch"),
        ([NOVA, NOVA], {}, "models='us.amazon.nova-micro-v1:0' is listed twice"),
        ([NOVA], {"throttles": -1}, "throttles=-1 is no number of requests. Use 0 or more"),
        ([NOVA], {"server_errors": -1}, "server_errors=-1 is no number of requests"),
        ([NOVA], {"tokens_a_day": 0}, "tokens_a_day=0 is no number of tokens. Use 1 or more"),
    ],
)
def test_what_no_alarm_takes_is_refused(
    stack: cdk.Stack, workspace: Workspace, models: Sequence[InvokableModel], numbers: dict[str, int], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        TokenAlarms(stack, "Alarms", workspace=workspace, models=models, **numbers)


def test_what_only_the_deployment_knows_passes(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    most = cdk.Token.as_number({"Ref": "Tokens"})
    TokenAlarms(stack, "Alarms", workspace=workspace, models=[NOVA], tokens_a_day=most)
    assert len(alarms(template())) == 3
