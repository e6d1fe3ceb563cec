"""A connection is a network, and a database whose credentials are a secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_ml.data import Connection, JdbcSource
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only
from tests.data.glue.conftest import KEY, Made

SECRET = "arn:aws:secretsmanager:us-east-1:111111111111:secret:orders/login-AbCdEf"


def test_a_database_is_reached_encrypted_with_a_secret(made: Made) -> None:
    connection = made.one("AWS::Glue::Connection", "Orders")["ConnectionInput"]
    assert connection["ConnectionType"] == "JDBC"
    assert connection["ConnectionProperties"] == {
        "JDBC_CONNECTION_URL": "jdbc:postgresql://orders.example.internal:5433/orders",
        "SECRET_ID": "orders/login",
        "JDBC_ENFORCE_SSL": "true",
    }
    for absent in ("Name", "AuthenticationConfiguration"):
        assert absent not in connection
    (group,) = made.ids("AWS::EC2::SecurityGroup", "Orders")
    place = connection["PhysicalConnectionRequirements"]
    assert place["SecurityGroupIdList"] == [{"Fn::GetAtt": [group, "GroupId"]}]
    assert {*place} == {"AvailabilityZone", "SubnetId", "SecurityGroupIdList"}


def test_the_network_alone_has_no_properties(made: Made) -> None:
    connection = made.one("AWS::Glue::Connection", "Workspace")["ConnectionInput"]
    assert (connection["ConnectionType"], connection["ConnectionProperties"]) == ("NETWORK", {})


def test_workers_talk_to_each_other_to_aws_and_to_the_database_on_its_port(made: Made) -> None:
    (group_id, group), *_ = made.ids("AWS::EC2::SecurityGroup", "Orders").items()
    assert [(rule["FromPort"], rule["CidrIp"]) for rule in group["SecurityGroupEgress"]] == [
        (443, "0.0.0.0/0"),
        (5433, "0.0.0.0/0"),
    ]
    assert "SecurityGroupIngress" not in group
    own = {"Fn::GetAtt": [group_id, "GroupId"]}
    peers = made.one("AWS::EC2::SecurityGroupIngress", "Orders")
    assert (peers["GroupId"], peers["SourceSecurityGroupId"]) == (own, own)
    assert (peers["IpProtocol"], peers["FromPort"], peers["ToPort"]) == ("tcp", 0, 65535)
    assert made.one("AWS::EC2::SecurityGroupEgress", "Orders")["DestinationSecurityGroupId"] == own


def test_a_job_may_read_the_connection_and_its_secret(made: Made) -> None:
    statements = {str(s["Action"]): s for s in made.statements("Whole")}
    (connection,) = made.ids("AWS::Glue::Connection", "Orders")
    assert statements["glue:GetConnection"]["Resource"][1]["Fn::Join"][1][-1] == {"Ref": connection}
    read = statements["['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue']"]
    assert read["Resource"] == SECRET
    assert statements["kms:Decrypt"]["Resource"] == KEY


def test_a_secret_that_is_known_by_name_is_read_with_any_ending(stack: cdk.Stack, workspace: Workspace) -> None:
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Login", "orders/login")
    jdbc = JdbcSource(url="jdbc:mysql://db/orders", secret=secret)
    connection = Connection(stack, "Orders", workspace=workspace, jdbc=jdbc)
    (read,) = [s for s in connection.use_statements() if "secretsmanager:GetSecretValue" in s.actions]
    assert str(stack.resolve(read.resources[0])).endswith(":secret:orders/login-??????']]}")


def test_the_database_lets_the_connection_in(
    stack: cdk.Stack, workspace: Workspace, template: Callable[[], Template]
) -> None:
    connection = Connection(stack, "Network", workspace=workspace)
    database = ec2.SecurityGroup(stack, "Database", vpc=workspace.vpc)
    database.connections.allow_from(connection.connections, ec2.Port.tcp(5432))
    ingress = template().find_resources("AWS::EC2::SecurityGroupIngress")
    assert any(body["Properties"].get("FromPort") == 5432 for body in ingress.values())


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("jdbc:postgresql://db.example.internal/orders", 5432),
        ("jdbc:mysql://db:3307/orders?useSSL=true", 3307),
        ("jdbc:redshift://cluster:5439/dev", 5439),
        ("jdbc:sqlserver://db:1433;databaseName=orders", 1433),
        ("jdbc:oracle:thin:@//db:1521/orders", 1521),
        ("jdbc:oracle:thin:@db:1522:orders", 1522),
    ],
)
def test_the_port_is_that_of_the_url_or_of_the_engine(
    stack: cdk.Stack, workspace: Workspace, template: Callable[[], Template], url: str, port: int
) -> None:
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Login", SECRET)
    Connection(stack, "Orders", workspace=workspace, jdbc=JdbcSource(url=url, secret=secret))
    groups = template().find_resources("AWS::EC2::SecurityGroup")
    (own,) = [body["Properties"] for id, body in groups.items() if id.startswith("Orders")]
    assert [rule["FromPort"] for rule in own["SecurityGroupEgress"]] == [443, port]


@pytest.mark.parametrize(
    ("options", "sentences"),
    [
        (
            {"url": "postgres://db/orders"},
            [
                "jdbc.url='postgres://db/orders' is no JDBC URL that Glue has a driver for. Write "
                "jdbc:postgresql://host:5432/database; engines are mysql, postgresql, redshift, sqlserver, oracle."
            ],
        ),
        ({"url": "jdbc:h2://db/orders"}, ["is no JDBC URL that Glue has a driver for"]),
        ({"url": "jdbc:mysql://db/orders?user=a&password=hunter2"}, ["jdbc.url='jdbc:...' holds credentials"]),
        ({"url": "jdbc:mysql://root:hunter2@db/orders"}, ["holds credentials"]),
        ({"url": cdk.Token.as_string({"Ref": "Url"})}, ["jdbc.port=None is not in a URL that only the deployment"]),
    ],
)
def test_a_database_that_glue_cannot_reach_is_refused(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], sentences: list[str]
) -> None:
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Login", SECRET)
    with pytest.raises(ConfigurationError) as refused:
        Connection(stack, "Orders", workspace=workspace, jdbc=JdbcSource(secret=secret, **options))
    for sentence in sentences:
        assert sentence in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_url_that_only_the_deployment_knows_says_its_port(
    stack: cdk.Stack, workspace: Workspace, template: Callable[[], Template]
) -> None:
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Login", SECRET)
    url = cdk.Token.as_string({"Ref": "Url"})
    Connection(stack, "Orders", workspace=workspace, jdbc=JdbcSource(url=url, secret=secret, port=5432))
    found = only(template(), "AWS::Glue::Connection")["ConnectionInput"]
    assert found["ConnectionProperties"]["JDBC_CONNECTION_URL"] == {"Ref": "Url"}
