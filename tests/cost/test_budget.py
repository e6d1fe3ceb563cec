"""A budget counts one project, tells whoever asked, and can stop more from being spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.cost import DenyWhenSpent, MlBudget, MonthlyLimit
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Synth = Callable[[], Template]
LIMIT = MonthlyLimit(usd=2_000, notify=["ml-oncall@example.com"])


def test_a_workspace_with_a_limit_has_a_budget_over_its_project(stack: cdk.Stack, template: Synth) -> None:
    Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, monthly_limit=LIMIT)
    budget = only(template(), "AWS::Budgets::Budget")
    assert budget["Budget"] == {
        "BudgetLimit": {"Amount": 2000, "Unit": "USD"},
        "BudgetType": "COST",
        "CostFilters": {"TagKeyValue": ["user:project$churn"]},
        "TimeUnit": "MONTHLY",
    }


def test_a_budget_may_be_over_another_tag(workspace: Workspace, stack: cdk.Stack, template: Synth) -> None:
    MlBudget(stack, "Budget", workspace=workspace, limit=LIMIT, tag={"team": "claims"})
    budget = only(template(), "AWS::Budgets::Budget")["Budget"]
    assert budget["CostFilters"] == {"TagKeyValue": ["user:team$claims"]}


@pytest.mark.parametrize("tag", [{}, {"team": "claims", "project": "churn"}, {"team": " "}])
def test_several_tags_would_be_added_up_and_are_refused(
    workspace: Workspace, stack: cdk.Stack, tag: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError, match=r"is not one cost tag\. Give one key and its value"):
        MlBudget(stack, "Budget", workspace=workspace, limit=LIMIT, tag=tag)


def test_alerts_go_to_the_topic_and_to_people_for_spent_and_forecast_money(
    workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    MlBudget(stack, "Budget", workspace=workspace, limit=LIMIT)
    alerts = only(template(), "AWS::Budgets::Budget")["NotificationsWithSubscribers"]
    assert [(a["Notification"]["NotificationType"], a["Notification"]["Threshold"]) for a in alerts] == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    for alert in alerts:
        assert [subscriber["SubscriptionType"] for subscriber in alert["Subscribers"]] == ["SNS", "EMAIL"]


def test_the_budget_waits_until_the_topic_admits_it(workspace: Workspace, stack: cdk.Stack, template: Synth) -> None:
    MlBudget(stack, "Budget", workspace=workspace, limit=LIMIT)
    made = template()
    ((_, budget),) = resources(made, "AWS::Budgets::Budget").items()
    assert {*resources(made, "AWS::SNS::TopicPolicy")} <= {*budget["DependsOn"]}


def test_an_action_attaches_the_policy_to_exactly_the_roles_it_was_given(
    workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    deny = DenyWhenSpent(
        policy=iam.ManagedPolicy.from_managed_policy_arn(stack, "Deny", "arn:aws:iam::123456789012:policy/deny"),
        roles=[iam.Role.from_role_arn(stack, "Trainers", "arn:aws:iam::123456789012:role/trainers")],
        percent=90,
        automatic=True,
    )
    MlBudget(stack, "Budget", workspace=workspace, limit=LIMIT, deny_when_spent=deny)
    made = template()
    action = only(made, "AWS::Budgets::BudgetsAction")
    assert action["ApprovalModel"] == "AUTOMATIC"
    assert action["ActionThreshold"] == {"Type": "PERCENTAGE", "Value": 90}
    assert action["Definition"]["IamActionDefinition"] == {
        "PolicyArn": "arn:aws:iam::123456789012:policy/deny",
        "Roles": ["trainers"],
    }
    (statement,) = only(made, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == "arn:aws:iam::123456789012:role/trainers"
    assert statement["Condition"] == {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::123456789012:policy/deny"}}


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (replace(LIMIT, usd=0), "limit.usd=0 is not an amount to watch. Give the US dollars of a month, 0.1 to 1e9."),
        (
            replace(LIMIT, notify=["oncall"]),
            "limit.notify='oncall' is not an e-mail address. Write it as name@example.com.",
        ),
        (
            replace(LIMIT, notify=["a@b.c"] * 11),
            f"limit.notify={['a@b.c'] * 11} has 11 addresses, but AWS Budgets takes 10. "
            "Subscribe a list to the alert topic instead.",
        ),
        (
            replace(LIMIT, forecast_percent=[0]),
            "limit.forecast_percent=0 is not a share of the limit. Give a percentage of at least 0.1.",
        ),
        (
            replace(LIMIT, actual_percent=(), forecast_percent=()),
            "limit.actual_percent=() and forecast_percent make 0 alerts, but a budget has 1 to 10. "
            "Change how many there are.",
        ),
    ],
)
def test_limits_that_aws_would_refuse_are_refused_with_the_fix(
    workspace: Workspace, stack: cdk.Stack, limit: MonthlyLimit, message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        MlBudget(stack, "Budget", workspace=workspace, limit=limit)
    assert str(error.value) == f"Churn/Budget: {message}"


def test_amounts_and_addresses_may_be_known_only_at_deployment(
    workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    amount = cdk.CfnParameter(stack, "Amount", type="Number")
    address = cdk.CfnParameter(stack, "Address")
    limit = MonthlyLimit(usd=amount.value_as_number, notify=[address.value_as_string])
    MlBudget(stack, "Budget", workspace=workspace, limit=limit)
    assert only(template(), "AWS::Budgets::Budget")["Budget"]["BudgetLimit"]["Amount"] == {"Ref": "Amount"}


def test_a_region_without_budgets_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "North", env=cdk.Environment(region="eu-north-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError) as error:
        MlBudget(stack, "Budget", workspace=workspace, limit=LIMIT)
    assert str(error.value) == (
        "North/Budget: limit.usd=2000 cannot be watched in eu-north-1, where CloudFormation has no budgets. Put an "
        "MlBudget for the same project into a stack of another region, such as us-east-1: budgets are global."
    )


def test_a_workspace_in_a_region_without_budgets_warns_and_goes_on(app: cdk.App) -> None:
    stack = cdk.Stack(app, "North", env=cdk.Environment(region="eu-north-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, monthly_limit=LIMIT)
    assert workspace.budget is None
    warning = Match.string_like_regexp("CloudFormation has no budgets in eu-north-1")
    Annotations.from_stack(stack).has_warning("/North/Workspace", warning)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"roles": []},
            "deny_when_spent.roles=[] are 0, but an action denies 1 to 100. "
            "Name the roles that start what costs money.",
        ),
        (
            {"percent": float("inf")},
            "deny_when_spent.percent=inf is not a share of the limit. Give a percentage of at least 0.1.",
        ),
    ],
)
def test_an_action_that_could_deny_nothing_is_refused(
    workspace: Workspace, stack: cdk.Stack, change: dict[str, Any], message: str
) -> None:
    deny = DenyWhenSpent(
        policy=iam.ManagedPolicy.from_managed_policy_arn(stack, "Deny", "arn:aws:iam::123456789012:policy/deny"),
        roles=[iam.Role.from_role_arn(stack, "Trainers", "arn:aws:iam::123456789012:role/trainers")],
    )
    with pytest.raises(ConfigurationError) as error:
        MlBudget(stack, "Budget", workspace=workspace, limit=LIMIT, deny_when_spent=replace(deny, **change))
    assert str(error.value) == f"Churn/Budget: {message}"
