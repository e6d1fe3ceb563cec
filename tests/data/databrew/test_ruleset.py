"""Rules are about one dataset, and are made after it."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.data import DataBrewDataset, DataBrewRule, DataBrewRuleset, RuleThreshold
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.data.databrew.conftest import flat


def test_rules_are_written_as_databrew_reads_them(
    stack: cdk.Stack, workspace: Workspace, dataset: DataBrewDataset, template: Callable[[], Template]
) -> None:
    rules = [
        DataBrewRule(
            name="ids", check="AGG(MISSING_VALUES_COUNT) == :none", values={":none": "0"}, column_names=["customer_id"]
        ),
        DataBrewRule(
            name="ages",
            check=":age <= :most",
            values={":age": "`age`", ":most": "120"},
            threshold=RuleThreshold(value=10, unit="COUNT", type="GREATER_THAN"),
        ),
        DataBrewRule(name="some", check="> :a", values={":a": "1"}, column_pattern="a.*"),
    ]
    DataBrewRuleset(stack, "Rules", workspace=workspace, dataset=dataset, rules=rules, name="rules")
    found = template()
    body = only(found, "AWS::DataBrew::Ruleset")
    assert flat(body["TargetArn"]).endswith(f":dataset/{dataset.dataset_name}")
    ids, ages, some = body["Rules"]
    assert ids == {
        "Name": "ids",
        "CheckExpression": "AGG(MISSING_VALUES_COUNT) == :none",
        "SubstitutionMap": [{"ValueReference": ":none", "Value": "0"}],
        "ColumnSelectors": [{"Name": "customer_id"}],
    }
    assert ages["Threshold"] == {"Value": 10, "Unit": "COUNT", "Type": "GREATER_THAN"}
    assert "ColumnSelectors" not in ages
    assert some["ColumnSelectors"] == [{"Regex": "a.*"}]
    (made,) = resources(found, "AWS::DataBrew::Ruleset").values()
    assert stack.get_logical_id(dataset.cfn_dataset) in made["DependsOn"]


def test_a_wrong_rule_is_refused(stack: cdk.Stack, workspace: Workspace, dataset: DataBrewDataset) -> None:
    rules = [DataBrewRule(name="ids", check="AGG(MAX) > :a", values={":a": "1"}, column_names=["customer"])]
    with pytest.raises(ConfigurationError, match="Did you mean customer_id"):
        DataBrewRuleset(stack, "Rules", workspace=workspace, dataset=dataset, rules=rules)
