"""Arguments reach the script as they are meant, whether the job or a run says them."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data.emr.arguments import argument_problems, entry_point_arguments

TOKEN = cdk.Token.as_string({"Ref": "Bucket"})


def test_what_is_known_is_a_list() -> None:
    assert entry_point_arguments({"--table": "shop.orders", "limit": "7"}) == {
        "EntryPointArguments": ["--table", "shop.orders", "--limit", "7"]
    }
    assert entry_point_arguments({}) == {}


def test_what_a_run_says_makes_the_list_a_function() -> None:
    assert entry_point_arguments(
        {"--day": "$.day", "--out": "States.Format('s3://b/{}', $.day)", "--sql": "x = 'y'"}
    ) == {
        "EntryPointArguments.$": "States.Array('--day', $.day, '--out', States.Format('s3://b/{}', $.day), "
        r"'--sql', 'x = \'y\'')"
    }


def test_what_only_the_deployment_knows_is_text() -> None:
    assert entry_point_arguments({"--bucket": TOKEN}) == {"EntryPointArguments": ["--bucket", TOKEN]}
    assert entry_point_arguments({"--bucket": TOKEN, "--day": "$.day"}) == {
        "EntryPointArguments.$": f"States.Array('--bucket', '{TOKEN}', '--day', $.day)"
    }


@pytest.mark.parametrize(
    ("arguments", "argument", "fix"),
    [
        ({"": "x"}, "arguments", "Write it as --day: letters, digits, hyphens and underscores"),
        ({"-d": "x"}, "arguments", "Write it as --day: letters, digits, hyphens and underscores"),
        ({"--a b": "x"}, "arguments", "Write it as --day: letters, digits, hyphens and underscores"),
        ({"--day": " "}, "arguments['--day']", "Give it a value, or leave it out"),
    ],
)
def test_what_would_not_arrive_is_refused(arguments: dict[str, str], argument: str, fix: str) -> None:
    (problem,) = argument_problems(arguments)
    assert (problem.argument, problem.fix) == (argument, fix)


def test_usual_names_and_tokens_pass() -> None:
    assert [*argument_problems({"--day": "$.day", "table": "t", TOKEN: TOKEN})] == []
