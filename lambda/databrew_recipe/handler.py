"""Publishes a recipe of DataBrew when its steps are new, and deletes its versions before it goes.

https://docs.aws.amazon.com/databrew/latest/dg/recipes.publishing.html
"""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]

_AT_ONCE = 50


class RefusedError(Exception):
    """A version cannot be deleted. It is not tried again."""


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one step: see what the last version has, and publish or delete."""
    properties = request["ResourceProperties"]
    recipe = properties["Recipe"]
    databrew = boto3.client("databrew")
    if request["RequestType"] == "Delete":
        delete(databrew, recipe)
        return {"done": True}
    version = published(databrew, recipe, properties["Content"])
    if version is None:
        # Its description says which steps it has, so that a step that is taken again finds it.
        databrew.publish_recipe(Name=recipe, Description=properties["Content"])
        return {"done": False, "waiting_for": f"a version of {recipe}"}
    # Of another recipe it is another resource: CloudFormation then deletes the versions of the old one, at the end.
    return {"done": True, "data": {"Version": version}, "physical_id": recipe}


def published(databrew: Any, recipe: str, content: str) -> str | None:
    """The last version, if it has these steps."""
    try:
        found = databrew.describe_recipe(Name=recipe)
    except databrew.exceptions.ResourceNotFoundException:
        return None
    return found["RecipeVersion"] if found.get("Description") == content else None


def delete(databrew: Any, recipe: str) -> None:
    """Delete every published version; the working one is CloudFormation's."""
    try:
        versions = [
            each["RecipeVersion"]
            for page in databrew.get_paginator("list_recipe_versions").paginate(Name=recipe)
            for each in page["Recipes"]
        ]
    except databrew.exceptions.ResourceNotFoundException:
        return
    numbers = [version for version in versions if version[:1].isdigit()]
    for start in range(0, len(numbers), _AT_ONCE):
        answer = databrew.batch_delete_recipe_version(Name=recipe, RecipeVersions=numbers[start : start + _AT_ONCE])
        if errors := answer.get("Errors"):
            raise RefusedError("; ".join(f"{each['RecipeVersion']}: {each['ErrorMessage']}" for each in errors))
