"""A feature group: records of features, the latest of each for inference and all of them for training.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Aws, Fn, Stack, Tags
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.sagemaker.features.records import LONGEST_NAME, FeatureGroupBase
from cdk_ml.sagemaker.features.schema import Feature, Schema, published_problems, schema_problems
from cdk_ml.sagemaker.features.stores import (
    OfflineStore,
    OnlineStore,
    ProvisionedThroughput,
    offline_config,
    online_config,
    store_problems,
    throughput_config,
)
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.cost_tags import PROJECT
from cdk_ml.workspace.deletion import unless_creation_fails
from cdk_ml.workspace.statements import use_key

_TYPE = "AWS::SageMaker::FeatureGroup"


class FeatureGroup(FeatureGroupBase):
    """A feature group with an online and an offline store, both under the workspace's key.

    Creates the group; a Glue database for the table of its offline store, in Iceberg's format, whose objects are in the
    workspace's data bucket; and the role that writes there.

    **How a group changes.** New features, the time to live and the throughput are updated in place. CloudFormation
    replaces the group for everything else: its name, its stores, its role, the identifier, the event time, and its
    tags. A replacement is a new group without records, so there is none: the group has a name, made of its path, and
    CloudFormation fails with "already exists" and leaves the old group as it is. Give the group another id, or
    another ``feature_group_name``, when you mean it. The Feature Store removes no feature and changes no type;
    ``schema_file`` finds such a change at synth. ``cdk-ml rehearse`` shows all of this before a deployment.

    Of the workspace's tags the group carries the project only: owner and cost center change with every reorganisation,
    and the environment when a sandbox becomes production. If a tag of your own has to change, keep its old value here:
    ``Tags.of(group).add(...)``.

    The group, its table and its objects stay when the stack goes, unless the workspace deletes data.

    Idle cost: storage by the GB, and with ``throughput`` its units, day and night; writes and reads otherwise.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import Feature, FeatureGroup, FeatureType, OnlineStore
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> customers = FeatureGroup(
    ...     stack,
    ...     "Customers",
    ...     workspace=workspace,
    ...     features=[
    ...         Feature("customer_id", FeatureType.STRING),
    ...         Feature("seen_at", FeatureType.STRING),
    ...         Feature("orders_90d", FeatureType.INTEGRAL),
    ...         Feature("basket_value", FeatureType.FRACTIONAL),
    ...     ],
    ...     record_identifier="customer_id",
    ...     event_time="seen_at",
    ...     online=OnlineStore(ttl_seconds=90 * 24 * 3600),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-concepts.html

    :ivar role: what the Feature Store writes the offline store with; ``None`` without one.
    :ivar glue_database_name: database of the offline store's table; empty without one.
    :ivar glue_table_name: table of the offline store; empty without one.
    :ivar cfn_database: the Glue database, if the group has its own.
    :ivar cfn_feature_group: the feature group.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        features: Sequence[Feature],
        record_identifier: str,
        event_time: str,
        online: OnlineStore | None = OnlineStore(),
        offline: OfflineStore | None = OfflineStore(),
        throughput: ProvisionedThroughput | None = None,
        schema_file: str | Path | None = None,
        role: iam.IRole | None = None,
        feature_group_name: str | None = None,
    ) -> None:
        """
        :param workspace: key, data bucket, tags and profile.
        :param features: what a record has. More may be added later; they go to the end.
        :param record_identifier: the feature that tells records apart.
        :param event_time: the feature that says when; the latest record of an identifier is the one that is online.
        :param online: the store for inference, or ``None``.
        :param offline: the store for training, or ``None``.
        :param throughput: what it can do in a second; on demand when not given.
        :param schema_file: JSON file, under version control, with the schema that was deployed. What no update could
            do is then an error at synth, and the error about a file that is not there yet says what to write.
        :param role: a role of your own that writes the offline store, which is granted nothing.
        :param feature_group_name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what the Feature Store would refuse, a change of the schema that would
            lose data, or a region without feature groups.
        """
        super().__init__(scope, id, feature_group_name=feature_group_name, key=workspace.key)
        schema = Schema(features=features, record_identifier=record_identifier, event_time=event_time)
        reject(
            self,
            [
                *schema_problems(schema),
                *store_problems(online, offline, throughput),
                *(published_problems(schema, schema_file) if schema_file is not None else ()),
                *name_problems("feature_group_name", feature_group_name, LONGEST_NAME),
                *region_problems(Stack.of(self).region, _TYPE),
            ],
        )
        workspace.adopt(self)
        self._workspace = workspace
        self._offline = offline
        self.cfn_database = self._database() if offline is not None and offline.database is None else None
        self.glue_database_name = self._database_name() if offline is not None else ""
        self.glue_table_name = self._table_name() if offline is not None else ""
        self.role = self._writer(role) if offline is not None else None
        self.cfn_feature_group = self._feature_group(schema, online, throughput)
        self._keep_tags_that_stay()

    @staticmethod
    def from_feature_group_name(
        scope: Construct, id: str, feature_group_name: str, *, key: kms.IKey
    ) -> FeatureGroupBase:
        """A feature group that exists, to grant and to watch.

        :param key: what its online store is encrypted with.
        """
        return FeatureGroupBase(scope, id, feature_group_name=feature_group_name, key=key)

    def offline_statements(self) -> list[Statement]:
        """What reads the offline store, as Athena, Spark and training jobs do, needs this."""
        if self._offline is None:
            return []
        return [
            *read_objects(self._workspace.data_bucket.bucket_arn, f"{self._prefix}/"),
            Statement(actions=["kms:Decrypt"], resources=[self._workspace.key.key_arn]),
            Statement(
                actions=["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable"], resources=self._catalog_arns()
            ),
        ]

    @property
    def _prefix(self) -> str:
        assert self._offline is not None
        prefix = self._offline.prefix
        return f"features/{self.feature_group_name}" if prefix is None else prefix

    def _database(self) -> glue.CfnDatabase:
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Aws.ACCOUNT_ID,
            database_input={"name": self._table_name(), "description": f"Offline store of {self.node.path}"[:255]},
        )
        database.apply_removal_policy(unless_creation_fails(self._workspace.removal_policy))
        return database

    def _database_name(self) -> str:
        assert self._offline is not None
        database = self._offline.database
        return self._table_name() if database is None else database

    def _table_name(self) -> str:
        # Athena wants neither hyphens nor upper case.
        name = self.feature_group_name
        return Fn.join("_", Fn.split("-", name)) if is_token(name) else name.replace("-", "_").lower()

    def _catalog_arns(self) -> list[str]:
        catalog = f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        database, table = self.glue_database_name, self.glue_table_name
        return [f"{catalog}:catalog", f"{catalog}:database/{database}", f"{catalog}:table/{database}/{table}"]

    def _writer(self, own: iam.IRole | None) -> iam.IRole:
        if own is not None:
            return own
        bucket_arn = self._workspace.data_bucket.bucket_arn
        return self._workspace.role(
            self,
            "Role",
            service="sagemaker.amazonaws.com",
            statements=[
                Statement(
                    actions=["s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"],
                    resources=[f"{bucket_arn}/{self._prefix}/*"],
                    wildcard="The Feature Store names its objects by time; the prefix is this group's own. "
                    "https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html",
                ),
                Statement(actions=["s3:GetBucketAcl"], resources=[bucket_arn]),
                *use_key(self._workspace.key.key_arn),
                Statement(actions=["glue:GetTable", "glue:UpdateTable"], resources=self._catalog_arns()),
            ],
        )

    def _feature_group(
        self, schema: Schema, online: OnlineStore | None, throughput: ProvisionedThroughput | None
    ) -> sagemaker.CfnFeatureGroup:
        workspace, offline = self._workspace, self._offline
        group = sagemaker.CfnFeatureGroup(
            self,
            "Resource",
            feature_group_name=self.feature_group_name,
            record_identifier_feature_name=schema.record_identifier,
            event_time_feature_name=schema.event_time,
            feature_definitions=schema.definitions(),
            online_store_config=online_config(online, workspace.key) if online is not None else None,
            offline_store_config=offline_config(
                offline,
                bucket=workspace.data_bucket,
                prefix=self._prefix,
                database=self.glue_database_name,
                table=self.glue_table_name,
                key=workspace.key,
            )
            if offline is not None
            else None,
            throughput_config=throughput_config(throughput) if throughput is not None else None,
            role_arn=self.role.role_arn if self.role is not None else None,
        )
        group.apply_removal_policy(unless_creation_fails(workspace.removal_policy))
        if self.cfn_database is not None:
            group.add_resource_dependency(self.cfn_database)
        return group

    def _keep_tags_that_stay(self) -> None:
        # CloudFormation replaces a feature group when a tag changes, and the name forbids that: the whole stack could
        # no longer be updated.
        tags = Tags.of(self.cfn_feature_group)
        for name in self._workspace.tags:
            if name != PROJECT:
                tags.remove(name)
