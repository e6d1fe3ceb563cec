"""A database of the catalog: tables whose files are under one prefix.

https://docs.aws.amazon.com/glue/latest/dg/define-database.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from aws_cdk import aws_lakeformation as lakeformation
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.data.catalog.columns import name_problems
from cdk_ml.data.catalog.table import database_arn, location
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

_PREFIX = re.compile(r"[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*")
_LONGEST_PREFIX = 512
_LONGEST_DESCRIPTION = 2_048


class Database(Construct):
    """A database in the account's Glue catalog. Its tables keep their files under its prefix, each in one of its own.

    Creates the database and nothing else: the bucket is yours, such as the workspace's or a zone's of a lake. With the
    stack goes neither database nor files, unless the workspace deletes data.

    The name cannot be changed: CloudFormation makes a new, empty database, and the old one stays.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import Database
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> database = Database(
    ...     stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix="curated/shop"
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/define-database.html

    :ivar workspace: that it is in.
    :ivar database_name: its name.
    :ivar database_arn: for policies.
    :ivar bucket: that the files of its tables are in.
    :ivar prefix: that they are under, without a slash at either end; empty for the whole bucket.
    :ivar location: both as an address, ``s3://bucket/prefix``.
    :ivar registration: what registers it with Lake Formation, if anything does.
    :ivar cfn_database: the database.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        name: str,
        bucket: s3.IBucket,
        prefix: str = "",
        registration: lakeformation.CfnResource | None = None,
        description: str = "",
    ) -> None:
        """
        :param workspace: tags and profile.
        :param name: lower case letters, digits and underscores.
        :param bucket: where the files of its tables are.
        :param prefix: under which they are there, such as ``curated/shop``.
        :param registration: what registers the location with Lake Formation, as a zone of a lake does.
        :param description: what it is for, at most 2048 characters.
        :raises cdk_ml.errors.ConfigurationError: a name that Athena does not read, or a prefix that is none.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *name_problems("name", name),
                *prefix_problems(prefix),
                *description_problems(description),
            ],
        )
        workspace.adopt(self)
        self.workspace = workspace
        self.database_name = name
        self.bucket = bucket
        self.prefix = prefix
        self.registration = registration
        self.location = location(bucket, prefix)
        self.cfn_database = glue.CfnDatabase(
            self,
            "Resource",
            catalog_id=Aws.ACCOUNT_ID,
            database_input={
                "name": name,
                "description": description or None,
                "locationUri": self.location,
            },
        )
        self.cfn_database.apply_removal_policy(unless_creation_fails(workspace.removal_policy))

    @property
    def database_arn(self) -> str:
        """For policies."""
        return database_arn(self.database_name)


def prefix_problems(prefix: str, argument: str = "prefix") -> Iterator[Problem]:
    """Why ``prefix`` is no prefix for files; an empty one is the whole bucket."""
    if prefix and not is_token(prefix) and (len(prefix) > _LONGEST_PREFIX or not _PREFIX.fullmatch(prefix)):
        fix = (
            f"Write it as curated/shop: at most {_LONGEST_PREFIX} letters, digits and _.=-/, without a / at either end"
        )
        yield Problem(argument, prefix, "is not a prefix for files", fix)


def description_problems(description: str) -> Iterator[Problem]:
    """Why Glue does not take ``description``."""
    if not is_token(description) and len(description) > _LONGEST_DESCRIPTION:
        rule = f"has {len(description)} characters"
        yield Problem("description", f"{description[:20]}…", rule, f"Use at most {_LONGEST_DESCRIPTION}")
