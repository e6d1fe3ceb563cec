"""A crawler: looks at files in S3 and writes down in the catalog what tables they are.

https://docs.aws.amazon.com/glue/latest/dg/add-crawler.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lakeformation as lakeformation
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from cdk_ml.data.catalog.crawler_options import (
    MissingFiles,
    Recrawl,
    SchemaChange,
    folder_of,
    pattern_problems,
    recrawl_problems,
    registration_problems,
    schedule_problems,
    table_prefix_problems,
    target_problems,
)
from cdk_ml.data.catalog.crawler_role import crawler_statements
from cdk_ml.data.catalog.database import Database
from cdk_ml.data.catalog.lake_formation import take_turn
from cdk_ml.data.glue.security_configuration import security_configuration as shared_configuration
from cdk_ml.errors import reject
from cdk_ml.workspace import Workspace


class Crawler(Construct):
    """A crawler over folders of a database, which makes the tables that it finds in that database.

    Creates the crawler and its role. Its logs are encrypted under the workspace's key, by the security configuration
    that it shares with jobs of Glue. Where Lake Formation guards the location, the crawler reads with Lake Formation's
    credentials and not with permissions on the bucket; the role is granted the location, and may make tables in the
    database.

    A crawler guesses columns and types from files. For files that you write yourself, name the columns: with
    :class:`~cdk_ml.data.ExternalTable` or :class:`~cdk_ml.data.IcebergTable` a wrong file is found, and not followed.

    Idle cost: nothing; a run is billed by the time that it takes.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Crawler, Database
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> landing = Database(
    ...     stack, "Landing", workspace=workspace, name="landing", bucket=workspace.data_bucket, prefix="raw/partners"
    ... )
    >>> crawler = Crawler(
    ...     stack,
    ...     "Partners",
    ...     workspace=workspace,
    ...     database=landing,
    ...     targets=["acme", "globex"],
    ...     exclusions=["**/_temporary/**"],
    ...     schedule="cron(0 4 * * ? *)",
    ...     lake_formation=False,
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html

    :ivar role: what it crawls with.
    :ivar crawler_name: its name.
    :ivar cfn_crawler: the crawler.
    :ivar cfn_grants: what Lake Formation grants its role.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        database: Database,
        targets: Sequence[str] = ("",),
        exclusions: Sequence[str] = (),
        table_prefix: str = "",
        schedule: str | None = None,
        recrawl: Recrawl = Recrawl.EVERYTHING,
        schema_change: SchemaChange = SchemaChange.LOG,
        missing_files: MissingFiles = MissingFiles.LOG,
        lake_formation: bool = True,
        security_configuration: str | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param database: where tables are made, and whose files are crawled.
        :param targets: folders under the database's prefix, or their ``s3://`` addresses; all of it when not given.
        :param exclusions: glob patterns of what is not looked at, such as ``**/_temporary/**``.
        :param table_prefix: begins the name of every table that it makes.
        :param schedule: when, as ``cron(0 4 * * ? *)`` in UTC; when it is started, if not given.
        :param recrawl: what it looks at when it was there before.
        :param schema_change: what it does when files have other columns than their table.
        :param missing_files: what it does about tables whose files are gone.
        :param lake_formation: read with Lake Formation's credentials, for which the location has to be registered.
        :param security_configuration: name of one of yours; the one that jobs of Glue share when not given.
        :raises cdk_ml.errors.ConfigurationError: a target that is not of the database, or a location that is not
            registered; what Glue would refuse.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *target_problems(targets, database.location, database.database_name),
                *registration_problems(database, lake_formation),
                *pattern_problems(exclusions),
                *table_prefix_problems(table_prefix),
                *schedule_problems(schedule),
                *recrawl_problems(recrawl, schema_change, missing_files),
            ],
        )
        workspace.adopt(self)
        folders = [folder_of(target, database.location) for target in targets]
        prefixes = ["/".join(part for part in (database.prefix, folder) if part) for folder in folders]
        self.role = workspace.role(
            self,
            "Role",
            service="glue.amazonaws.com",
            statements=crawler_statements(
                database, prefixes, workspace.key.key_arn, lake_formation=lake_formation, missing=missing_files != "LOG"
            ),
        )
        self.cfn_grants = self._grants(database, prefixes) if lake_formation else []
        encrypted = security_configuration
        if encrypted is None:
            encrypted = shared_configuration(workspace, self).cfn_security_configuration.ref
        self.cfn_crawler = glue.CfnCrawler(
            self,
            "Resource",
            role=self.role.role_arn,
            database_name=database.database_name,
            targets={
                "s3Targets": [
                    {
                        "path": f"{database.location}/{folder}" if folder else database.location,
                        "exclusions": [*exclusions] or None,
                    }
                    for folder in folders
                ]
            },
            table_prefix=table_prefix or None,
            schedule={"scheduleExpression": schedule} if schedule is not None else None,
            recrawl_policy={"recrawlBehavior": recrawl.value},
            schema_change_policy={"updateBehavior": schema_change.value, "deleteBehavior": missing_files.value},
            lake_formation_configuration={"useLakeFormationCredentials": True} if lake_formation else None,
            configuration=_configuration(schema_change),
            crawler_security_configuration=encrypted,
        )
        self.crawler_name = self.cfn_crawler.ref
        self.cfn_crawler.add_resource_dependency(database.cfn_database)
        for grant in self.cfn_grants:
            self.cfn_crawler.add_resource_dependency(grant)

    @property
    def crawler_arn(self) -> str:
        """For policies."""
        return f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:crawler/{self.crawler_name}"

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` start it and see how it is doing."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["glue:GetCrawler", "glue:StartCrawler"], resource_arns=[self.crawler_arn]
        )

    def start_task(self, scope: Construct, id: str) -> tasks.GlueStartCrawlerRun:
        """A state that starts it, and does not wait for its end."""
        return tasks.GlueStartCrawlerRun(scope, id, crawler_name=self.crawler_name, result_path=sfn.JsonPath.DISCARD)

    def _grants(self, database: Database, prefixes: Sequence[str]) -> list[lakeformation.CfnPrincipalPermissions]:
        def grant(id: str, resource: dict[str, Any], permissions: list[str]) -> lakeformation.CfnPrincipalPermissions:
            made = lakeformation.CfnPrincipalPermissions(
                self,
                id,
                principal={"dataLakePrincipalIdentifier": self.role.role_arn},
                resource=resource,
                permissions=permissions,
                permissions_with_grant_option=[],
            )
            assert database.registration is not None
            take_turn(made, [database.registration, database.cfn_database])
            return made

        account = Aws.ACCOUNT_ID
        tables = {"database": {"catalogId": account, "name": database.database_name}}
        places = [
            f"{database.bucket.bucket_arn}/{prefix}" if prefix else database.bucket.bucket_arn for prefix in prefixes
        ]
        return [
            grant("MakeTables", tables, ["CREATE_TABLE", "DESCRIBE"]),
            *(
                grant(
                    f"Location{number}",
                    {"dataLocation": {"catalogId": account, "resourceArn": place}},
                    ["DATA_LOCATION_ACCESS"],
                )
                for number, place in enumerate(places, 1)
            ),
        ]


def _configuration(change: SchemaChange) -> str:
    """https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html"""
    output: dict[str, object] = {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}
    if change is SchemaChange.UPDATE:
        output["Tables"] = {"AddOrUpdateBehavior": "MergeNewColumns"}
    return json.dumps(
        {
            "Version": 1.0,
            "CrawlerOutput": output,
            # Otherwise one file with another column makes a table of its own.
            "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
        }
    )
