"""A job that is drawn: the graph of Glue Studio from a file, kept in the repository and deployed.

https://docs.aws.amazon.com/glue/latest/dg/visual-job-api-chapter.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import Aws, CfnResource, Names, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.glue.connection import Connection
from cdk_ml.data.glue.job import GlueJob, RunLimits, limit_problems, service_problems
from cdk_ml.data.glue.lake_tables import LakeTables
from cdk_ml.data.glue.script import ScriptAssets
from cdk_ml.data.glue.spark_job import spark_job_problems, spark_run
from cdk_ml.data.glue.visual_nodes import Nodes, read_nodes
from cdk_ml.data.glue.workers import Workers
from cdk_ml.errors import reject
from cdk_ml.workflow.async_provider import AsyncProvider
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import ANYTHING, Statement, Workspace
from cdk_ml.workspace.statements import pass_role, use_key

_KEEP = ("glue:CreateJob", "glue:DeleteJob", "glue:GetJob", "glue:TagResource", "glue:UpdateJob")
_NESTED = ("command", "connections", "execution_property")
_LONGEST_NAME = 255


class VisualJob(GlueJob):
    """A graph that Glue Studio draws, from a file, as a job that is encrypted, logged, measured and watched.

    Draw the job in the console, print it with ``aws glue get-job --job-name orders``, and keep the file beside your
    code. Nodes are checked before anything is deployed: kinds that Glue does not know, inputs that are not there,
    circles, and graphs without a source or a target are refused.

    Creates what a :class:`SparkJob` has. CloudFormation knows no graphs, and an update of a job is a whole definition:
    so a custom resource makes, changes and deletes the job, and a change in the console lasts until the next change of
    the stack. Of the nodes Glue generates the script that runs. It is to be at ``script_location``, in the workspace's
    artifact bucket, where the job reads it and does not write. AWS does not say whose permission Glue writes it with:
    the custom resource has that permission, and deletes the script with the job.

    Idle cost: two alarms, 0.30 USD a month, and what :class:`SparkJob` says of the network.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import VisualJob, Workers
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> orders = VisualJob(
    ...     stack,
    ...     "Orders",
    ...     workspace=workspace,
    ...     nodes="docs/examples/glue_studio/orders.json",
    ...     workers=Workers(type="G.1X", count=2),
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/visual-job-api-chapter.html

    :ivar nodes: the graph, by the ids of its nodes.
    :ivar script_location: S3 address of the script that Glue generates.
    :ivar provider: what makes the job.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        nodes: str | Path,
        workers: Workers = Workers(),
        glue_version: str = "5.1",
        flex: bool = False,
        bookmarks: bool = False,
        arguments: Mapping[str, str] | None = None,
        spark: Mapping[str, str] | None = None,
        lake: LakeTables | None = None,
        statements: Iterable[Statement] = (),
        connections: Sequence[Connection] = (),
        services: Mapping[str, ec2.InterfaceVpcEndpointAwsService] | None = None,
        limits: RunLimits = RunLimits(),
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param nodes: a JSON file with the ``CodeGenConfigurationNodes`` of a job, or with all that was printed of it.
        :param workers: machines.
        :param glue_version: of Glue, which decides on Spark and Python.
        :param flex: run when there is room, for less; a run may wait, and lose workers on its way.
        :param bookmarks: let Glue remember what was read.
        :param arguments: of the script, by name, without hyphens.
        :param spark: settings of Spark, such as ``{"spark.sql.shuffle.partitions": "64"}``.
        :param lake: Iceberg tables of the Glue catalog.
        :param statements: what the job may do: read its sources, and write its targets.
        :param connections: databases that it reaches, and the network that it is in.
        :param services: services of AWS that it reaches through private endpoints, by the ids of those.
        :param limits: how long, how often and how many at once.
        :param role: a role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what Glue would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace)
        given, settings = dict(arguments or {}), dict(spark or {})
        problems, read = read_nodes(nodes)
        reject(
            self,
            [
                *problems,
                *service_problems(services),
                *spark_job_problems(workers, glue_version, given, settings, lake, flex=flex),
                *limit_problems(limits, bookmarks=bookmarks),
            ],
        )
        workspace.adopt(self)
        self.nodes: Nodes = read
        # Not where the job's own temporary files are, which it may write.
        script = f"glue-scripts/{self.node.path}.py"
        self._script_arn = workspace.artifact_bucket.arn_for_objects(script)
        self.script_location = f"s3://{workspace.artifact_bucket.bucket_name}/{script}"
        self._make(
            command={"name": "glueetl", "pythonVersion": "3"},
            script=ScriptAssets(
                location=self.script_location,
                modules=None,
                statements=[Statement(actions=["s3:GetObject"], resources=[self._script_arn])],
            ),
            arguments=given,
            connections=connections,
            services=services,
            limits=limits,
            role=role,
            **spark_run(workers, glue_version, settings, lake, statements, bookmarks=bookmarks),
            execution_class="FLEX" if flex else "STANDARD",
        )

    def _job(self, **properties: Any) -> CfnResource:
        name = Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-")
        arn = f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:job/{name}"
        self.provider = AsyncProvider(
            self,
            "Keeper",
            workspace=self._workspace,
            code=runtime_code("glue_visual_job"),
            statements=[
                Statement(actions=_KEEP, resources=[arn]),
                Statement(
                    actions=["glue:UseGlueStudio"],
                    resources=ANYTHING,
                    wildcard="What saves a graph in Glue Studio is one action for all of them, and takes no resource. "
                    "https://docs.aws.amazon.com/glue/latest/dg/getting-started-min-privs.html",
                ),
                Statement(actions=["s3:DeleteObject", "s3:PutObject"], resources=[self._script_arn]),
                *use_key(self._workspace.key.key_arn),
                pass_role(self.role.role_arn, to="glue.amazonaws.com"),
            ],
        )
        definition = {**_as_the_api_says(properties), "CodeGenConfigurationNodes": self.nodes}
        kept = self.provider.resource(
            self,
            "Resource",
            type="Custom::GlueVisualJob",
            properties={
                "Name": name,
                "Arn": arn,
                # In one string, because CloudFormation makes strings of all numbers.
                "Definition": Stack.of(self).to_json_string(definition),
                "Tags": json.dumps(self._workspace.tags, sort_keys=True),
            },
        )
        made = kept.node.default_child
        assert isinstance(made, CfnResource), "a custom resource is one resource"
        return made


def _as_the_api_says(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of CloudFormation's job as Glue's API calls them."""
    return {
        "".join(word.capitalize() for word in name.split("_")): {
            inner[0].upper() + inner[1:]: each for inner, each in value.items()
        }
        if name in _NESTED
        else value
        for name, value in properties.items()
        if value is not None
    }
