"""Lake Formation's grants, each about one principal and one resource, and given one after the other.

A grant is one resource of CloudFormation for a principal and what it is about, whatever is permitted: CloudFormation
knows a grant by these two, and revokes what a second one of them has given when the first one goes.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lakeformation-principalpermissions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct, IConstruct

from cdk_ml.data.catalog.lake_formation import take_turn
from cdk_ml.data.catalog.table import CatalogTable


@dataclass(frozen=True, slots=True)
class Subject:
    """What a grant is about.

    :param id: tells it from the others of a lake; a part of the grant's logical id.
    :param body: as CloudFormation writes it.
    """

    id: str
    body: dict[str, Any]


def database_subject(name: str) -> Subject:
    """A database."""
    return Subject(f"Database-{name}", {"database": {"catalogId": Aws.ACCOUNT_ID, "name": name}})


def table_subject(table: CatalogTable) -> Subject:
    """A table with all of its columns and rows."""
    database, name = table.database.database_name, table.table_name
    body = {"catalogId": Aws.ACCOUNT_ID, "databaseName": database, "name": name}
    return Subject(f"Table-{database}-{name}", {"table": body})


def cells_subject(table: CatalogTable, filter_name: str) -> Subject:
    """The columns and rows of a table that a filter lets through."""
    database, name = table.database.database_name, table.table_name
    body = {"tableCatalogId": Aws.ACCOUNT_ID, "databaseName": database, "tableName": name, "name": filter_name}
    return Subject(f"Cells-{database}-{name}-{filter_name}", {"dataCellsFilter": body})


def location_subject(zone: str, bucket_arn: str) -> Subject:
    """What tables may point to."""
    body = {"catalogId": Aws.ACCOUNT_ID, "resourceArn": bucket_arn}
    return Subject(f"Location-{zone}", {"dataLocation": body})


def tags_subject(kind: str, tags: Mapping[str, Iterable[str]]) -> Subject:
    """Whatever has one of the values of each key.

    :param kind: ``DATABASE`` or ``TABLE``.
    """
    expression = {key: sorted(values) for key, values in sorted(tags.items())}
    body = {
        "catalogId": Aws.ACCOUNT_ID,
        "resourceType": kind,
        "expression": [{"tagKey": key, "tagValues": values} for key, values in expression.items()],
    }
    words = "-".join(f"{key}={'|'.join(values)}" for key, values in expression.items())
    return Subject(f"Tags-{kind}-{words}".replace("/", "."), {"lfTagPolicy": body})


class Grants:
    """The grants of a lake."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str, str], lakeformation.CfnPrincipalPermissions] = {}

    def give(
        self,
        scope: Construct,
        grantee: str,
        subject: Subject,
        permissions: Iterable[str],
        *,
        principal: str,
        after: Iterable[IConstruct],
        passes_on: bool = False,
    ) -> lakeformation.CfnPrincipalPermissions:
        """Permit something, in addition to what the principal may do with the subject already.

        :param scope: that the grant is made in.
        :param grantee: tells the principal from others; a part of the grant's logical id.
        :param principal: as Lake Formation knows it: an ARN, or an account.
        :param after: what has to be there before.
        :param passes_on: the principal may permit the same to others.
        """
        wanted = sorted(permissions)
        key = (scope.node.path, grantee, subject.id)
        if key in self._given:
            grant = self._given[key]
            grant.permissions = sorted({*grant.permissions, *wanted})
            return grant
        grant = lakeformation.CfnPrincipalPermissions(
            scope,
            f"{grantee}-{subject.id}",
            principal={"dataLakePrincipalIdentifier": principal},
            resource=subject.body,
            permissions=wanted,
            permissions_with_grant_option=wanted if passes_on else [],
        )
        take_turn(grant, after)
        self._given[key] = grant
        return grant
