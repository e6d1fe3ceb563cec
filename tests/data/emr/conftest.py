"""Stacks with clusters and their jobs, each synthesized once."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from cdk_ml.data import (
    Certificates,
    ClusterJob,
    EmrCluster,
    EmrVirtualCluster,
    Fleet,
    ManagedScaling,
    Spark,
    SparkCatalog,
    VirtualClusterJob,
    Worker,
)
from cdk_ml.sagemaker import Script
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, ROOT, TAGS

CORE = Fleet(instance_types=["m7g.xlarge"], on_demand=2)
SCALING = ManagedScaling(minimum=2, maximum=10)
SCRIPT = Script(ROOT / "docs/examples/spark", "orders.py")
ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"


def own_vpc(stack: cdk.Stack) -> ec2.IVpc:
    zones = ["us-east-1a", "us-east-1b"]
    return ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=zones, private_subnet_ids=["subnet-1", "subnet-2"]
    )


class ClusterStack:
    """One stack with a cluster, a job of it, and a state machine that runs the job."""

    def __init__(self) -> None:
        self.stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
        self.workspace = Workspace(
            self.stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, vpc=own_vpc(self.stack)
        )
        bucket = self.workspace.artifact_bucket
        self.cluster = EmrCluster(
            self.stack,
            "Cluster",
            workspace=self.workspace,
            certificates=Certificates(bucket, "emr/certificates.zip"),
            core=CORE,
            task=Fleet(instance_types=["m7g.xlarge", "r7g.xlarge"], spot=3),
            scaling=SCALING,
            idle_minutes=30,
        )
        self.job = ClusterJob(
            self.stack,
            "Orders",
            workspace=self.workspace,
            cluster=self.cluster,
            script=SCRIPT,
            arguments={"--table": "shop.orders"},
            conf={"spark.sql.shuffle.partitions": "64"},
            catalog=SparkCatalog(databases=["shop"], bucket=bucket, prefix="shop/"),
        )
        task = self.job.task(self.stack, "CountOrders", arguments={"--day": "$.day"})
        StateMachine(
            self.stack,
            "Nightly",
            workspace=self.workspace,
            definition=task,
            statements=self.job.run_statements(),
        )
        self.state = self.stack.resolve(task.to_state_json())
        self.resources = assertions.Template.from_stack(self.stack).to_json()["Resources"]

    def one(self, type_: str, start: str = "") -> dict[str, Any]:
        (found,) = (each for id, each in self.resources.items() if each["Type"] == type_ and id.startswith(start))
        properties: dict[str, Any] = found["Properties"]
        return properties

    def statements(self, start: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.one("AWS::IAM::ManagedPolicy", start)["PolicyDocument"]["Statement"]
        return found


class VirtualStack:
    """One stack with a virtual cluster, a job of it, and a state machine that runs the job."""

    def __init__(self) -> None:
        self.stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
        self.workspace = Workspace(self.stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
        self.cluster = EmrVirtualCluster(
            self.stack,
            "Spark",
            workspace=self.workspace,
            cluster_name="platform",
            oidc_issuer=ISSUER,
            namespace="spark",
        )
        self.job = VirtualClusterJob(
            self.stack,
            "Orders",
            workspace=self.workspace,
            cluster=self.cluster,
            script=SCRIPT,
            spark=Spark(executor=Worker(vcpu=3, memory_gb=7), maximum_executors=9),
        )
        task = self.job.task(self.stack, "CountOrders", arguments={"--table": "t", "--day": "$.day"})
        StateMachine(
            self.stack,
            "Nightly",
            workspace=self.workspace,
            definition=task,
            statements=self.job.run_statements(),
        )
        self.caller = iam.Role(self.stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.job.grant_start(self.caller)
        self.state = self.stack.resolve(task.to_state_json())
        self.resources = assertions.Template.from_stack(self.stack).to_json()["Resources"]

    def one(self, type_: str, start: str = "") -> dict[str, Any]:
        (found,) = (each for id, each in self.resources.items() if each["Type"] == type_ and id.startswith(start))
        properties: dict[str, Any] = found["Properties"]
        return properties


@pytest.fixture(scope="session")
def cluster_stack() -> ClusterStack:
    """A cluster on EC2, and a job of it that a state machine runs."""
    return ClusterStack()


@pytest.fixture(scope="session")
def virtual_stack() -> VirtualStack:
    """A virtual cluster on EKS, and a job of it that a state machine runs."""
    return VirtualStack()
