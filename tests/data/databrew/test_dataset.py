"""A dataset points at files or at a table over files, and says what reading it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.data import Column, Database, DataBrewDataset, DatasetFiles, ExternalTable, IcebergTable
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only

Make = Callable[..., DataBrewDataset]


@pytest.fixture
def make(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes datasets of files."""

    def files(**options: Any) -> DataBrewDataset:
        name = options.pop("name", None)
        source = DatasetFiles(bucket=workspace.data_bucket, **{"prefix": "incoming/", **options})
        return DataBrewDataset(stack, "Dataset", workspace=workspace, source=source, name=name)

    return files


@pytest.mark.parametrize(
    ("options", "format_options"),
    [
        ({"delimiter": ";"}, {"Csv": {"Delimiter": ";", "HeaderRow": True}}),
        ({"format": "JSON", "multi_line": True}, {"Json": {"MultiLine": True}}),
        ({"format": "EXCEL", "header": False}, {"Excel": {"SheetIndexes": [0], "HeaderRow": False}}),
        ({"format": "PARQUET"}, None),
    ],
)
def test_files_are_read_as_their_format_says(
    make: Make, options: dict[str, Any], format_options: Any, template: Callable[[], Template]
) -> None:
    made = make(**options)
    body = only(template(), "AWS::DataBrew::Dataset")
    assert body["Format"] == options.get("format", "CSV")
    assert body.get("FormatOptions") == format_options
    assert body["Input"]["S3InputDefinition"]["Key"] == "incoming/"
    assert body["Name"] == made.dataset_name


def test_a_table_of_the_catalog_is_read_with_its_files(
    stack: cdk.Stack, workspace: Workspace, template: Callable[[], Template]
) -> None:
    database = Database(stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket)
    columns = [Column("customer_id", "string"), Column("age", "int")]
    table = ExternalTable(stack, "Raw", workspace=workspace, database=database, name="customers", columns=columns)
    made = DataBrewDataset(stack, "Dataset", workspace=workspace, source=table, name="customers")
    found = only(template(), "AWS::DataBrew::Dataset")["Input"]["DataCatalogInputDefinition"]
    assert (found["DatabaseName"], found["TableName"]) == ("shop", "customers")
    assert made.column_names == ("customer_id", "age")
    actions = {action for statement in made.read_statements() for action in statement.actions}
    assert {"glue:GetTable", "glue:GetPartitions", "s3:GetObject", "kms:Decrypt"} <= actions
    assert not {action for action in actions if "Put" in action or "Create" in action or "Delete" in action}


def test_a_table_that_databrew_cannot_read_is_refused(stack: cdk.Stack, workspace: Workspace) -> None:
    database = Database(stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket)
    table = IcebergTable(
        stack,
        "Orders",
        workspace=workspace,
        database=database,
        name="orders",
        columns=[Column("a", "int")],
        partitions=(),
    )
    with pytest.raises(ConfigurationError, match=r"source='orders' is an Iceberg table.*Athena's UNLOAD"):
        DataBrewDataset(stack, "Dataset", workspace=workspace, source=table)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"prefix": ""}, "source.prefix='' is no key that DataBrew takes. Use 1 to 1280 characters"),
        ({"delimiter": "||"}, "source.delimiter='||' is not one character"),
        ({"column_names": ("a", "a")}, "source.column_names=['a', 'a'] names one twice"),
        ({"name": "a/b"}, "name='a/b' is not a name that DataBrew takes. Use 1 to 240 letters"),
    ],
)
def test_a_wrong_dataset_is_refused(make: Make, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        make(**options)
    assert why in str(error.value)


def test_where_databrew_is_not_glue_is_named() -> None:
    stack = cdk.Stack(cdk.App(context=FLAGS), "Churn", env=cdk.Environment(region="eu-central-2"))
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    source = DatasetFiles(bucket=workspace.data_bucket, prefix="incoming/")
    with pytest.raises(ConfigurationError, match=r"region='eu-central-2' has no AWS::DataBrew::Dataset.*Glue jobs"):
        DataBrewDataset(stack, "Dataset", workspace=workspace, source=source)
