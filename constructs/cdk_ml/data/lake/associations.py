"""What kind of data is where: tags on databases, tables and columns.

Each value is an association of its own. CloudFormation replaces an association for every change, and what a larger one
has in common with its successor would go with it.
https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct

from cdk_ml.data.catalog.database import Database
from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.lake.tags import LFTag, tag_problems
from cdk_ml.errors import Problem


class Associations:
    """The tags of a lake's data."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], str] = {}

    def problems(
        self,
        target: Database | CatalogTable,
        tags: Mapping[str, str],
        columns: Sequence[str],
        defined: Sequence[LFTag],
    ) -> Iterator[Problem]:
        """What is wrong with tags for a target."""
        yield from tag_problems("tags", {key: [value] for key, value in tags.items()}, defined)
        if columns and isinstance(target, Database):
            yield Problem("columns", [*columns], "are of a table, and not of a database", "Name the table")
        elif not isinstance(target, Database):
            known = [column.name for column in target.columns]
            for name in columns:
                if name not in known:
                    rule, fix = f"is not a column of {target.table_name}", f"Use some of {', '.join(known)}"
                    yield Problem("columns", name, rule, fix)
        for (key, value), column in ((pair, column) for pair in tags.items() for column in columns or ("",)):
            other = self._known.get((_path(target), column, key), value)
            if other != value:
                rule = f"is a second value of {key} for {column or 'this'}, after {other}"
                yield Problem("tags", value, rule, "Use one: a resource has at most one value of a key")

    def make(
        self, scope: Construct, target: Database | CatalogTable, tags: Mapping[str, str], columns: Sequence[str]
    ) -> Iterable[tuple[str, lakeformation.CfnTagAssociation]]:
        """The associations that are not there yet, by their keys."""
        for key, value in sorted(tags.items()):
            for column in columns or ("",):
                if (_path(target), column, key) in self._known:
                    continue
                self._known[(_path(target), column, key)] = value
                # No value in the id: another value is a change of this association, and not a second one.
                id = "-".join(part for part in (_path(target), column, key, "Tag") if part).replace("/", ".")
                yield (
                    key,
                    lakeformation.CfnTagAssociation(
                        scope,
                        id,
                        resource=_resource(target, column),
                        lf_tags=[{"catalogId": Aws.ACCOUNT_ID, "tagKey": key, "tagValues": [value]}],
                    ),
                )


def _path(target: Database | CatalogTable) -> str:
    return (
        target.database_name if isinstance(target, Database) else f"{target.database.database_name}.{target.table_name}"
    )


def _resource(target: Database | CatalogTable, column: str) -> dict[str, Any]:
    account = {"catalogId": Aws.ACCOUNT_ID}
    if isinstance(target, Database):
        return {"database": {**account, "name": target.database_name}}
    table = {**account, "databaseName": target.database.database_name, "name": target.table_name}
    return {"tableWithColumns": {**table, "columnNames": [column]}} if column else {"table": table}
