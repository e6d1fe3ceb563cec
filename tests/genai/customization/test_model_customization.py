"""A customization refuses what Bedrock would refuse, and lets its parts do what they have to and nothing else."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    ContinuedPreTraining,
    Distillation,
    FineTuning,
    FoundationModel,
    Judge,
    ModelCustomizationWorkflow,
    NoGuardrail,
    TokenCeiling,
    TrainingData,
)
from cdk_ml.workflow import HumanReview
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS

SMALL, LARGE = FoundationModel("amazon.nova-lite-v1:0"), FoundationModel("amazon.nova-pro-v1:0")
EMBEDDING = FoundationModel("amazon.titan-embed-text-v2:0")


@pytest.fixture
def workspace() -> Workspace:
    """A workspace in a stack of its own."""
    return Workspace(cdk.Stack(cdk.App(), "Support"), "Workspace", profile=Profile.PRODUCTION, tags=TAGS)


def customize(workspace: Workspace, judge: dict[str, Any] | None = None, **changed: Any) -> ModelCustomizationWorkflow:
    """A customization, with what a test changes."""
    bucket = workspace.data_bucket
    judged = {"model": LARGE, "bucket": bucket, "questions": "questions.jsonl", "least": {"Builtin.Correctness": 0.8}}
    arguments: dict[str, Any] = {
        "base_model": SMALL,
        "data": TrainingData(bucket=bucket, training="train.jsonl"),
        "judge": Judge(**{**judged, **({} if judge is None else judge)}),
    }
    stack = cdk.Stack.of(workspace)
    return ModelCustomizationWorkflow(stack, "Customization", workspace=workspace, **{**arguments, **changed})


def definition(customization: ModelCustomizationWorkflow) -> str:
    """The text of the state machine."""
    return json.dumps(cdk.Stack.of(customization).resolve(customization.machine.cfn_state_machine.definition_string))


@pytest.mark.parametrize(
    ("method", "told"),
    [
        (FineTuning(epochs=3), ["FINE_TUNING", "epochCount"]),
        (FineTuning(hyperparameters={"learningRateMultiplier": "0.5"}), ["learningRateMultiplier"]),
        (ContinuedPreTraining(), ["CONTINUED_PRE_TRAINING"]),
        (Distillation(teacher=LARGE), ["DISTILLATION", "TeacherModelIdentifier", LARGE.model_id]),
    ],
)
def test_the_job_is_told_the_method(workspace: Workspace, method: Any, told: list[str]) -> None:
    text = definition(customize(workspace, method=method))
    assert [word for word in told if word not in text] == []


def test_data_and_questions_under_a_key_of_their_own_are_decrypted(workspace: Workspace) -> None:
    stack = cdk.Stack.of(workspace)
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/data")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Data", bucket_name="data", encryption_key=key)
    customize(workspace, judge={"bucket": bucket}, data=TrainingData(bucket=bucket, training="train.jsonl"))
    policies = assertions.Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy")
    decrypting = {"Action": "kms:Decrypt", "Effect": "Allow", "Resource": key.key_arn}
    reading = sorted(
        name.partition("Policy")[0]
        for name, policy in policies.items()
        if decrypting in policy["Properties"]["PolicyDocument"]["Statement"]
    )
    # What asks the questions, what reads the data first, and what Bedrock trains as.
    roles = ["CustomizationFunctionsAnswerRole", "CustomizationFunctionsValidateRole", "CustomizationRole"]
    assert reading == roles


def test_only_a_teacher_is_asked_by_the_training_role(workspace: Workspace) -> None:
    template = assertions.Template.from_stack(cdk.Stack.of(customize(workspace)))
    training = [
        policy
        for name, policy in template.find_resources("AWS::IAM::ManagedPolicy").items()
        if name.startswith("CustomizationRolePolicy")
    ]
    assert len(training) == 1
    assert "bedrock:InvokeModel" not in json.dumps(training)


def test_a_teacher_is_named_in_the_training_role(workspace: Workspace) -> None:
    customize(workspace, method=Distillation(teacher=LARGE))
    policies = assertions.Template.from_stack(cdk.Stack.of(workspace)).find_resources("AWS::IAM::ManagedPolicy")
    (training,) = [policy for name, policy in policies.items() if name.startswith("CustomizationRolePolicy")]
    assert f"::foundation-model/{LARGE.model_id}" in json.dumps(training)


def test_people_are_asked_where_the_user_says(workspace: Workspace) -> None:
    stack = cdk.Stack.of(workspace)
    review = HumanReview(stack, "Reviewers", workspace=workspace)
    assert customize(workspace, review=review).review is review
    assertions.Template.from_stack(stack).resource_count_is("AWS::Cognito::UserPool", 1)


def test_what_asks_the_deployment_may_ask_no_other(workspace: Workspace) -> None:
    customization = customize(workspace)
    stack = cdk.Stack.of(workspace)
    customization.grant_invoke(iam.Role(stack, "App", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
    (policy,) = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    ask, look_up = policy["Properties"]["PolicyDocument"]["Statement"]
    assert ask["Condition"] == {"StringEquals": {"aws:ResourceTag/cdk-ml:customization": customization.prefix}}
    assert look_up["Action"] == "ssm:GetParameter"


def test_the_deployment_that_is_in_use_is_looked_up_in_a_parameter(workspace: Workspace) -> None:
    customize(workspace)
    template = assertions.Template.from_stack(cdk.Stack.of(workspace))
    template.has_resource_properties("AWS::SSM::Parameter", {"Value": "none"})


@pytest.mark.parametrize(
    ("changed", "judge", "value", "fix"),
    [
        ({"method": FineTuning(epochs=0)}, {}, "method.epochs=0", "Use 1 to 1000"),
        (
            {"method": FineTuning(hyperparameters={"epochCount": "3"})},
            {},
            "method.hyperparameters='epochCount'",
            "Say it with epochs=",
        ),
        (
            {"method": FineTuning(hyperparameters={"batchSize": 8})},  # type: ignore[dict-item]
            {},
            "method.hyperparameters=8",
            'Use "8"',
        ),
        (
            {"method": Distillation(teacher=LARGE, max_response_tokens=0)},
            {},
            "method.max_response_tokens=0",
            "Use 1 to 65536",
        ),
        ({"data": {"training": "train.csv"}}, {}, "data.training='train.csv'", "Name a .jsonl file"),
        ({"data": {"validation": "train.jsonl"}}, {}, "data.validation='train.jsonl'", "Hold back another file"),
        ({"data": {"fewest": 0}}, {}, "data.fewest=0", "Use 1 to 1000000"),
        ({"data": {"fewest": 10, "most": 5}}, {}, "data.most=5", "Use 10 to 1000000"),
        ({"ceiling": TokenCeiling(usd=0, usd_per_million_tokens=1)}, {}, "ceiling.usd=0", "Use a number above 0"),
        (
            {"ceiling": TokenCeiling(usd=1, usd_per_million_tokens=-1)},
            {},
            "ceiling.usd_per_million_tokens=-1",
            "Use a number above 0",
        ),
        (
            {"method": Distillation(teacher=EMBEDDING)},
            {},
            "method.teacher='amazon.titan-embed-text-v2:0' gives embedding, and no text",
            "Use a model that does",
        ),
        (
            {},
            {"model": EMBEDDING},
            "judge.model='amazon.titan-embed-text-v2:0' gives embedding, and no text",
            "Use a model that does",
        ),
        ({}, {"model": SMALL}, "judge.model='amazon.nova-lite-v1:0'", "Use another model"),
        ({}, {"questions": "train.jsonl"}, "judge.questions='train.jsonl'", "Hold back another file"),
        ({}, {"questions": "questions.txt"}, "judge.questions='questions.txt'", "Name a .jsonl file"),
        ({}, {"least": {}}, "judge.least={}", "Name a metric and its least mean"),
        ({}, {"least": {"Builtin.Correctness": 80}}, "judge.least=80", "Use 0 to 1"),
        ({}, {"least": {"Accuracy": 0.8}}, "judge.least='Accuracy'", "Use one of Builtin.Coherence"),
        ({}, {"least": {"Builtin.Harmfulness": 0.8}}, "judge.least='Builtin.Harmfulness'", "Leave it out"),
        ({}, {"max_tokens": 0}, "judge.max_tokens=0", "Use 1 to 65536"),
    ],
)
def test_what_bedrock_would_refuse_is_refused(
    workspace: Workspace, changed: dict[str, Any], judge: dict[str, Any], value: str, fix: str
) -> None:
    if isinstance(changed.get("data"), dict):
        data = {"bucket": workspace.data_bucket, "training": "train.jsonl", **changed["data"]}
        changed = {**changed, "data": TrainingData(**data)}
    with pytest.raises(ConfigurationError) as refused:
        customize(workspace, judge, **changed)
    assert value in str(refused.value)
    assert fix in str(refused.value)


def test_what_only_the_deployment_knows_passes(workspace: Workspace) -> None:
    key = cdk.CfnParameter(cdk.Stack.of(workspace), "Key").value_as_string
    customize(workspace, {"questions": key}, data=TrainingData(bucket=workspace.data_bucket, training=f"{key}/x"))


def test_a_guardrail_stands_around_the_model_while_it_is_judged(workspace: Workspace) -> None:
    assert customize(workspace).guardrail is workspace.node.find_child("Guardrail")
    functions = assertions.Template.from_stack(cdk.Stack.of(workspace)).find_resources("AWS::Lambda::Function")
    guarded = [
        name for name, each in functions.items() if "GUARDRAIL" in each["Properties"]["Environment"]["Variables"]
    ]
    assert [name.startswith("CustomizationFunctionsAnswer") for name in guarded] == [True]


def test_none_stands_there_when_somebody_says_why(workspace: Workspace) -> None:
    assert customize(workspace, guardrail=NoGuardrail("It answers with numbers only")).guardrail is None
