"""An external table reads files with the classes that its format has, and nothing that they would misread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_glue as glue
from aws_cdk.assertions import Template

from cdk_ml.data import CatalogTable, Column, Database, ExternalTable, FileFormat
from cdk_ml.data.catalog.external_table import folder_problems
from cdk_ml.data.catalog.file_formats import READERS, format_problems
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., ExternalTable]
Synth = Callable[[], Template]
TABLE = "AWS::Glue::Table"
COLUMNS = [Column("day", "string"), Column("order_id", "string"), Column("amount", "double", "In francs")]


@pytest.fixture
def table(stack: cdk.Stack, workspace: Workspace, database: Database) -> Make:
    """Makes a table of defaults but for what the test says."""

    def make(**options: Any) -> ExternalTable:
        given = {"name": "orders", "columns": COLUMNS, **options}
        return ExternalTable(stack, "Orders", workspace=workspace, database=database, **given)

    return make


def test_it_is_over_parquet_files_in_a_folder_of_its_own(
    table: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    table(description="Orders as they arrive")
    (found,) = resources(template(), TABLE).values()
    given = found["Properties"]["TableInput"]
    assert given["Name"] == "orders"
    assert given["Description"] == "Orders as they arrive"
    assert given["TableType"] == "EXTERNAL_TABLE"
    assert given["Parameters"] == {"EXTERNAL": "TRUE", "classification": "parquet"}
    assert given["StorageDescriptor"]["Location"] == stack.resolve(
        f"s3://{workspace.data_bucket.bucket_name}/curated/shop/orders/"
    )
    assert given["StorageDescriptor"]["Columns"][-1] == {"Name": "amount", "Type": "double", "Comment": "In francs"}
    assert given["PartitionKeys"] == []
    assert (found["DeletionPolicy"], len(found["DependsOn"])) == ("RetainExceptOnCreate", 1)


def test_columns_of_folders_are_keys_and_come_last(table: Make, template: Synth) -> None:
    made: CatalogTable = table(partitions=["day"])
    given = only(template(), TABLE)["TableInput"]
    assert given["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
    assert [column["Name"] for column in given["StorageDescriptor"]["Columns"]] == ["order_id", "amount"]
    assert made.columns == (*COLUMNS[1:], COLUMNS[0])
    assert made.partition_columns == (COLUMNS[0],)


def test_csv_skips_the_names_of_its_columns(table: Make, template: Synth) -> None:
    table(format=FileFormat.CSV, header_lines=2)
    given = only(template(), TABLE)["TableInput"]
    assert given["Parameters"] == {"EXTERNAL": "TRUE", "classification": "csv", "skip.header.line.count": "2"}
    assert given["StorageDescriptor"]["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"},
    }


@pytest.mark.parametrize(
    ("format", "known"),
    [
        (FileFormat.PARQUET, glue.DataFormat.PARQUET),
        (FileFormat.ORC, glue.DataFormat.ORC),
        (FileFormat.CSV, glue.DataFormat.CSV),
    ],
)
def test_classes_are_those_that_the_cdk_knows(format: FileFormat, known: glue.DataFormat) -> None:
    reader = READERS[format]
    assert reader.input == known.input_format.class_name
    assert reader.output == known.output_format.class_name
    assert reader.library == known.serialization_library.class_name


def test_every_format_has_a_reader_of_its_own() -> None:
    assert set(READERS) == set(FileFormat)
    assert READERS[FileFormat.JSON].library == glue.SerializationLibrary.OPENX_JSON.class_name
    assert READERS[FileFormat.TSV].options["separatorChar"] == "\t"


@pytest.mark.parametrize("type_", ["date", "timestamp", "decimal(10,2)", "array<string>", "float"])
def test_what_csv_would_misread_is_refused(type_: str) -> None:
    columns = [Column("a", "string"), Column("b", type_)]
    (problem,) = format_problems(FileFormat.CSV, columns, ())
    assert str(problem) == (
        f"columns.type={type_!r} of b is not what Athena reads from CSV. "
        "Use string, boolean, int, long, double, and convert a string in a view or in a job."
    )
    assert [*format_problems(FileFormat.PARQUET, columns, ())] == []
    # The value is in the name of a folder, and not in the file.
    assert [*format_problems(FileFormat.CSV, columns, ("b",))] == []


@pytest.mark.parametrize(
    ("partitions", "message"),
    [
        (("year",), "partitions='year' is not a column of the table. Use one of day, tags."),
        (("tags",), "partitions='tags' is a array<string>, which cannot be in the name of a folder. Use a column "),
        (("day", "day"), "partitions='day' is there 2 times. Name it once."),
    ],
)
def test_folders_are_named_after_columns_without_parts(partitions: tuple[str, ...], message: str) -> None:
    (problem,) = folder_problems([Column("day", "date"), Column("tags", "array<string>")], partitions)
    assert str(problem).startswith(message)


def test_something_has_to_be_in_the_files() -> None:
    (problem,) = folder_problems([Column("day", "date")], ("day",))
    assert "leave no column in the files" in str(problem)


def test_what_is_wrong_is_said_all_at_once(table: Make) -> None:
    columns = [Column("id", "uuid"), Column("seen_at", "timestamp")]
    with pytest.raises(ConfigurationError) as error:
        table(columns=columns, format=FileFormat.CSV, partitions=["day"], header_lines=-1)
    assert [str(problem).split(". ")[0] for problem in error.value.problems] == [
        "columns.type='uuid' of id has uuid, which Hive's format does not know",
        "partitions='day' is not a column of the table",
        "columns.type='uuid' of id is not what Athena reads from CSV",
        "columns.type='timestamp' of seen_at is not what Athena reads from CSV",
        "header_lines=-1 is not how a file begins",
    ]
