"""What machine learning costs: budgets over the workspace's cost tags."""

from cdk_ml.cost.budget import DenyWhenSpent, MlBudget, MonthlyLimit

__all__ = ["DenyWhenSpent", "MlBudget", "MonthlyLimit"]
