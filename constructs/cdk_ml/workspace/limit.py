"""The budget of a workspace that was given a monthly limit.

https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack, Validations

from cdk_ml.facts.regions import lacks

if TYPE_CHECKING:
    from cdk_ml.cost import MlBudget, MonthlyLimit
    from cdk_ml.workspace.workspace import Workspace


def watch_limit(workspace: Workspace, limit: MonthlyLimit) -> MlBudget | None:
    """Make the budget, or warn where CloudFormation has none."""
    region = Stack.of(workspace).region
    if lacks(region, "AWS::Budgets::Budget"):
        message = (
            f"monthly_limit is not watched: CloudFormation has no budgets in {region}. "
            "Put an MlBudget for the same project into a stack of another region, such as us-east-1."
        )
        Validations.of(workspace).add_warning("cdk-ml:no-budget", message)
        return None
    # Budgets stand on the workspace like everything else; only here does it reach up to one.
    from cdk_ml.cost import MlBudget

    return MlBudget(workspace, "Budget", workspace=workspace, limit=limit)
