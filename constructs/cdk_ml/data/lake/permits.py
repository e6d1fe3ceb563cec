"""What a lake permits: for each grant Lake Formation's part, and IAM's.

A grant is made in the stack of whom it is for: that stack knows the lake's, and not the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct, IConstruct

from cdk_ml.data.catalog.external_table import ExternalTable
from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.lake.access import Access
from cdk_ml.data.lake.cells import make_filter
from cdk_ml.data.lake.grants import (
    Grants,
    Subject,
    cells_subject,
    database_subject,
    location_subject,
    table_subject,
    tags_subject,
)

if TYPE_CHECKING:
    from cdk_ml.data.lake.data_lake import DataLake
    from cdk_ml.data.lake.zones import Zone

READ_TABLE = ("SELECT",)
WRITE_TABLE = ("ALTER", "DELETE", "INSERT", "SELECT")

Grant = lakeformation.CfnPrincipalPermissions


class Permits:
    """The permissions of a lake's principals."""

    def __init__(self, lake: DataLake, grants: Grants) -> None:
        self._lake = lake
        self._grants = grants

    def read(self, principal: iam.IRole, table: CatalogTable) -> Grant:
        """All of a table."""
        self._see(principal, table)
        return self._give(principal, table_subject(table), READ_TABLE, self._lake.ready(table))

    def read_cells(
        self,
        principal: iam.IRole,
        table: CatalogTable,
        columns: Sequence[str] | None,
        excluded_columns: Sequence[str],
        rows: str | None,
    ) -> Grant:
        """Some columns and rows of a table."""
        cells = make_filter(self._scope(principal), table, columns, excluded_columns, rows)
        self._lake.in_turn(cells, *self._lake.ready(table))
        self._see(principal, table)
        return self._give(principal, cells_subject(table, cells.name), READ_TABLE, [cells])

    def write(self, principal: iam.IRole, table: CatalogTable, zone: Zone) -> Grant:
        """All of a table, and its entry in the catalog."""
        access = self._see(principal, table)
        access.write(table, partitions=isinstance(table, ExternalTable) and bool(table.partition_columns))
        # Lake Formation asks whoever alters a table whether it may point to where the files are.
        location = location_subject(zone.name, zone.bucket.bucket_arn)
        self._give(principal, location, ["DATA_LOCATION_ACCESS"], [zone.cfn_location])
        return self._give(principal, table_subject(table), WRITE_TABLE, self._lake.ready(table))

    def read_tagged(
        self, principal: iam.IRole, tags: Mapping[str, Sequence[str]], after: Sequence[IConstruct]
    ) -> Grant:
        """Whatever has the tags."""
        self._access(principal).tagged([zone.database for zone in self._lake.zones])
        self._give(principal, tags_subject("DATABASE", tags), ["DESCRIBE"], after)
        return self._give(principal, tags_subject("TABLE", tags), READ_TABLE, after)

    def share(
        self, scope: Construct, consumer: str, subject: Subject, permissions: Iterable[str], after: Iterable[IConstruct]
    ) -> Grant:
        """Something with another account, which may let its own principals in."""
        return self._grants.give(
            scope,
            "Share",
            subject,
            permissions,
            principal=consumer,
            after=after,
            passes_on=True,
        )

    def _see(self, principal: iam.IRole, table: CatalogTable) -> Access:
        """Let a principal see the database and, as far as Lake Formation shows it, the table's entry."""
        access = self._access(principal)
        access.read(table)
        self._give(principal, database_subject(table.database.database_name), ["DESCRIBE"], [table.database])
        return access

    def _give(
        self, principal: iam.IRole, subject: Subject, permissions: Iterable[str], after: Iterable[IConstruct]
    ) -> Grant:
        return self._grants.give(
            self._scope(principal),
            _name(principal),
            subject,
            permissions,
            principal=principal.role_arn,
            after=after,
        )

    def _access(self, principal: iam.IRole) -> Access:
        scope, id = self._scope(principal), f"{_name(principal)}-Access"
        found = scope.node.try_find_child(id)
        return found if isinstance(found, Access) else Access(scope, id, principal=principal)

    def _scope(self, principal: iam.IRole) -> Construct:
        stack = Stack.of(principal)
        if stack.node.addr == Stack.of(self._lake).node.addr:
            return self._lake
        id = f"{self._lake.node.id}-{self._lake.node.addr[-8:]}-Grants"
        found = stack.node.try_find_child(id)
        return found if isinstance(found, Construct) else Construct(stack, id)


def _name(principal: iam.IRole) -> str:
    """Within its stack, which is where the grant is."""
    return principal.node.path.removeprefix(f"{Stack.of(principal).node.path}/").replace("/", "-")
