"""What only an execution knows is written once, and rendered for state machines and for pipelines."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.sagemaker import ExecutionId, Join, Parameter, Result
from cdk_ml.sagemaker.jobs.values import for_pipeline, for_state_machine, is_run_value, run_values

RATE, MODEL = Parameter("Rate", 0.1), Result("Train", "ModelArtifacts.S3ModelArtifacts")


@pytest.mark.parametrize(
    ("value", "state_machine", "pipeline"),
    [
        ("plain", {"Key": "plain"}, "plain"),
        (3, {"Key": 3}, 3),
        (True, {"Key": True}, True),
        (ExecutionId(), {"Key.$": "$$.Execution.Name"}, {"Get": "Execution.PipelineExecutionId"}),
        (RATE, {"Key.$": "$$.Execution.Input['Rate']"}, {"Get": "Parameters.Rate"}),
        (
            MODEL,
            {"Key.$": "$['Train'].ModelArtifacts.S3ModelArtifacts"},
            {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"},
        ),
        (
            Join(("s3://b/", ExecutionId(), "/m")),
            {"Key.$": "States.Format('s3://b/{}/m', $$.Execution.Name)"},
            {"Std:Join": {"On": "", "Values": ["s3://b/", {"Get": "Execution.PipelineExecutionId"}, "/m"]}},
        ),
        (
            Join(("it's {one} \\ ", RATE)),
            {"Key.$": r"States.Format('it\'s \{one\} \\ {}', $$.Execution.Input['Rate'])"},
            {"Std:Join": {"On": "", "Values": ["it's {one} \\ ", {"Get": "Parameters.Rate"}]}},
        ),
        (
            ["--rate", RATE, 3, True],
            {"Key.$": "States.Array('--rate', $$.Execution.Input['Rate'], 3, true)"},
            ["--rate", {"Get": "Parameters.Rate"}, 3, True],
        ),
        (["a", "b"], {"Key": ["a", "b"]}, ["a", "b"]),
        (
            {"Inner": [{"Uri": RATE}, {"Uri": "x"}]},
            {"Key": {"Inner": [{"Uri.$": "$$.Execution.Input['Rate']"}, {"Uri": "x"}]}},
            {"Inner": [{"Uri": {"Get": "Parameters.Rate"}}, {"Uri": "x"}]},
        ),
        ({}, {"Key": {}}, {}),
    ],
)
def test_a_value_is_rendered_in_the_words_of_each_engine(value: Any, state_machine: Any, pipeline: Any) -> None:
    assert for_state_machine({"Key": value}) == state_machine
    assert for_pipeline(value) == pipeline


def test_tokens_keep_their_braces_because_they_are_filled_in_before_the_text_is_read(stack: cdk.Stack) -> None:
    rendered = for_state_machine({"Key": Join((f"{{{cdk.Aws.REGION}}}/", ExecutionId()))})
    assert stack.resolve(rendered) == {
        "Key.$": {"Fn::Join": ["", [r"States.Format('\{", {"Ref": "AWS::Region"}, r"\}/{}', $$.Execution.Name)"]]}
    }


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("plain", []),
        ({"A": "plain", "B": 3, "C": None}, []),
        ({"A": RATE, "B": [MODEL, {"C": ExecutionId()}]}, [RATE, MODEL, ExecutionId()]),
        (Join(("a", RATE)), [Join(("a", RATE)), RATE]),
    ],
)
def test_every_value_in_a_request_is_found(request_: Any, expected: Any) -> None:
    assert [*run_values(request_)] == expected
    assert is_run_value(request_) is (expected[:1] == [request_])


def test_what_is_rendered_is_json() -> None:
    assert json.loads(json.dumps(for_state_machine({"A": Join(("x", RATE))}))) == {
        "A.$": "States.Format('x{}', $$.Execution.Input['Rate'])"
    }
