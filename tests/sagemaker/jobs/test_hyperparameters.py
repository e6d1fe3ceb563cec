"""Hyper-parameters reach an algorithm as texts, and a script as what was written."""

from __future__ import annotations

import json
import math
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import Problem
from cdk_ml.sagemaker import Join, Parameter
from cdk_ml.sagemaker.jobs.hyperparameters import as_json, as_text, hyperparameter_problems

RATE = Parameter("Rate", 0.1)


@pytest.mark.parametrize(
    ("value", "text", "encoded"),
    [
        ("adam", "adam", '"adam"'),
        ("7", "7", '"7"'),
        (7, "7", "7"),
        (0.5, "0.5", "0.5"),
        (1e-8, "1e-08", "1e-08"),
        (True, "true", "true"),
        (RATE, Join((RATE,)), Join((RATE,))),
    ],
)
def test_a_value_is_written_as_its_reader_reads_it(value: Any, text: Any, encoded: Any) -> None:
    assert (as_text(value), as_json(value)) == (text, encoded)
    if isinstance(encoded, str):
        assert json.loads(encoded) == value


def test_tokens_become_texts_that_the_deployment_fills_in(stack: cdk.Stack) -> None:
    number = cdk.Token.as_number({"Ref": "Rounds"})
    values = {"number": as_text(number), "script": as_json(number), "text": as_json(cdk.Aws.REGION)}
    assert stack.resolve(values) == {
        "number": {"Ref": "Rounds"},
        "script": {"Ref": "Rounds"},
        "text": {"Fn::Join": ["", ['"', {"Ref": "AWS::Region"}, '"']]},
    }


@pytest.mark.parametrize(
    ("values", "script", "expected"),
    [
        (
            {f"p{index}": 1 for index in range(101)},
            True,
            Problem(
                "hyperparameters",
                "101 of them",
                "are 101, and SageMaker takes 100",
                "Put some of them into a file beside the script",
            ),
        ),
        ({"": 1}, False, Problem("hyperparameters", "", "is no name of a hyper-parameter", "Use 1 to 256 characters")),
        (
            {"sagemaker_program": "x.py"},
            True,
            Problem(
                "hyperparameters",
                "sagemaker_program",
                "is for the toolkit in the container, not for a script",
                "Name it without sagemaker_",
            ),
        ),
        (
            {"text": "x" * 2_501},
            True,
            Problem(
                "hyperparameters['text']",
                f"{'x' * 20}...",
                "has 2501 characters, and SageMaker takes 2500",
                "Put it into a file beside the script",
            ),
        ),
        (
            {"rate": math.inf},
            False,
            Problem("hyperparameters['rate']", math.inf, "is not a finite number", "Use a finite number"),
        ),
    ],
)
def test_what_sagemaker_or_the_script_would_not_take_is_refused(
    values: dict[str, Any], script: bool, expected: Problem
) -> None:
    assert [*hyperparameter_problems(values, script=script)] == [expected]


def test_good_values_and_tokens_pass() -> None:
    number = cdk.Token.as_number({"Ref": "Rounds"})
    values = {"rounds": number, "name": cdk.Aws.STACK_NAME, "rate": RATE, "depth": 3, "sagemaker_own": 1}
    assert [*hyperparameter_problems(values, script=False)] == []
