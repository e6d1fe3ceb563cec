"""A bucket of tables: Iceberg tables that S3 itself keeps, compacts and cleans.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-buckets.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aws_cdk import Aws, Names, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3tables as s3tables
from constructs import Construct

from cdk_ml.data.catalog.columns import name_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

_KEEPER = "maintenance.s3tables.amazonaws.com"
_PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-kms-permissions.html"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-buckets-naming.html
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]")
_TAKEN = ("xn--", "sthree-", "amzn-s3-demo", "aws")
_TAKEN_ENDS = ("-s3alias", "--ol-s3", "--x-s3", "--table-s3")
_MOST_DAYS = 2**31 - 1


class TableBucket(Construct):
    """A bucket of tables under the workspace's key, and the namespaces in it.

    Creates the bucket and its namespaces; tables are :class:`~cdk_ml.data.S3Table`. S3 compacts them, lets snapshots go
    and removes files that no table has, without a role or a job. Bucket and namespaces stay when the stack goes, unless
    the workspace deletes data.

    Engines find the tables in the Glue catalog ``s3tablescatalog`` once the account's table buckets are integrated
    with AWS's analytics services, which is done once for an account and region.

    Neither a change of the name nor of the namespaces' names is an update: CloudFormation makes new ones.

    Idle cost: nothing; what is in it by the GB, by objects that are watched, and by what is compacted.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import TableBucket
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> tables = TableBucket(stack, "Tables", workspace=workspace, namespaces=["shop", "features"])

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-buckets.html

    :ivar workspace: that it is in.
    :ivar table_bucket_name: its name.
    :ivar table_bucket_arn: for policies.
    :ivar key: that encrypts its tables.
    :ivar cfn_table_bucket: the bucket.
    :ivar cfn_namespaces: the namespaces, by name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        namespaces: Sequence[str],
        unreferenced_days: int = 3,
        old_version_days: int | None = None,
        intelligent_tiering: bool = False,
        table_bucket_name: str | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param namespaces: groups of tables, as databases are elsewhere.
        :param unreferenced_days: days after which files are removed that no table has, such as those of a job that
            failed.
        :param old_version_days: days for which S3 can still bring back what was removed; the profile's when not given.
        :param intelligent_tiering: tables that are rarely read become cheaper by themselves.
        :param table_bucket_name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: names and days that S3 would refuse.
        """
        super().__init__(scope, id)
        days = workspace.profile.old_version_days if old_version_days is None else old_version_days
        reject(
            self,
            [
                *bucket_name_problems(table_bucket_name),
                *namespace_problems(namespaces),
                *_days_problems("unreferenced_days", unreferenced_days),
                *_days_problems("old_version_days", days),
            ],
        )
        workspace.adopt(self)
        self.workspace = workspace
        self.key: kms.IKey = workspace.key
        # A bucket of tables has to have a name; the part at its end keeps two apps' apart.
        own = Names.unique_resource_name(self, max_length=63, separator="-").lower()
        self.table_bucket_name = own if table_bucket_name is None else table_bucket_name
        self._admit_keeper()
        self.cfn_table_bucket = s3tables.CfnTableBucket(
            self,
            "Resource",
            table_bucket_name=self.table_bucket_name,
            encryption_configuration={"sseAlgorithm": "aws:kms", "kmsKeyArn": self.key.key_arn},
            unreferenced_file_removal={
                "status": "Enabled",
                "unreferencedDays": unreferenced_days,
                "noncurrentDays": days,
            },
            storage_class_configuration={"storageClass": "INTELLIGENT_TIERING"} if intelligent_tiering else None,
        )
        self.table_bucket_arn = self.cfn_table_bucket.attr_table_bucket_arn
        self.cfn_namespaces = {name: self._namespace(name) for name in namespaces}
        for resource in (self.cfn_table_bucket, *self.cfn_namespaces.values()):
            resource.apply_removal_policy(unless_creation_fails(workspace.removal_policy))

    def _namespace(self, name: str) -> s3tables.CfnNamespace:
        return s3tables.CfnNamespace(self, f"Namespace.{name}", table_bucket_arn=self.table_bucket_arn, namespace=name)

    def _admit_keeper(self) -> None:
        """Let S3 maintain the tables under the key; without it, no table is made."""
        tables = f"arn:{Aws.PARTITION}:s3tables:{Aws.REGION}:{Aws.ACCOUNT_ID}:bucket/{self.table_bucket_name}/*"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": _KEEPER},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": tables}},
        }
        if not self.key.add_to_resource_policy(iam.PolicyStatement.from_json(statement)).statement_added:
            Validations.of(self).add_warning(
                "cdk-ml:table-bucket-key",
                f"The key of the workspace is not of this app: let {_KEEPER} decrypt and generate data keys with it, "
                f"or no table can be made. {_PAGE}",
            )


def bucket_name_problems(name: str | None) -> Iterator[Problem]:
    """Why S3 does not take ``name`` for a bucket of tables."""
    if name is None or is_token(name):
        return
    if not _NAME.fullmatch(name):
        fix = "Use 3 to 63 lower case letters, digits and hyphens, starting and ending with a letter or digit"
        yield Problem("table_bucket_name", name, "is not a name of a table bucket", fix)
    elif name.startswith(_TAKEN) or name.endswith(_TAKEN_ENDS):
        taken = ", ".join((*(f"{start}*" for start in _TAKEN), *(f"*{end}" for end in _TAKEN_ENDS)))
        yield Problem("table_bucket_name", name, "is a name that AWS keeps for itself", f"Avoid {taken}")


def namespace_problems(namespaces: Sequence[str]) -> Iterator[Problem]:
    """Why S3 does not take ``namespaces``."""
    if not namespaces:
        yield Problem("namespaces", (), "leave tables without a place", "Name at least one, such as shop")
    for name in namespaces:
        if is_token(name):
            yield Problem("namespaces", name, "is known at deployment only", "Write the name itself")
        elif name.startswith(("aws", "_")):
            yield Problem("namespaces", name, "begins as S3 keeps for itself", "Begin it with another letter")
        else:
            yield from name_problems("namespaces", name)
    for name in sorted({name for name in namespaces if namespaces.count(name) > 1}):
        yield Problem("namespaces", name, f"is there {namespaces.count(name)} times", "Name it once")


def _days_problems(argument: str, days: int) -> Iterator[Problem]:
    if outside(days, 1, _MOST_DAYS):
        yield Problem(argument, days, "is not a time that S3 waits", f"Use 1 to {_MOST_DAYS} days")
