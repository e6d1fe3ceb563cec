"""A recipe is made of a file and published; jobs get the version that was."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.data import DataBrewRecipe
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.data.databrew.conftest import CLEAN

Allowed = Callable[[str], dict[str, set[str]]]


def test_a_recipe_has_the_steps_of_its_file(
    stack: cdk.Stack, workspace: Workspace, template: Callable[[], Template], allowed: Allowed
) -> None:
    made = DataBrewRecipe(stack, "Clean", workspace=workspace, steps=CLEAN, name="clean", description="Customers")
    found = template()
    body = only(found, "AWS::DataBrew::Recipe")
    assert [step["Action"]["Operation"] for step in body["Steps"]] == [
        "REMOVE_VALUES",
        "FILL_WITH_MEDIAN",
        "UPPER_CASE",
        "RENAME",
    ]
    assert body["Steps"][0]["ConditionExpressions"] == [{"Condition": "IS_MISSING", "TargetColumn": "customer_id"}]
    assert body["Steps"][1]["Action"]["Parameters"] == {"sourceColumn": "age"}
    published = only(found, "Custom::DataBrewRecipeVersion")
    assert published["Recipe"] == stack.resolve(made.cfn_recipe.ref), "it is made after the recipe, and goes before"
    assert published["Content"].startswith("Content ")
    actions = allowed("CleanPublisherStepRole")
    arn = "arn:<AWS::Partition>:databrew:<AWS::Region>:<AWS::AccountId>:recipe/clean"
    assert {action: on for action, on in actions.items() if action.startswith("databrew:")} == {
        "databrew:BatchDeleteRecipeVersion": {arn},
        "databrew:DescribeRecipe": {arn},
        "databrew:ListRecipeVersions": {arn},
        "databrew:PublishRecipe": {arn},
    }


def test_other_steps_are_other_content(
    stack: cdk.Stack, workspace: Workspace, template: Callable[[], Template]
) -> None:
    for id, order in (("One", "ascending"), ("Two", "descending"), ("Three", "ascending")):
        steps = [{"Action": {"Operation": "SORT", "Parameters": {"order": order}}}]
        DataBrewRecipe(stack, id, workspace=workspace, steps=steps)
    every = resources(template(), "Custom::DataBrewRecipeVersion")
    one, two, three = (next(b for i, b in every.items() if i.startswith(id)) for id in ("One", "Two", "Three"))
    contents = [body["Properties"]["Content"] for body in (one, two, three)]
    assert contents[0] == contents[2] != contents[1]


def test_a_recipe_without_steps_is_refused(stack: cdk.Stack, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match=r"Churn/Clean: steps='nowhere\.json' is no file"):
        DataBrewRecipe(stack, "Clean", workspace=workspace, steps="nowhere.json")
