"""Names are what SageMaker takes, however many hyphens they have."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.names import account_problems, is_name, lower_name, name_problems, named_arn, own_name


@pytest.mark.parametrize("name", ["a", "A-1", "a" * 63, "a--b"])
def test_a_name_passes(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "a_b", "a b", "ü", "a" * 64, "a" + 62 * "-" + "b", "a\n"])
def test_what_is_no_name_is_refused_with_the_fix(name: str) -> None:
    fix = "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit"
    problem = Problem("endpoint_name", name, "is not a name that SageMaker takes", fix)
    assert [*name_problems("endpoint_name", name)] == [problem]


def test_some_names_may_be_longer() -> None:
    assert [*name_problems("pipeline_name", "a" * 256, 256)] == []
    (problem,) = name_problems("pipeline_name", "a" * 257, 256)
    assert problem.fix.startswith("Use at most 256 letters")


def test_no_name_and_a_name_that_only_the_deployment_knows_pass() -> None:
    assert [*name_problems("name", None), *name_problems("name", cdk.Aws.STACK_NAME)] == []


def test_a_name_of_the_users_own_wins_and_another_is_made_of_the_path(stack: cdk.Stack) -> None:
    scope = cdk.CfnParameter(stack, "Endpoint")
    assert (own_name(scope, "Mine"), lower_name(scope, "Mine")) == ("Mine", "Mine")
    made = own_name(scope, longest=40)
    assert made.startswith("Churn-Endpoint-")
    assert (lower_name(scope, longest=40), len(made) <= 40) == (made.lower(), True)


def test_arns_have_names_in_lower_case_and_leave_tokens_alone(stack: cdk.Stack) -> None:
    arn = stack.resolve(named_arn(stack, "endpoint", "Mine", end="/*", account="111111111111"))
    assert arn["Fn::Join"][1][-1] == ":111111111111:endpoint/mine/*"
    token = cdk.CfnParameter(stack, "Name").value_as_string
    assert stack.resolve(named_arn(stack, "endpoint", token))["Fn::Join"][1][-1] == {"Ref": "Name"}


@pytest.mark.parametrize("account", ["", "1111", "11111111111a", "1111-1111-1111"])
def test_what_is_no_account_id_is_refused_with_the_fix(account: str) -> None:
    problem = Problem("account", account, "is not an account id", "Write its twelve digits")
    assert [*account_problems("account", account)] == [problem]


@pytest.mark.parametrize("account", ["111111111111", cdk.Aws.ACCOUNT_ID], ids=["id", "token"])
def test_an_account_id_passes(account: str) -> None:
    assert [*account_problems("account", account)] == []
