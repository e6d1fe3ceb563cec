"""What IAM has to allow a principal whom Lake Formation lets in: to read the catalog, and to ask for credentials.

Nobody is let into a bucket: Lake Formation reads and writes with the role of the location, and hands out credentials
for what was granted.
https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jsii
from aws_cdk import IStableListProducer, Lazy
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.catalog.database import Database
from cdk_ml.data.catalog.lake_formation import ask_for_data
from cdk_ml.data.catalog.table import CatalogTable, catalog_arn, table_arn
from cdk_ml.workspace import Statement
from cdk_ml.workspace.permissions import managed_policy

READ = ("glue:BatchGetPartition", "glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable")
WRITE = ("glue:UpdateTable",)
WRITE_PARTITIONS = (
    *("glue:BatchCreatePartition", "glue:BatchDeletePartition", "glue:BatchUpdatePartition"),
    *("glue:CreatePartition", "glue:DeletePartition", "glue:UpdatePartition"),
)


class Access(Construct):
    """The policies of one principal of a lake: one for what it reads, one for what it writes, one for tags."""

    def __init__(self, scope: Construct, id: str, *, principal: iam.IRole) -> None:
        """
        :param principal: who gets the policies.
        """
        super().__init__(scope, id)
        self._principal = principal
        self._read, self._written, self._partitioned = _Arns(), _Arns(), _Arns()

    def read(self, table: CatalogTable) -> None:
        """Allow to read the table's entry, and to ask for its data."""
        self._read.add(*_arns(table))
        assert self._reading

    def write(self, table: CatalogTable, *, partitions: bool) -> None:
        """Allow to change the table's entry.

        :param partitions: the catalog has an entry for each partition.
        """
        self._written.add(*_arns(table))
        assert self._writing
        if partitions:
            self._partitioned.add(*_arns(table))
            assert self._writing_partitions

    def tagged(self, databases: Sequence[Database]) -> None:
        """Allow to read every table's entry, as far as tags let Lake Formation show it, and to ask for data."""
        assert self._reading_tagged(tuple(databases))

    @cached_property
    def _reading(self) -> iam.ManagedPolicy:
        return self._policy("Read", [ask_for_data()], {"Action": [*READ], "Resource": self._read.later()})

    @cached_property
    def _writing(self) -> iam.ManagedPolicy:
        return self._policy("Write", [], {"Action": [*WRITE], "Resource": self._written.later()})

    @cached_property
    def _writing_partitions(self) -> iam.ManagedPolicy:
        statement = {"Action": [*WRITE_PARTITIONS], "Resource": self._partitioned.later()}
        return self._policy("WritePartitions", [], statement)

    def _reading_tagged(self, databases: tuple[Database, ...]) -> iam.ManagedPolicy:
        found = self.node.try_find_child("Tagged")
        if isinstance(found, iam.ManagedPolicy):
            return found
        names = [database.database_name for database in databases]
        entries = Statement(
            actions=READ,
            resources=[
                catalog_arn(),
                *(database.database_arn for database in databases),
                *(table_arn(name, "*") for name in names),
            ],
            wildcard="Tags decide which tables Lake Formation shows, those that are made later included; the databases "
            "are named. https://docs.aws.amazon.com/lake-formation/latest/dg/tag-based-access-control.html",
        )
        return self._policy("Tagged", [ask_for_data(), entries])

    def _policy(self, id: str, statements: Sequence[Statement], *documents: dict[str, Any]) -> iam.ManagedPolicy:
        allowed = [{"Effect": "Allow", **document} for document in documents]
        return managed_policy(self, id, statements=statements, documents=allowed, roles=[self._principal])


def _arns(table: CatalogTable) -> tuple[str, str, str]:
    return catalog_arn(), table.database.database_arn, table.table_arn


@jsii.implements(IStableListProducer)
class _Arns:
    """ARNs of a policy that grows with each grant: a role takes ten policies, and has more tables."""

    def __init__(self) -> None:
        self._arns: list[str] = []

    def add(self, *arns: str) -> None:
        self._arns += [arn for arn in arns if arn not in self._arns]

    def later(self) -> list[str]:
        return Lazy.list(self)

    def produce(self) -> list[str]:
        return self._arns
