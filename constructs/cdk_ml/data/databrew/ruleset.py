"""Rules that data has to keep, checked by a profile job.

https://docs.aws.amazon.com/databrew/latest/dg/profile.data-quality-rules.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_databrew as databrew
from constructs import Construct

from cdk_ml.data.databrew.dataset import DataBrewDataset
from cdk_ml.data.databrew.expressions import DataBrewRule, rules_problems
from cdk_ml.data.databrew.names import databrew_arn, databrew_name, databrew_problems
from cdk_ml.errors import reject
from cdk_ml.workspace import Workspace


class DataBrewRuleset(Construct):
    """Rules about a dataset. A profile job checks them, and its :meth:`~cdk_ml.data.ProfileJob.gate` lets data pass.

    Creates the ruleset. Checks, the values in them and the columns that they are about are read when it is synthesized.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import DataBrewDataset, DataBrewRule, DataBrewRuleset, DatasetFiles, RuleThreshold
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> customers = DataBrewDataset(
    ...     stack,
    ...     "Customers",
    ...     workspace=workspace,
    ...     source=DatasetFiles(bucket=workspace.data_bucket, prefix="incoming/", column_names=("customer_id", "age")),
    ... )
    >>> rules = DataBrewRuleset(
    ...     stack,
    ...     "Rules",
    ...     workspace=workspace,
    ...     dataset=customers,
    ...     rules=[
    ...         DataBrewRule(
    ...             name="each customer has an id",
    ...             check="AGG(MISSING_VALUES_PERCENTAGE) == :none",
    ...             values={":none": "0"},
    ...             column_names=["customer_id"],
    ...         ),
    ...         DataBrewRule(
    ...             name="ages are ages",
    ...             check=":age IS_BETWEEN :least and :most",
    ...             values={":age": "`age`", ":least": "0", ":most": "120"},
    ...             threshold=RuleThreshold(value=99),
    ...         ),
    ...     ],
    ... )

    See https://docs.aws.amazon.com/databrew/latest/dg/profile.data-quality-available-checks.html

    :ivar dataset: that they are about.
    :ivar ruleset_name: its name.
    :ivar ruleset_arn: for policies and jobs.
    :ivar cfn_ruleset: the ruleset.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        dataset: DataBrewDataset,
        rules: Sequence[DataBrewRule],
        name: str | None = None,
        description: str = "",
    ) -> None:
        """
        :param workspace: tags and profile.
        :param dataset: that they are about.
        :param rules: at least one.
        :param name: a name that people know it by; one made of its path when not given.
        :param description: what it is for, at most 1024 characters.
        :raises cdk_ml.errors.ConfigurationError: for a check that DataBrew does not read, a value that stands for
            nothing, and a column that the dataset does not have.
        """
        super().__init__(scope, id)
        problems = databrew_problems(Stack.of(self).region, "Ruleset", name, description)
        reject(self, [*problems, *rules_problems(rules, dataset.column_names)])
        workspace.adopt(self)
        self.dataset = dataset
        self.ruleset_name = databrew_name(self, name)
        self.ruleset_arn = databrew_arn("ruleset", self.ruleset_name)
        self.cfn_ruleset = databrew.CfnRuleset(
            self,
            "Resource",
            name=self.ruleset_name,
            description=description,
            target_arn=dataset.dataset_arn,
            rules=[_rule(rule) for rule in rules],
        )
        # An ARN made of a name says nothing about what has to be there before.
        self.node.add_dependency(dataset)


def _rule(rule: DataBrewRule) -> dict[str, object]:
    selectors: list[dict[str, str]] = [{"name": column} for column in rule.column_names]
    if rule.column_pattern is not None:
        selectors = [{"regex": rule.column_pattern}]
    threshold = rule.threshold
    return {
        "name": rule.name,
        "checkExpression": rule.check,
        "substitutionMap": [{"valueReference": name, "value": value} for name, value in rule.values.items()] or None,
        "columnSelectors": selectors or None,
        "threshold": None
        if threshold is None
        else {"value": threshold.value, "unit": threshold.unit, "type": threshold.type},
    }
