"""A monthly budget over what a workspace's project spends.

https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.facts.regions import lacks
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement, Workspace

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_POSITIVE = (0.1, 1e9)  # What AWS Budgets takes as a threshold.
_MAXIMUM_EMAILS = 10
_MAXIMUM_NOTIFICATIONS = 10
_MAXIMUM_ROLES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyLimit:
    """What may be spent in a month, and who hears of it.

    :param usd: the limit in US dollars.
    :param notify: e-mail addresses. The workspace's alert topic is always told.
    :param actual_percent: shares of the limit that alert once they are spent.
    :param forecast_percent: shares of the limit that alert once they are forecast to be spent by the month's end.
    """

    usd: float
    notify: Sequence[str] = ()
    actual_percent: Sequence[float] = (80, 100)
    forecast_percent: Sequence[float] = (100,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DenyWhenSpent:
    """A policy that AWS Budgets attaches when money is spent, so that nobody starts more.

    :param policy: the managed policy to attach, one that denies.
    :param roles: the roles it is attached to.
    :param percent: share of the limit, actually spent, at which it is attached.
    :param automatic: attach it at once; otherwise somebody has to approve in the console.
    """

    policy: iam.IManagedPolicy
    roles: Sequence[iam.IRole]
    percent: float = 100
    automatic: bool = False


class MlBudget(Construct):
    """A cost budget for the month over everything that carries the workspace's ``project`` tag, or another one.

    Alerts go to the workspace's alert topic and to e-mail addresses. AWS counts tagged cost from the day on which the
    payer account activates ``project`` as a cost allocation tag: until then the budget stays at zero.

    Idle cost: nothing. An action, if there is one, costs 0.10 USD a day beyond the first two of the account.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.cost import MlBudget, MonthlyLimit
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> tags = CostTags(project="churn", owner="growth-ml", cost_center="4711")
    >>> workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=tags)
    >>> budget = MlBudget(stack, "Budget", workspace=workspace, limit=MonthlyLimit(usd=2_000))

    See https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html

    :ivar cfn_budget: the budget.
    :ivar cfn_action: the action, if one was asked for.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        limit: MonthlyLimit,
        deny_when_spent: DenyWhenSpent | None = None,
        tag: Mapping[str, str] | None = None,
    ) -> None:
        """
        :param workspace: whose project is budgeted, and whose topic is told.
        :param limit: what may be spent, and who hears of it.
        :param deny_when_spent: what to forbid once it is spent.
        :param tag: another cost tag that is budgeted in place of the project: one key, and its value.
        :raises cdk_ml.errors.ConfigurationError: amounts that are not positive, addresses that are none, more alerts
            than a budget has, several tags, or a region where CloudFormation has no budgets.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *limit_problems(limit),
                *_tag_problems(tag),
                *_region_problems(limit, Stack.of(self).region),
                *(_action_problems(deny_when_spent) if deny_when_spent is not None else ()),
            ],
        )
        workspace.adopt(self)
        topic_arn = workspace.alert_topic.topic_arn
        ((key, value),) = ({"project": workspace.tags["project"]} if tag is None else tag).items()
        self.cfn_budget = budgets.CfnBudget(
            self,
            "Resource",
            budget={
                "budgetType": "COST",
                "timeUnit": "MONTHLY",
                "budgetLimit": {"amount": limit.usd, "unit": "USD"},
                # Only one tag: AWS Budgets joins several of this filter with "or".
                "costFilters": {"TagKeyValue": [f"user:{key}${value}"]},
            },
            notifications_with_subscribers=_notifications(limit, topic_arn),
            resource_tags=[{"key": key, "value": value} for key, value in workspace.tags.items()],
        )
        # AWS Budgets publishes a test message on creation, and refuses a topic whose policy does not admit it yet.
        self.cfn_budget.node.add_dependency(workspace.alert_topic)
        self.cfn_action = None if deny_when_spent is None else self._action(workspace, deny_when_spent, topic_arn)

    def _action(self, workspace: Workspace, deny: DenyWhenSpent, topic_arn: str) -> budgets.CfnBudgetsAction:
        role = workspace.role(
            self,
            "ActionRole",
            service="budgets.amazonaws.com",
            statements=[
                Statement(
                    actions=["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
                    resources=[role.role_arn for role in deny.roles],
                    conditions={"ArnEquals": {"iam:PolicyARN": deny.policy.managed_policy_arn}},
                )
            ],
        )
        return budgets.CfnBudgetsAction(
            self,
            "Action",
            budget_name=self.cfn_budget.ref,
            action_type="APPLY_IAM_POLICY",
            approval_model="AUTOMATIC" if deny.automatic else "MANUAL",
            notification_type="ACTUAL",
            action_threshold={"type": "PERCENTAGE", "value": deny.percent},
            definition={
                "iamActionDefinition": {
                    "policyArn": deny.policy.managed_policy_arn,
                    "roles": [role.role_name for role in deny.roles],
                }
            },
            execution_role_arn=role.role_arn,
            subscribers=[{"type": "SNS", "address": topic_arn}],
        )


def limit_problems(limit: MonthlyLimit) -> list[Problem]:
    """What AWS Budgets would refuse about ``limit``."""
    problems = []
    if outside(limit.usd, *_POSITIVE):
        problems.append(
            Problem("limit.usd", limit.usd, "is not an amount to watch", "Give the US dollars of a month, 0.1 to 1e9")
        )
    for address in limit.notify:
        if not is_token(address) and not _EMAIL.fullmatch(address):
            problems.append(
                Problem("limit.notify", address, "is not an e-mail address", "Write it as name@example.com")
            )
    if len(limit.notify) > _MAXIMUM_EMAILS:
        rule = f"has {len(limit.notify)} addresses, but AWS Budgets takes {_MAXIMUM_EMAILS}"
        problems.append(
            Problem("limit.notify", list(limit.notify), rule, "Subscribe a list to the alert topic instead")
        )
    alerts = {"limit.actual_percent": limit.actual_percent, "limit.forecast_percent": limit.forecast_percent}
    for argument, percents in alerts.items():
        problems += [
            Problem(argument, percent, "is not a share of the limit", "Give a percentage of at least 0.1")
            for percent in percents
            if outside(percent, *_POSITIVE)
        ]
    count = len(limit.actual_percent) + len(limit.forecast_percent)
    if not 1 <= count <= _MAXIMUM_NOTIFICATIONS:
        rule = f"and forecast_percent make {count} alerts, but a budget has 1 to {_MAXIMUM_NOTIFICATIONS}"
        problems.append(Problem("limit.actual_percent", tuple(limit.actual_percent), rule, "Change how many there are"))
    return problems


def _action_problems(deny: DenyWhenSpent) -> Iterator[Problem]:
    if not 1 <= len(deny.roles) <= _MAXIMUM_ROLES:
        rule = f"are {len(deny.roles)}, but an action denies 1 to {_MAXIMUM_ROLES}"
        yield Problem("deny_when_spent.roles", [*deny.roles], rule, "Name the roles that start what costs money")
    if outside(deny.percent, *_POSITIVE):
        fix = "Give a percentage of at least 0.1"
        yield Problem("deny_when_spent.percent", deny.percent, "is not a share of the limit", fix)


def _tag_problems(tag: Mapping[str, str] | None) -> Iterator[Problem]:
    if tag is None:
        return
    texts = [text for each in tag.items() for text in each]
    if len(tag) != 1 or not all(is_token(text) or text.strip() for text in texts):
        fix = "Give one key and its value: AWS Budgets would add up what has the one or the other"
        yield Problem("tag", dict(tag), "is not one cost tag", fix)


def _region_problems(limit: MonthlyLimit, region: str) -> list[Problem]:
    if not lacks(region, "AWS::Budgets::Budget"):
        return []
    rule = f"cannot be watched in {region}, where CloudFormation has no budgets"
    fix = "Put an MlBudget for the same project into a stack of another region, such as us-east-1: budgets are global"
    return [Problem("limit.usd", limit.usd, rule, fix)]


def _notifications(limit: MonthlyLimit, topic_arn: str) -> list[dict[str, Any]]:
    subscribers = [{"subscriptionType": "SNS", "address": topic_arn}]
    subscribers += [{"subscriptionType": "EMAIL", "address": address} for address in limit.notify]
    alerts = [("ACTUAL", percent) for percent in limit.actual_percent]
    alerts += [("FORECASTED", percent) for percent in limit.forecast_percent]
    return [
        {
            "notification": {
                "notificationType": kind,
                "comparisonOperator": "GREATER_THAN",
                "threshold": percent,
                "thresholdType": "PERCENTAGE",
            },
            "subscribers": subscribers,
        }
        for kind, percent in alerts
    ]
