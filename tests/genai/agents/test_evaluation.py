"""An evaluation reads the traces of one agent, and judges a share of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    AgentCode,
    AgentEvaluation,
    AgentJudge,
    AgentRuntime,
    BuiltinEvaluator,
    FoundationModel,
    NoGuardrail,
)
from cdk_ml.workspace import Workspace
from tests.conftest import ROOT, only, resources
from tests.genai.agents.conftest import actions, statements

Make = Callable[..., AgentEvaluation]
Synth = Callable[[], Template]
CONFIG = "AWS::BedrockAgentCore::OnlineEvaluationConfig"
JUDGING = FoundationModel("amazon.nova-pro-v1:0")
RATINGS = {"yes": "It says where a person can be asked", "no": "It does not"}


def judge(**changed: Any) -> AgentJudge:
    given: dict[str, Any] = {
        "name": "Referral",
        "model": JUDGING,
        "instructions": "Was the customer told whom to ask? {context} {assistant_turn}",
        "ratings": RATINGS,
    }
    return AgentJudge(**{**given, **changed})


@pytest.fixture
def evaluation(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes an evaluation; every argument can be another."""
    agent = AgentRuntime(
        stack,
        "Agent",
        workspace=workspace,
        code=AgentCode(folder=ROOT / "stacks/scripts/agent_platform"),
        model=FoundationModel("amazon.nova-lite-v1:0"),
        guardrail=NoGuardrail(reason="This test is not about guardrails"),
    )

    def make(**changed: Any) -> AgentEvaluation:
        given = {"workspace": workspace, "agent": agent, "evaluators": [BuiltinEvaluator.HELPFULNESS]}
        return AgentEvaluation(stack, "Evaluation", **{**given, **changed})

    return make


def test_a_tenth_of_the_agents_own_traces_is_judged(evaluation: Make, stack: cdk.Stack, template: Synth) -> None:
    made = evaluation()
    found = only(template(), CONFIG)
    source = found["DataSourceConfig"]["CloudWatchLogs"]
    assert source["ServiceNames"][0].endswith(".live")
    assert found["Rule"] == {
        "SamplingConfig": {"SamplingPercentage": 10},
        "SessionConfig": {"SessionTimeoutMinutes": 15},
    }
    assert found["Evaluators"] == [{"EvaluatorId": "Builtin.Helpfulness"}]
    assert found["OutputConfig"]["CloudWatchConfig"]["LogGroupName"] == stack.resolve(made.log_group.ref)
    assert made.cfn_evaluators == {}


def test_awss_evaluators_need_no_model(evaluation: Make, template: Synth) -> None:
    evaluation()
    allowed = actions(resources(template(), "AWS::IAM::ManagedPolicy"), "EvaluationRole")
    assert not {action for action in allowed if action.startswith("bedrock:")}


def test_a_judge_asks_its_model_and_no_other(evaluation: Make, stack: cdk.Stack, template: Synth) -> None:
    evaluation(evaluators=[BuiltinEvaluator.CORRECTNESS, judge()])
    synthesized = template()
    found = only(synthesized, "AWS::BedrockAgentCore::Evaluator")
    assert found["Level"] == "TRACE"
    config = found["EvaluatorConfig"]["LlmAsAJudge"]
    assert config["ModelConfig"]["BedrockEvaluatorModelConfig"]["ModelId"] == "amazon.nova-pro-v1:0"
    assert config["RatingScale"]["Categorical"] == [
        {"Label": label, "Definition": meaning} for label, meaning in RATINGS.items()
    ]
    assert "KmsKeyArn" in found
    role = statements(resources(synthesized, "AWS::IAM::ManagedPolicy"), "EvaluationRole")
    (ask,) = (s for s in role if "bedrock:InvokeModel" in s["Action"])
    assert ask["Resource"] == stack.resolve(JUDGING.model_arn)
    assert len(only(synthesized, CONFIG)["Evaluators"]) == 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"evaluators": []}, "evaluators=0 are not as many as AgentCore takes. Name 1 to 25"),
        (
            {"evaluators": [BuiltinEvaluator.REFUSAL] * 26},
            "evaluators=26 are not as many as AgentCore takes. Name 1 to 25",
        ),
        ({"sampled_percent": 0}, "sampled_percent=0 is not a share that AgentCore takes. Use 0.01 to 100"),
        ({"sampled_percent": 101}, "sampled_percent=101 is not a share that AgentCore takes. Use 0.01 to 100"),
        ({"session_minutes": 0}, "session_minutes=0 is not a pause that ends a session. Use 1 to 1440 minutes"),
        (
            {"evaluators": [judge(), judge()]},
            "evaluators='Referral' is the name of several judges. Give each judge a name",
        ),
        ({"evaluators": [judge(name="my judge")]}, "evaluators.name='my judge' is not a name that AgentCore takes"),
        (
            {"evaluators": [judge(instructions="Was it good?")]},
            "evaluators.instructions='Was it good?' do not say where what is judged is put in. Put {context}, "
            "{assistant_turn} into them",
        ),
        (
            {"evaluators": [judge(instructions="{context} {expected_response}")]},
            "evaluators.instructions='{expected_response}' is not filled while an agent works, at level TRACE. Use",
        ),
        (
            {"evaluators": [judge(level="SESSION")]},
            "evaluators.instructions='{assistant_turn}' is not filled while an agent works, at level SESSION",
        ),
        (
            {"evaluators": [judge(ratings={})]},
            "evaluators.ratings={} leave it nothing to say. Name labels and what they mean",
        ),
        (
            {"evaluators": [judge(ratings={"": "Good"})]},
            "evaluators.ratings='' is not a rating. Use 1 to 100 characters",
        ),
    ],
)
def test_what_agentcore_would_refuse_is_said(evaluation: Make, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        evaluation(**changed)
    assert message in str(refused.value)


def test_tokens_of_the_deployment_pass(evaluation: Make, stack: cdk.Stack) -> None:
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    text = cdk.CfnParameter(stack, "Text").value_as_string
    evaluation(sampled_percent=number, session_minutes=number, evaluators=[judge(instructions=text)])
