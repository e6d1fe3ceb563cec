"""A table in a table bucket has its schema from the beginning, and is granted by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.data import Column, S3Table, S3TableMaintenance, TableBucket
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., S3Table]
Synth = Callable[[], Template]
TABLE = "AWS::S3Tables::Table"
COLUMNS = [
    Column("click_id", "string"),
    Column("clicked_at", "timestamptz"),
    Column("page", "struct<path:string,tags:array<string>>", "Where"),
]


@pytest.fixture
def table(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a table of defaults but for what the test says."""
    tables = TableBucket(stack, "Tables", workspace=workspace, namespaces=["shop"])

    def make(**options: Any) -> S3Table:
        given = {"namespace": "shop", "name": "clicks", "columns": COLUMNS, **options}
        return S3Table(stack, "Clicks", workspace=workspace, table_bucket=tables, **given)

    return make


def test_it_has_its_schema_partitions_and_maintenance(table: Make, template: Synth) -> None:
    table(key=["click_id"], partitions=["hour(clicked_at)"])
    made = template()
    (found,) = resources(made, TABLE).values()
    given = found["Properties"]
    assert (given["Namespace"], given["TableName"], given["OpenTableFormat"]) == ("shop", "clicks", "ICEBERG")
    assert given["IcebergMetadata"]["IcebergSchemaV2"] == {
        "SchemaV2FieldType": "struct",
        "IdentifierFieldIds": [1],
        "SchemaV2FieldList": [
            {"Id": 1, "Name": "click_id", "Type": "string", "Required": True},
            {"Id": 2, "Name": "clicked_at", "Type": "timestamptz", "Required": False},
            {
                "Id": 3,
                "Name": "page",
                "Doc": "Where",
                "Required": False,
                # Inside of a type, S3 wants Iceberg's own words.
                "Type": {
                    "type": "struct",
                    "fields": [
                        {"id": 4, "name": "path", "required": False, "type": "string"},
                        {
                            "id": 5,
                            "name": "tags",
                            "required": False,
                            "type": {
                                "type": "list",
                                "element-id": 6,
                                "element": "string",
                                "element-required": False,
                            },
                        },
                    ],
                },
            },
        ],
    }
    assert given["IcebergMetadata"]["IcebergPartitionSpec"] == {
        "Fields": [{"SourceId": 2, "Transform": "hour", "Name": "clicked_at_hour", "FieldId": 1000}]
    }
    assert given["Compaction"] == {"Status": "enabled", "TargetFileSizeMB": 512}
    assert given["SnapshotManagement"] == {"Status": "enabled", "MinSnapshotsToKeep": 1, "MaxSnapshotAgeHours": 2160}
    assert found["DeletionPolicy"] == "RetainExceptOnCreate"
    assert found["DependsOn"] == [*resources(made, "AWS::S3Tables::Namespace")]


def test_maintenance_is_as_told(table: Make, template: Synth) -> None:
    table(maintenance=S3TableMaintenance(target_file_mb=128, snapshot_days=2, snapshots=5))
    given = only(template(), TABLE)
    assert given["Compaction"]["TargetFileSizeMB"] == 128
    assert given["SnapshotManagement"] == {"Status": "enabled", "MinSnapshotsToKeep": 5, "MaxSnapshotAgeHours": 48}
    assert "IcebergPartitionSpec" not in given["IcebergMetadata"]


@pytest.mark.parametrize(("write", "key"), [(False, {"kms:Decrypt"}), (True, {"kms:Decrypt", "kms:GenerateDataKey*"})])
def test_a_grant_is_about_this_table(
    table: Make, stack: cdk.Stack, template: Synth, write: bool, key: set[str]
) -> None:
    role = iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = table()
    (made.grant_write if write else made.grant_read)(role)
    statements = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    by_resource = {str(each["Resource"]): each["Action"] for each in statements}
    of_table = by_resource.pop(str(stack.resolve(made.table_arn)))
    reads = ["s3tables:GetTable", "s3tables:GetTableData", "s3tables:GetTableMetadataLocation"]
    writes = ["s3tables:PutTableData", "s3tables:UpdateTableMetadataLocation"]
    assert of_table == (reads + writes if write else reads)
    of_bucket = by_resource.pop(str(stack.resolve(made.table_bucket.table_bucket_arn)))
    assert of_bucket == ["s3tables:GetNamespace", "s3tables:GetTableBucket"]
    (of_key,) = by_resource.values()
    assert key <= set([of_key] if isinstance(of_key, str) else of_key)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"namespace": "features"},
            "namespace='features' is not a namespace of the table bucket. "
            "Use shop, or add it to the namespaces of the TableBucket.",
        ),
        ({"columns": [Column("id", "smallint")]}, "of id has smallint, which Iceberg does not know. Use int."),
        ({"partitions": ["day(click_id)"]}, "cannot be made of click_id, which is a string. day takes date, timestamp"),
        (
            {"maintenance": S3TableMaintenance(target_file_mb=32)},
            "maintenance.target_file_mb=32 is not what a table is kept by. Use 64 to 512.",
        ),
        (
            {"maintenance": S3TableMaintenance(snapshot_days=0)},
            "maintenance.snapshot_days=0 is not what a table is kept by. Use 1 to ",
        ),
    ],
)
def test_what_s3_would_refuse_is_refused_with_the_fix(table: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        table(**options)
    assert message in str(error.value)


def test_days_have_to_be_known_to_be_counted_in_hours(table: Make) -> None:
    days = cdk.Token.as_number({"Ref": "Days"})
    with pytest.raises(ConfigurationError, match=r"is known at deployment only\. Write the number itself"):
        table(maintenance=S3TableMaintenance(snapshot_days=days))  # type: ignore[arg-type]
