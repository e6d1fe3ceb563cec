"""What a principal may see of a lake, computed from a template as Lake Formation and IAM decide it.

Access takes both: a policy that lets the principal read the table's entry and ask for data, and a grant. Grants add up.
A grant by tags is for each column whose values match, of its own, its table's or its database's, whichever is nearest.
https://docs.aws.amazon.com/lake-formation/latest/dg/how-it-works.html
https://docs.aws.amazon.com/lake-formation/latest/dg/tag-based-access-control.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Template = Mapping[str, Any]
LAKE = "AWS::LakeFormation::"
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"


@dataclass(frozen=True, slots=True)
class View:
    """Columns of a table, in its order, and the condition on the rows in which they are seen."""

    columns: tuple[str, ...]
    rows: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table in the catalog."""

    database: str
    name: str
    columns: tuple[str, ...]
    bucket: str


def visible(template: Template, principal: str) -> dict[tuple[str, str], set[View]]:
    """What the role with the logical id ``principal`` sees: views by database and table."""
    seen: dict[tuple[str, str], set[View]] = {}
    for table in tables(template):
        views = set(_views(template, principal, table)) if _may_ask(template, principal, table) else set()
        if views and table.bucket in _guarded(template):
            seen[table.database, table.name] = views
    return seen


def open_to_everybody(template: Template) -> bool:
    """Whether new databases, or new tables of a database, are open to everybody whom IAM lets in."""
    settings = [body["Properties"] for body in of_type(template, f"{LAKE}DataLakeSettings")]
    inputs = [body["Properties"]["DatabaseInput"] for body in of_type(template, "AWS::Glue::Database")]
    defaults = [one.get("CreateDatabaseDefaultPermissions") for one in settings]
    defaults += [one.get("CreateTableDefaultPermissions") for one in (*settings, *inputs)]
    return not settings or any(default != [] for default in defaults)


def of_type(template: Template, type_: str) -> Iterator[dict[str, Any]]:
    """Resources of a type."""
    return (body for body in template["Resources"].values() if body["Type"] == type_)


def tables(template: Template) -> Iterator[Table]:
    """The tables of the catalog."""
    for body in of_type(template, "AWS::Glue::Table"):
        made = body["Properties"]
        iceberg = made["OpenTableFormatInput"]["IcebergInput"]["IcebergTableInput"]
        columns = tuple(field["Name"] for field in iceberg["Schema"]["Fields"])
        yield Table(made["DatabaseName"], made["Name"], columns, _bucket(iceberg["Location"]))


def _bucket(location: Any) -> str:
    """The logical id in ``{"Fn::Join": ["", ["s3://", {"Ref": id}, "/customers"]]}``."""
    (found,) = (part["Ref"] for part in location["Fn::Join"][1] if isinstance(part, dict))
    return str(found)


def _guarded(template: Template) -> set[str]:
    """Logical ids of the buckets that Lake Formation guards, and nobody gets around."""
    registered = (body["Properties"] for body in of_type(template, f"{LAKE}Resource"))
    return {one["ResourceArn"]["Fn::GetAtt"][0] for one in registered if not one.get("HybridAccessEnabled")}


def _views(template: Template, principal: str, table: Table) -> Iterator[View]:
    for body in of_type(template, f"{LAKE}PrincipalPermissions"):
        grant = body["Properties"]
        identity = grant["Principal"]["DataLakePrincipalIdentifier"]
        if identity in (EVERYBODY, {"Fn::GetAtt": [principal, "Arn"]}) and {*grant["Permissions"]} & {"SELECT", "ALL"}:
            yield from _granted(template, grant["Resource"], table)


def _granted(template: Template, resource: Mapping[str, Any], table: Table) -> Iterator[View]:
    (kind, what), *_ = resource.items()
    if kind == "LFTagPolicy":
        columns = tuple(column for column in table.columns if _tagged(template, what["Expression"], table, column))
        if what["ResourceType"] == "TABLE" and columns:
            yield View(columns)
    elif what.get("DatabaseName") != table.database:
        return
    elif kind == "Table" and (what.get("Name") == table.name or "TableWildcard" in what):
        yield View(table.columns)
    elif kind == "TableWithColumns" and what["Name"] == table.name:
        yield View(_chosen(what, table))
    elif kind == "DataCellsFilter" and what["TableName"] == table.name:
        for body in of_type(template, f"{LAKE}DataCellsFilter"):
            cells = body["Properties"]
            if all(cells[key] == what[key] for key in ("DatabaseName", "TableName", "Name")):
                yield View(_chosen(cells, table), cells["RowFilter"].get("FilterExpression"))


def _chosen(what: Mapping[str, Any], table: Table) -> tuple[str, ...]:
    excluded = what.get("ColumnWildcard", {}).get("ExcludedColumnNames", ())
    named = what.get("ColumnNames", table.columns)
    return tuple(column for column in table.columns if column in named and column not in excluded)


def _tagged(template: Template, expression: list[dict[str, Any]], table: Table, column: str) -> bool:
    values = {}
    for level in ("Database", "Table", "TableWithColumns"):
        for body in of_type(template, f"{LAKE}TagAssociation"):
            made = body["Properties"]
            if level in made["Resource"] and _is_of(made["Resource"][level], level, table, column):
                values |= {pair["TagKey"]: pair["TagValues"][0] for pair in made["LFTags"]}
    return all(values.get(one["TagKey"]) in one["TagValues"] for one in expression)


def _is_of(what: Mapping[str, Any], level: str, table: Table, column: str) -> bool:
    if level == "Database":
        return bool(what["Name"] == table.database)
    same = (what["DatabaseName"], what["Name"]) == (table.database, table.name)
    return same and (level == "Table" or column in what["ColumnNames"])


def _may_ask(template: Template, principal: str, table: Table) -> bool:
    """Whether IAM lets a role read the table's entry, and ask Lake Formation for data."""
    entries = ("catalog", f"database/{table.database}", f"table/{table.database}/{table.name}")
    needed = [("glue:GetTable", f"arn:aws:glue:us-east-1:111111111111:{entry}") for entry in entries]
    allowed = [
        (action, _arn(resource))
        for body in of_type(template, "AWS::IAM::ManagedPolicy")
        if {"Ref": principal} in body["Properties"].get("Roles", ())
        for statement in body["Properties"]["PolicyDocument"]["Statement"]
        for action in _list(statement["Action"])
        for resource in _list(statement["Resource"])
    ]
    return all(
        any(action == wanted and fnmatchcase(arn, resource) for action, resource in allowed)
        for wanted, arn in (*needed, ("lakeformation:GetDataAccess", "*"))
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _arn(value: Any) -> str:
    known = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111111111111"}
    if isinstance(value, str):
        return value
    if "Fn::Join" not in value:
        # Of another resource of the stack, such as its key: no entry of the catalog.
        return str(value)
    return "".join(part if isinstance(part, str) else known[part["Ref"]] for part in value["Fn::Join"][1])
