"""A lake: zones on S3, and Lake Formation, which decides who sees which tables, columns and rows.

https://docs.aws.amazon.com/lake-formation/latest/dg/what-is-lake-formation.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from aws_cdk import CfnResource
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct, IConstruct

from cdk_ml.data.catalog.columns import name_problems
from cdk_ml.data.catalog.database import Database
from cdk_ml.data.catalog.lake_formation import take_turn
from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.lake.associations import Associations
from cdk_ml.data.lake.cells import cells_problems
from cdk_ml.data.lake.grants import Grants
from cdk_ml.data.lake.permits import Grant, Permits
from cdk_ml.data.lake.settings import DataLakeSettings
from cdk_ml.data.lake.tags import LFTag, defined_problems, tag_problems
from cdk_ml.data.lake.zones import Zone, make_zone
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import outside
from cdk_ml.workspace import Workspace

_LONGEST_NAME = 200
_MOST_DAYS = 36_500


class DataLake(Construct):
    """Three zones under Lake Formation: ``raw`` as files arrive, ``curated`` and ``features`` as Iceberg tables.

    Creates a bucket for each zone, under the workspace's key, with old versions and access logs as the workspace keeps
    them, whose files go to Intelligent-Tiering; a database for each; a role with which Lake Formation, and nobody else,
    reads and writes the bucket; and the tags. The raw bucket tells EventBridge what arrives.

    Nobody sees anything until it is granted: :meth:`grant_read`, :meth:`grant_write` and :meth:`grant_tagged` are the
    one way in. Each gives Lake Formation's grant, and what IAM asks for besides; nobody gets into a bucket or at the
    key. Columns and rows are granted by filters, which Athena, Redshift, EMR and Glue 5 know.

    Lake Formation has to be set up in the account, by ``settings`` or by a :class:`~cdk_ml.data.DataLakeSettings` of
    another stack: otherwise the deploying role may not define tags, and whoever IAM lets into the catalog sees the
    databases.

    Buckets and databases stay when the stack goes, unless the workspace deletes data; grants, filters and tags go.

    Idle cost: storage by the GB, and Intelligent-Tiering's monitoring by the object.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_iam as iam
    >>> from cdk_ml.data import Column, DataLake, DataLakeSettings, IcebergTable, LFTag
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> lake = DataLake(
    ...     stack,
    ...     "Lake",
    ...     workspace=workspace,
    ...     settings=DataLakeSettings(stack, "Settings", workspace=workspace),
    ...     tags=[LFTag("sensitivity", ("internal", "personal"))],
    ... )
    >>> customers = IcebergTable(
    ...     stack,
    ...     "Customers",
    ...     workspace=workspace,
    ...     database=lake.curated.database,
    ...     name="customers",
    ...     columns=[Column("customer_id", "string"), Column("email", "string"), Column("country", "string")],
    ... )
    >>> lake.tag(customers, {"sensitivity": "internal"})
    >>> lake.tag(customers, {"sensitivity": "personal"}, columns=["email"])
    >>> analyst = iam.Role(stack, "Analyst", assumed_by=iam.AccountRootPrincipal())
    >>> grant = lake.grant_read(analyst, customers, columns=["customer_id", "country"], rows="country = 'CH'")
    >>> writer = iam.Role(stack, "Writer", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
    >>> grant = lake.grant_write(writer, customers)
    >>> scientist = iam.Role(stack, "Scientist", assumed_by=iam.AccountRootPrincipal())
    >>> grant = lake.grant_tagged(scientist, {"sensitivity": ["internal"]})

    See https://docs.aws.amazon.com/lake-formation/latest/dg/lake-formation-permissions.html

    :ivar workspace: that it is in.
    :ivar raw: what arrives, as it arrives.
    :ivar curated: what is checked and cleaned.
    :ivar features: what models are trained on.
    :ivar tags: what data can be known by.
    :ivar permits: what the grants are made with.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        settings: DataLakeSettings | None = None,
        tags: Sequence[LFTag] = (),
        name: str | None = None,
        tiering_days: int | None = 30,
    ) -> None:
        """
        :param workspace: key, log bucket, tags and profile.
        :param settings: the account's settings, where this app makes them; everything of the lake comes after them.
        :param tags: what data can be known by.
        :param name: of the databases, before ``_raw``, ``_curated`` and ``_features``; made of the path when not given.
        :param tiering_days: age at which files go to Intelligent-Tiering; ``None`` keeps them in S3 Standard.
        :raises cdk_ml.errors.ConfigurationError: a name that Athena does not read, or tags with the same key.
        """
        super().__init__(scope, id)
        prefix = _name(self) if name is None else name
        reject(
            self,
            [
                *name_problems("name", prefix),
                *defined_problems(tags),
                *_tiering_problems(tiering_days),
            ],
        )
        workspace.adopt(self)
        self.workspace = workspace
        self.tags = tuple(tags)
        self.permits = Permits(self, Grants())
        self._associations = Associations()
        self._granted: set[str] = set()
        self.raw, self.curated, self.features = (
            make_zone(
                self,
                zone,
                workspace=workspace,
                database_name=f"{prefix}_{zone.lower()}",
                tiering_days=tiering_days,
                arrives=zone == "Raw",
            )
            for zone in ("Raw", "Curated", "Features")
        )
        self._cfn_tags = {tag.key: self._tag(tag) for tag in tags if not tag.exists}
        if settings is not None:
            self._come_after(settings)

    @property
    def zones(self) -> tuple[Zone, Zone, Zone]:
        """All of them, in the order in which data goes through."""
        return self.raw, self.curated, self.features

    def grant_read(
        self,
        principal: iam.IRole,
        table: CatalogTable,
        *,
        columns: Sequence[str] | None = None,
        excluded_columns: Sequence[str] = (),
        rows: str | None = None,
    ) -> Grant:
        """Let ``principal`` read a table, or some of its columns and rows.

        Grants add up: of two with different rows, each shows its columns in its rows.

        :param columns: those that it sees; all of them when not given.
        :param excluded_columns: those that it does not see, instead; it sees what the table gets later.
        :param rows: condition on the rows that it sees, such as ``country = 'CH'``.
        :return: the grant, for what has to wait for it.
        :raises cdk_ml.errors.ConfigurationError: a table of no zone, columns that it lacks, or a condition that is not
            in Lake Formation's language.
        """
        reject(self, [*self.table_problems(table), *cells_problems(table, columns, excluded_columns, rows)])
        if columns is None and not excluded_columns and rows is None:
            return self.permits.read(principal, table)
        return self.permits.read_cells(principal, table, columns, excluded_columns, rows)

    def grant_write(self, principal: iam.IRole, table: CatalogTable) -> Grant:
        """Let ``principal`` read and write a table, and change its entry, which says where its newest state is.

        :return: the grant, for what has to wait for it.
        :raises cdk_ml.errors.ConfigurationError: a table of no zone.
        """
        reject(self, self.table_problems(table))
        (zone,) = self._zones_of(table.database)
        return self.permits.write(principal, table, zone)

    def grant_tagged(self, principal: iam.IRole, tags: Mapping[str, Sequence[str]]) -> Grant:
        """Let ``principal`` read whatever has one of the values of each key, now and later.

        Of a table whose columns have values of their own, it sees the columns that match.

        :param tags: values by key.
        :return: the grant, for what has to wait for it.
        :raises cdk_ml.errors.ConfigurationError: a tag that is not defined.
        """
        reject(self, tag_problems("tags", tags, self.tags))
        self._granted |= {*tags}
        return self.permits.read_tagged(principal, tags, self.defined(tags))

    def tag(self, target: Database | CatalogTable, tags: Mapping[str, str], *, columns: Sequence[str] = ()) -> None:
        """Say what kind of data a database, a table or some columns are.

        A table has its database's values and a column its table's, but for those with their own. Tag before you grant
        by tags: until a column has its own value, who may see its table's sees it. While CloudFormation changes a value
        it is away for a moment, and the table's holds.

        :param target: a database or a table of the lake.
        :param tags: one value for each key.
        :param columns: those of the table that are meant; all of it when not given.
        :raises cdk_ml.errors.ConfigurationError: a tag that is not defined or that was granted before, a target of no
            zone or that has another value, or columns that the table lacks.
        """
        database = target if isinstance(target, Database) else target.database
        found = [*self._database_problems(database), *self._associations.problems(target, tags, columns, self.tags)]
        found += [
            Problem("tags", key, "was granted before", "Call tag() before grant_tagged(): who has a tag sees at once")
            for key in tags
            if key in self._granted
        ]
        reject(self, found)
        after = [database] if isinstance(target, Database) else self.ready(target)
        for key, association in self._associations.make(self, target, tags, columns):
            self.in_turn(association, *after, *self.defined([key]))

    def table_problems(self, table: CatalogTable) -> Iterator[Problem]:
        """Why Lake Formation could not guard ``table``."""
        yield from self._database_problems(table.database)

    def ready(self, table: CatalogTable) -> list[IConstruct]:
        """What has to be there before anything is permitted on ``table``."""
        # The entry, and not its maintenance: whose role is granted something, too.
        entry = getattr(table, "cfn_table", table)
        assert isinstance(entry, Construct)
        return [entry, *(zone.cfn_location for zone in self._zones_of(table.database))]

    def defined(self, keys: Iterable[str]) -> list[IConstruct]:
        """What has to be there before anything is permitted by tags: those that the lake makes, and its databases."""
        made = [self._cfn_tags[key] for key in keys if key in self._cfn_tags]
        return [*made, *(zone.database for zone in self.zones)]

    def in_turn(self, resource: CfnResource, *after: IConstruct) -> None:
        """Let ``resource`` come after ``after``, and after what changed permissions before it in its stack."""
        take_turn(resource, after)

    def _come_after(self, settings: DataLakeSettings) -> None:
        # A database that is made before them is open to everybody whom IAM lets in, and tags need an administrator.
        guarded: list[IConstruct] = [*self._cfn_tags.values()]
        for zone in self.zones:
            guarded += [zone.database, zone.cfn_location]
        for each in guarded:
            each.node.add_dependency(settings)

    def _tag(self, tag: LFTag) -> lakeformation.CfnTag:
        id = f"Tag-{tag.key}".replace("/", ".")
        return lakeformation.CfnTag(self, id, tag_key=tag.key, tag_values=[*tag.values])

    def _zones_of(self, database: Database) -> list[Zone]:
        return [zone for zone in self.zones if zone.database.node.path == database.node.path]

    def _database_problems(self, database: Database) -> Iterator[Problem]:
        if not self._zones_of(database):
            rule = "is in no zone of the lake, and Lake Formation does not guard its files"
            fix = f"Use the database of lake.{', lake.'.join(zone.name for zone in self.zones)}"
            yield Problem("database", database.database_name, rule, fix)


def _name(lake: Construct) -> str:
    return re.sub(r"[^a-z0-9]+", "_", lake.node.path.lower()).lstrip("_0123456789")[:_LONGEST_NAME]


def _tiering_problems(days: int | None) -> Iterator[Problem]:
    if days is not None and outside(days, 0, _MOST_DAYS):
        yield Problem("tiering_days", days, "is not an age of files", f"Use 0 to {_MOST_DAYS}, or None")
