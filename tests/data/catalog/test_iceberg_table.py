"""An Iceberg table is described in the one way that survives updates, and is maintained by a role of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.assembly import read
from cdk_ml.data import CatalogTable, Column, Database, IcebergTable, Maintenance
from cdk_ml.data.catalog.iceberg_table import layout_problems
from cdk_ml.data.catalog.schema_file import document
from cdk_ml.errors import ConfigurationError
from cdk_ml.rehearsal import rehearse
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

Make = Callable[..., IcebergTable]
Synth = Callable[[], Template]
TABLE, OPTIMIZER = "AWS::Glue::Table", "AWS::Glue::TableOptimizer"
COLUMNS = [
    Column("purchase_id", "string"),
    Column("customer_id", "bigint", "As in the shop"),
    Column("amount", "decimal(10,2)"),
    Column("bought_at", "timestamptz"),
]


@pytest.fixture
def table(stack: cdk.Stack, workspace: Workspace, database: Database) -> Make:
    """Makes a table of defaults but for what the test says."""

    def make(**options: Any) -> IcebergTable:
        given = {"name": "purchases", "columns": COLUMNS, **options}
        return IcebergTable(stack, "Purchases", workspace=workspace, database=database, **given)

    return make


def test_it_is_made_by_icebergs_own_metadata_and_survives_updates(
    table: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    table(key=["purchase_id"], partitions=["day(bought_at)", "bucket(16, customer_id)"], description="What was bought")
    (found,) = resources(template(), TABLE).values()
    properties = found["Properties"]
    # With a TableInput beside it, Glue forgets at the first update that the table is Iceberg's.
    assert [*properties] == ["CatalogId", "DatabaseName", "Name", "OpenTableFormatInput"]
    assert (properties["DatabaseName"], properties["Name"]) == ("shop", "purchases")
    given = properties["OpenTableFormatInput"]["IcebergInput"]
    assert (given["MetadataOperation"], given["Version"]) == ("CREATE", "2")
    assert given["IcebergTableInput"] == {
        "Location": stack.resolve(f"s3://{workspace.data_bucket.bucket_name}/curated/shop/purchases"),
        "Schema": {
            "Type": "struct",
            "SchemaId": 0,
            "IdentifierFieldIds": [1],
            "Fields": [
                {"Id": 1, "Name": "purchase_id", "Type": "string", "Required": True},
                {"Id": 2, "Name": "customer_id", "Type": "long", "Required": False, "Doc": "As in the shop"},
                {"Id": 3, "Name": "amount", "Type": "decimal(10, 2)", "Required": False},
                {"Id": 4, "Name": "bought_at", "Type": "timestamptz", "Required": False},
            ],
        },
        "PartitionSpec": {
            "SpecId": 0,
            "Fields": [
                {"SourceId": 4, "Transform": "day", "Name": "bought_at_day", "FieldId": 1000},
                {"SourceId": 2, "Transform": "bucket[16]", "Name": "customer_id_bucket", "FieldId": 1001},
            ],
        },
        "Properties": {"write.format.default": "parquet", "comment": "What was bought"},
    }
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert len(found["DependsOn"]) == 1


def test_without_key_partitions_and_description_nothing_is_said_of_them(table: Make, template: Synth) -> None:
    table()
    given = only(template(), TABLE)["OpenTableFormatInput"]["IcebergInput"]["IcebergTableInput"]
    assert "PartitionSpec" not in given
    assert "IdentifierFieldIds" not in given["Schema"]
    assert given["Properties"] == {"write.format.default": "parquet"}


def test_it_says_of_itself_what_every_table_does(table: Make, stack: cdk.Stack, database: Database) -> None:
    made: CatalogTable = table(partitions=["day(bought_at)", "customer_id"])
    assert made.database is database
    assert (made.table_name, made.prefix) == ("purchases", "curated/shop/purchases")
    assert made.columns == tuple(COLUMNS)
    assert made.partition_columns == (COLUMNS[1], COLUMNS[3])
    assert made.location.endswith("/curated/shop/purchases")
    assert stack.resolve(made.table_arn)["Fn::Join"][1][-1] == ":table/shop/purchases"


def test_glue_compacts_it_and_lets_go_of_what_the_profile_does_not_keep(table: Make, template: Synth) -> None:
    made = table()
    assert made.maintenance_role is not None
    found = {
        each["Properties"]["Type"]: each["Properties"]["TableOptimizerConfiguration"]
        for each in resources(template(), OPTIMIZER).values()
    }
    assert {kind: {k: v for k, v in each.items() if k.endswith("Configuration")} for kind, each in found.items()} == {
        "compaction": {
            "CompactionConfiguration": {"IcebergConfiguration": {"Strategy": "binpack", "MinInputFiles": 100}}
        },
        "retention": {
            "RetentionConfiguration": {
                "IcebergConfiguration": {
                    "SnapshotRetentionPeriodInDays": 90,
                    "NumberOfSnapshotsToRetain": 1,
                    "CleanExpiredFiles": True,
                }
            }
        },
        "orphan_file_deletion": {
            "OrphanFileDeletionConfiguration": {"IcebergConfiguration": {"OrphanFileRetentionPeriodInDays": 3}}
        },
    }
    assert all(each["Enabled"] for each in found.values())


def test_its_role_touches_this_table_and_nothing_else(table: Make, stack: cdk.Stack, template: Synth) -> None:
    made = table(maintenance=Maintenance(snapshot_days=5))
    statements = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    by_action = {
        action: each
        for each in statements
        for action in (each["Action"] if isinstance(each["Action"], list) else [each["Action"]])
    }
    objects = stack.resolve(f"{made.bucket.bucket_arn}/curated/shop/purchases/*")
    assert by_action["s3:DeleteObject"]["Resource"] == objects
    assert by_action["s3:ListBucket"]["Condition"] == {
        "StringLike": {"s3:prefix": ["curated/shop/purchases", "curated/shop/purchases/*"]}
    }
    assert by_action["glue:UpdateTable"]["Resource"][-1] == stack.resolve(made.table_arn)
    assert not [action for action, each in by_action.items() if each["Resource"] == "*"]
    role = only(template(), "AWS::IAM::Role")
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "glue.amazonaws.com"}


def test_where_lake_formation_guards_its_files_its_role_does_not_go_around(
    stack: cdk.Stack, workspace: Workspace, guarded: Database, template: Synth
) -> None:
    IcebergTable(stack, "Purchases", workspace=workspace, database=guarded, name="purchases", columns=COLUMNS)
    allowed = json.dumps(only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"])
    assert "lakeformation:GetDataAccess" in allowed
    assert "s3:" not in allowed.replace(":s3:::", "")


def test_without_maintenance_there_is_no_role(table: Make, template: Synth) -> None:
    assert table(maintenance=None).maintenance_role is None
    template().resource_count_is(OPTIMIZER, 0)
    template().resource_count_is("AWS::IAM::Role", 0)


def test_numbers_of_fields_come_from_the_schema_file(table: Make, template: Synth, tmp_path: Path) -> None:
    known = document(COLUMNS[:2], [], [])
    known["fields"] |= {
        "amount": {"id": 9, "type": "decimal(10, 2)"},
        "bought_at": {"id": 4, "type": "timestamptz"},
    }
    known["last_id"] = 9
    file = tmp_path / "purchases.json"
    file.write_text(json.dumps(known))
    table(schema_file=file)
    fields = only(template(), TABLE)["OpenTableFormatInput"]["IcebergInput"]["IcebergTableInput"]["Schema"]["Fields"]
    assert {each["Name"]: each["Id"] for each in fields} == {
        "purchase_id": 1,
        "customer_id": 2,
        "amount": 9,
        "bought_at": 4,
    }


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (
            {"name": "Purchases", "columns": [Column("id", "tinyint")]},
            [
                "name='Purchases' has capitals, which Glue folds and Spark then misses. Write purchases.",
                "columns.type='tinyint' of id has tinyint, which Iceberg does not know. Use int.",
            ],
        ),
        (
            {"partitions": ["hour(customer_id)"], "key": ["amount", "sku"]},
            [
                "partitions='hour(customer_id)' cannot be made of customer_id, which is a long. "
                "hour takes timestamp, timestamptz.",
                "key='sku' is not a column of the table. Use one of purchase_id, customer_id, amount, bought_at.",
            ],
        ),
        (
            {"maintenance": Maintenance(min_input_files=1, snapshot_days=0, snapshots=0, orphan_days=0)},
            [
                "maintenance.min_input_files=1 is not what a table is kept by. Use 2 to 10000.",
                "maintenance.snapshot_days=0 is not what a table is kept by. Use 1 to 36500.",
                "maintenance.snapshots=0 is not what a table is kept by. Use 1 to 1000000.",
                "maintenance.orphan_days=0 is not what a table is kept by. Use 1 to 36500.",
            ],
        ),
    ],
)
def test_what_is_wrong_is_said_all_at_once(table: Make, options: dict[str, Any], messages: list[str]) -> None:
    with pytest.raises(ConfigurationError) as error:
        table(**options)
    assert [str(problem) for problem in error.value.problems] == messages


def test_a_change_that_would_lose_data_is_refused(table: Make, tmp_path: Path) -> None:
    file = tmp_path / "purchases.json"
    file.write_text(json.dumps(document(COLUMNS, [], [])))
    with pytest.raises(ConfigurationError, match="of amount was decimal"):
        table(schema_file=file, columns=[*COLUMNS[:2], Column("amount", "string"), COLUMNS[3]])


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (("amount",), "key='amount' is a double, of which Iceberg makes no key. Use a whole number, a decimal or a "),
        (("tags",), "key='tags' has parts, and a key has none. Use a column without parts."),
        (("id", "id"), "key='id' is there 2 times. Name it once."),
    ],
)
def test_a_key_is_of_columns_that_can_be_compared(key: tuple[str, ...], message: str) -> None:
    columns = [Column("id", "int"), Column("amount", "double"), Column("tags", "array<string>")]
    (problem,) = layout_problems(columns, (), key)
    assert str(problem).startswith(message)


def test_a_region_without_optimizers_says_what_to_do() -> None:
    stack = cdk.Stack(cdk.App(), "Churn", env=cdk.Environment(region="eu-west-3"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    database = Database(stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket)
    with pytest.raises(ConfigurationError, match=r"has no AWS::Glue::TableOptimizer.*Say maintenance=None"):
        IcebergTable(stack, "A", workspace=workspace, database=database, name="a", columns=COLUMNS)
    IcebergTable(stack, "B", workspace=workspace, database=database, name="b", columns=COLUMNS, maintenance=None)


def rehearsed(folder: Path, **change: Any) -> list[str]:
    """What happens to the table when its arguments change."""
    assemblies = []
    for number, options in enumerate(({}, change)):
        app = cdk.App(context=FLAGS, outdir=str(folder / str(number)))
        stack = cdk.Stack(app, "Churn")
        workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
        shop = Database(stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket)
        given = {"name": "purchases", "columns": COLUMNS, "maintenance": None, **options}
        IcebergTable(stack, "Purchases", workspace=workspace, database=shop, **given)
        app.synth()
        assemblies.append(read(folder / str(number)))
    (outcome,) = rehearse(assemblies[1], before=assemblies[0]).outcomes
    assert not [finding for finding in outcome.findings if finding.severity.value == "error"]
    return [event.action.value for event in outcome.events if event.type == TABLE]


def test_a_further_column_is_an_update_in_place(tmp_path: Path) -> None:
    assert rehearsed(tmp_path, columns=[*COLUMNS, Column("country", "string")]) == ["update"]


def test_another_name_is_another_table(tmp_path: Path) -> None:
    assert rehearsed(tmp_path, name="sales") == ["replace", "retain"]
