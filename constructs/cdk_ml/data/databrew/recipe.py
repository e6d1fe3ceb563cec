"""A recipe as code: steps from a file, published, so that jobs run a version that does not change under them.

CloudFormation makes the working version of a recipe and nothing else: it publishes none, and cannot delete a recipe
that has published versions. Jobs run published versions. So a custom resource publishes what was made, says which
version that is, and deletes the versions before the recipe goes.
https://docs.aws.amazon.com/databrew/latest/dg/recipes.publishing.html
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_databrew as databrew
from constructs import Construct

from cdk_ml.data.databrew.names import databrew_arn, databrew_name, databrew_problems
from cdk_ml.data.databrew.steps import Steps, read_steps
from cdk_ml.errors import reject
from cdk_ml.workflow.async_provider import AsyncProvider
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement, Workspace

_PUBLISH = (
    "databrew:BatchDeleteRecipeVersion",
    "databrew:DescribeRecipe",
    "databrew:ListRecipeVersions",
    "databrew:PublishRecipe",
)


class DataBrewRecipe(Construct):
    """A recipe of DataBrew from a file of steps, published.

    Creates the recipe, and publishes a version when its steps are other ones than those of the last version: jobs of
    this stack run that version, and a rollback publishes the steps before. Every version is deleted with the recipe.

    The file is what DataBrew's console downloads, in JSON or YAML; YAML needs PyYAML.

    Idle cost: the alarm of what publishes, 0.20 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import DataBrewRecipe
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> recipe = DataBrewRecipe(stack, "Clean", workspace=workspace, steps="docs/examples/databrew/clean.json")

    See https://docs.aws.amazon.com/databrew/latest/dg/recipes.html

    :ivar recipe_name: its name.
    :ivar recipe_arn: for policies.
    :ivar steps: what it does.
    :ivar version: the version that was published, such as ``3.0``.
    :ivar cfn_recipe: the recipe.
    :ivar provider: what publishes it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        steps: str | Path | Steps,
        name: str | None = None,
        description: str = "",
    ) -> None:
        """
        :param workspace: key, queue, topic, tags and profile.
        :param steps: a file, or the steps themselves as such a file has them.
        :param name: a name that people know it by; one made of its path when not given.
        :param description: what it is for, at most 1024 characters.
        :raises cdk_ml.errors.ConfigurationError: where DataBrew is not, for a file that cannot be read, and for what
            is no step.
        """
        super().__init__(scope, id)
        problems, read = read_steps(steps)
        reject(self, [*databrew_problems(Stack.of(self).region, "Recipe", name, description), *problems])
        workspace.adopt(self)
        self.steps = read
        self.recipe_name = databrew_name(self, name)
        self.recipe_arn = databrew_arn("recipe", self.recipe_name)
        self.cfn_recipe = databrew.CfnRecipe(
            self,
            "Resource",
            name=self.recipe_name,
            description=description,
            steps=[
                {
                    "action": {
                        "operation": step["Action"]["Operation"],
                        "parameters": {**step["Action"].get("Parameters", {})} or None,
                    },
                    "conditionExpressions": [
                        {
                            "condition": condition["Condition"],
                            "targetColumn": condition["TargetColumn"],
                            "value": condition.get("Value"),
                        }
                        for condition in step.get("ConditionExpressions") or ()
                    ]
                    or None,
                }
                for step in read
            ],
        )
        self.provider = AsyncProvider(
            self,
            "Publisher",
            workspace=workspace,
            code=runtime_code("databrew_recipe"),
            statements=[Statement(actions=_PUBLISH, resources=[self.recipe_arn])],
        )
        published = self.provider.resource(
            self,
            "Published",
            type="Custom::DataBrewRecipeVersion",
            properties={"Recipe": self.cfn_recipe.ref, "Content": self._content()},
        )
        self.version = published.get_att_string("Version")

    def _content(self) -> str:
        """What CloudFormation sees to have changed, and the publisher compares with the last version."""
        text = json.dumps(Stack.of(self).resolve(self.steps), sort_keys=True)
        return f"Content {hashlib.sha256(text.encode()).hexdigest()[:16]}"
