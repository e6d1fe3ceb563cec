"""Every kind of job in one stack, so that it is synthesized once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_ml.data import (
    Connection,
    GlueJob,
    JdbcSource,
    LakeTables,
    PythonShellJob,
    RunLimits,
    SparkJob,
    StreamingJob,
    TableAccess,
    Workers,
)
from cdk_ml.sagemaker import Script
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import FLAGS, ROOT, TAGS

CURATE = Script(ROOT / "docs/examples/curate", "curate.py")
RATES = ROOT / "docs/examples/curate/rates.py"
KEY = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"


@dataclass(frozen=True)
class Made:
    """What is in the stack."""

    stack: cdk.Stack
    jobs: Mapping[str, GlueJob]
    connection: Connection
    template: Template

    def ids(self, type_: str, beginning: str = "") -> dict[str, Any]:
        """Properties of resources by logical id."""
        found = self.template.find_resources(type_)
        return {id: body["Properties"] for id, body in found.items() if id.startswith(beginning)}

    def one(self, type_: str, beginning: str) -> dict[str, Any]:
        """Properties of the only one whose logical id begins so."""
        (found,) = self.ids(type_, beginning).values()
        return dict(found)

    def job(self, name: str) -> dict[str, Any]:
        """Properties of a job."""
        return self.one("AWS::Glue::Job", name)

    def statements(self, name: str) -> list[dict[str, Any]]:
        """What the role of a job may do."""
        document = self.one("AWS::IAM::ManagedPolicy", f"{name}RolePolicy")["PolicyDocument"]
        return list(document["Statement"])


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Jobs of every kind, in a production workspace and in a sandbox."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    sandbox = Workspace(stack, "Sandbox", profile=Profile.SANDBOX, tags=TAGS)
    secret = secretsmanager.Secret.from_secret_attributes(
        stack,
        "Login",
        secret_complete_arn="arn:aws:secretsmanager:us-east-1:111111111111:secret:orders/login-AbCdEf",
        encryption_key=cdk.aws_kms.Key.from_key_arn(stack, "SecretKey", KEY),
    )
    connection = Connection(
        stack,
        "Orders",
        workspace=workspace,
        jdbc=JdbcSource(url="jdbc:postgresql://orders.example.internal:5433/orders", secret=secret),
    )
    jobs: dict[str, GlueJob] = {
        "Plain": SparkJob(stack, "Plain", workspace=workspace, script=CURATE),
        "Whole": SparkJob(
            stack,
            "Whole",
            workspace=workspace,
            script=CURATE,
            workers=Workers(type="G.2X", count=4, auto_scaling=True),
            glue_version="5.0",
            flex=True,
            bookmarks=True,
            arguments={"table": "glue_catalog.shop.orders"},
            spark={"spark.sql.shuffle.partitions": "64"},
            lake=LakeTables(warehouse="s3://lake/", lake_formation=TableAccess.FINE_GRAINED),
            statements=[Statement(actions=["sqs:SendMessage"], resources=["arn:aws:sqs:us-east-1:111111111111:q"])],
            connections=[connection],
            services={"Sqs": ec2.InterfaceVpcEndpointAwsService.SQS},
            limits=RunLimits(timeout_minutes=30, retries=2),
        ),
        "Older": SparkJob(stack, "Older", workspace=sandbox, script=CURATE, glue_version="4.0"),
        "Mine": SparkJob(
            stack,
            "Mine",
            workspace=sandbox,
            script=CURATE,
            role=iam.Role.from_role_arn(stack, "Own", "arn:aws:iam::111111111111:role/own"),
        ),
        "Stream": StreamingJob(
            stack, "Stream", workspace=sandbox, script=CURATE, maintenance_window="Mon:4", spark={"spark.x": "1"}
        ),
        "Shell": PythonShellJob(
            stack, "Shell", workspace=sandbox, script=RATES, dpus=1.0, arguments={"currency": "CHF"}
        ),
    }
    StateMachine(
        stack,
        "Nightly",
        workspace=sandbox,
        definition=jobs["Plain"].task(stack, "Run", arguments={"date": "$.date", "mode_of_day": "night"}),
        statements=jobs["Plain"].run_statements(),
    )
    jobs["Plain"].grant_start(iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
    return Made(stack, jobs, connection, Template.from_stack(stack))


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script that does nothing."""
    file = tmp_path / "main.py"
    file.write_text("print('done')\n")
    return file
