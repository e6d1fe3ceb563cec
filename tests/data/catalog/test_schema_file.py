"""A table's fields keep their numbers, and what no file could be read by is found before it is deployed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.data.catalog.columns import Column
from cdk_ml.data.catalog.fields import fresh_ids, schema_fields
from cdk_ml.data.catalog.schema_file import document, file_ids, file_problems

ID, AMOUNT, SKUS = Column("id", "int"), Column("amount", "decimal(10,2)"), Column("skus", "array<struct<sku:string>>")
COLUMNS = (ID, AMOUNT, SKUS)
DEPLOYED = {
    "last_id": 5,
    "fields": {
        "id": {"id": 1, "type": "int"},
        "amount": {"id": 2, "type": "decimal(10, 2)"},
        "skus": {"id": 3, "type": "list"},
        "skus.element": {"id": 4, "type": "struct"},
        "skus.element.sku": {"id": 5, "type": "string"},
    },
    "partitions": ["bucket(4, id)"],
    "key": ["id"],
}


def problems(folder: Path, published: object, columns: Sequence[Column] = COLUMNS, **options: Any) -> list[str]:
    file = folder / "orders.json"
    file.write_text(published if isinstance(published, str) else json.dumps(published))
    found = file_problems(columns, options.get("partitions", ["bucket(4, id)"]), options.get("key", ["id"]), file)
    return [str(problem).replace(str(file), "orders.json") for problem in found]


def test_a_new_tables_fields_are_numbered_as_iceberg_numbers_them() -> None:
    # Iceberg's own numbers, of the same schema written by Spark: a level at once, then what is in it.
    assert fresh_ids([ID, Column("tags", "map<string,array<int>>"), Column("at", "date")]) == {
        "id": 1,
        "tags": 2,
        "at": 3,
        "tags.key": 4,
        "tags.value": 5,
        "tags.value.element": 6,
    }
    assert document(COLUMNS, ["bucket(4, id)"], ["id"]) == DEPLOYED


def test_types_with_parts_are_icebergs_json_in_a_text() -> None:
    ids = fresh_ids(COLUMNS)
    plain, decimal, nested = schema_fields([*COLUMNS[:2], Column("skus", SKUS.type, "What was bought")], ids, ["id"])
    assert plain == {"id": 1, "name": "id", "type": "int", "required": True}
    assert decimal["type"] == "decimal(10, 2)"
    assert nested["doc"] == "What was bought"
    assert json.loads(nested["type"]) == {
        "type": "list",
        "element-id": 4,
        "element": {"type": "struct", "fields": [{"id": 5, "name": "sku", "required": False, "type": "string"}]},
        "element-required": False,
    }


def test_what_was_deployed_passes_and_numbers_are_read_from_the_file(tmp_path: Path) -> None:
    assert problems(tmp_path, DEPLOYED) == []
    assert file_ids(tmp_path / "orders.json")["skus.element.sku"] == 5


def test_columns_may_change_places(tmp_path: Path) -> None:
    assert problems(tmp_path, DEPLOYED, (SKUS, ID, AMOUNT)) == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            (*COLUMNS, Column("tags", "map<string,int>")),
            "schema_file='orders.json' does not know tags, tags.key, tags.value. Add "
            '{"tags": {"id": 6, "type": "map"}, "tags.key": {"id": 7, "type": "string"}, '
            '"tags.value": {"id": 8, "type": "int"}} to its fields, and set last_id to 8.',
        ),
        (
            (ID, SKUS),
            "columns='amount' is in orders.json and no longer here: queries that name it fail, and its values are no "
            "longer read. Bring it back, or take it out of fields and leave last_id: its number is not used again.",
        ),
        (
            (Column("id", "bigint"), AMOUNT, SKUS),
            "columns.type='long' of id was int, which Iceberg reads as long. "
            "Write long in orders.json as well; it cannot be taken back.",
        ),
        (
            (ID, Column("amount", "decimal(12,2)"), SKUS),
            "columns.type='decimal(12, 2)' of amount was decimal(10, 2), which Iceberg reads as decimal(12, 2). "
            "Write decimal(12, 2) in orders.json as well; it cannot be taken back.",
        ),
        (
            (ID, Column("amount", "decimal(12,3)"), SKUS),
            "columns.type='decimal(12, 3)' of amount was decimal(10, 2), and files cannot be read as decimal(12, 3). "
            "Bring it back, or add another column and fill it with a job.",
        ),
        (
            (Column("id", "string"), AMOUNT, SKUS),
            "columns.type='string' of id was int, and files cannot be read as string. "
            "Bring it back, or add another column and fill it with a job.",
        ),
    ],
)
def test_a_change_of_columns_says_what_it_takes(tmp_path: Path, columns: tuple[Column, ...], message: str) -> None:
    assert problems(tmp_path, DEPLOYED, columns) == [message]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"partitions": []},
            "partitions=() do not begin with ['bucket(4, id)'] as in orders.json: Iceberg numbers them ",
        ),
        ({"partitions": ["bucket(4, id)", "amount"]}, "does not know the partitions ['amount']. Add them to its "),
        (
            {"key": ["id", "amount"]},
            "key=('id', 'amount') is ['id'] in orders.json: rows may lack what was not in the ",
        ),
    ],
)
def test_a_change_of_partitions_or_key_says_what_it_takes(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    (found,) = problems(tmp_path, DEPLOYED, **options)
    assert message in found


def test_a_number_that_was_taken_is_never_given_again(tmp_path: Path) -> None:
    left = {**DEPLOYED, "fields": {path: entry for path, entry in DEPLOYED["fields"].items() if path != "amount"}}  # type: ignore[attr-defined]
    (found,) = problems(tmp_path, left, (ID, SKUS, Column("note", "string")))
    assert 'Add {"note": {"id": 6, "type": "string"}} to its fields, and set last_id to 6.' in found


@pytest.mark.parametrize(
    ("published", "message"),
    [
        ("{", "schema_file='orders.json' is no JSON. Write {\"last_id\": 5, "),
        ([], "schema_file='orders.json' is no schema of a table. Write {"),
        ({"last_id": 5, "fields": {"id": 1}}, "schema_file='orders.json' is no schema of a table. Write {"),
        ({**DEPLOYED, "last_id": 4}, "schema_file='orders.json' says last_id 4 and has 5. Set last_id to 5."),
    ],
)
def test_a_file_that_says_nothing_is_refused_with_what_to_write(
    tmp_path: Path, published: object, message: str
) -> None:
    assert problems(tmp_path, published)[0].startswith(message)


def test_a_number_that_two_fields_have_is_found(tmp_path: Path) -> None:
    twice = {**DEPLOYED, "fields": {**DEPLOYED["fields"], "amount": {"id": 1, "type": "decimal(10, 2)"}}}  # type: ignore[dict-item]
    assert problems(tmp_path, twice)[0].startswith(
        "schema_file='orders.json' gives the number 1 to 2 fields. Bring back"
    )


def test_a_file_that_is_not_there_says_what_to_write(tmp_path: Path) -> None:
    (problem,) = file_problems(COLUMNS, ["bucket(4, id)"], ["id"], tmp_path / "none.json")
    assert str(problem).endswith(f"cannot be read. Write it before the first deployment: {json.dumps(DEPLOYED)}.")
