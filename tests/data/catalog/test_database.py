"""A database is a name and a prefix, and outlives its stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.data import Database
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

Synth = Callable[[], Template]
DATABASE = "AWS::Glue::Database"


def test_it_is_over_its_prefix_and_stays_when_the_stack_goes(
    database: Database, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    (found,) = resources(template(), DATABASE).values()
    assert found["Properties"] == {
        "CatalogId": {"Ref": "AWS::AccountId"},
        "DatabaseInput": {
            "Name": "shop",
            "LocationUri": stack.resolve(f"s3://{workspace.data_bucket.bucket_name}/curated/shop"),
        },
    }
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert stack.resolve(database.database_arn)["Fn::Join"][1][-1] == ":database/shop"
    assert database.location.endswith("/curated/shop")


def test_it_goes_where_the_workspace_deletes_data() -> None:
    stack = cdk.Stack(cdk.App(context={**FLAGS, "cdk-ml:delete-data": True}), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    Database(stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket)
    (found,) = resources(Template.from_stack(stack), DATABASE).values()
    assert found["DeletionPolicy"] == "Delete"


def test_without_a_prefix_it_is_over_the_whole_bucket(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    made = Database(
        stack, "All", workspace=workspace, name="everything", bucket=workspace.data_bucket, description="All of it"
    )
    found = only(template(), DATABASE)["DatabaseInput"]
    assert found["LocationUri"] == stack.resolve(f"s3://{workspace.data_bucket.bucket_name}")
    assert found["Description"] == "All of it"
    assert made.prefix == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "Shop"}, "name='Shop' has capitals, which Glue folds and Spark then misses. Write shop."),
        ({"name": "my-shop"}, "name='my-shop' is not a name that Athena reads without quotes. Use at most 255 "),
        ({"prefix": "/raw"}, "prefix='/raw' is not a prefix for files. Write it as curated/shop: at most 512 letters"),
        ({"prefix": "raw/"}, "prefix='raw/' is not a prefix for files. Write it as curated/shop: at most 512 letters"),
        ({"description": "x" * 2049}, "has 2049 characters. Use at most 2048."),
    ],
)
def test_what_glue_or_athena_would_not_read_is_refused(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], message: str
) -> None:
    given = {"name": "shop", "bucket": workspace.data_bucket, **options}
    with pytest.raises(ConfigurationError) as error:
        Database(stack, "Shop", workspace=workspace, **given)
    assert message in str(error.value)


def test_a_prefix_of_the_deployment_passes(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    prefix = cdk.CfnParameter(stack, "Prefix").value_as_string
    Database(stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix=prefix)
    assert {"Ref": "Prefix"} in only(template(), DATABASE)["DatabaseInput"]["LocationUri"]["Fn::Join"][1]
