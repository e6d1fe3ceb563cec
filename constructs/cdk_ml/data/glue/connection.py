"""A connection: the network that a job is in, and the database that it reaches there with a secret.

https://docs.aws.amazon.com/glue/latest/dg/connection-properties.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk_ml.data.glue.job_role import attach_workers
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace

# Engines with the port that each listens on; the same that Glue has drivers for.
# https://docs.aws.amazon.com/glue/latest/dg/connection-JDBC.html
_ENGINES = {"mysql": 3306, "postgresql": 5432, "redshift": 5439, "sqlserver": 1433, "oracle": 1521}
_URL = re.compile(
    r"jdbc:(?P<engine>[a-z]+):(?:thin:)?(?://|@(?://)?)(?P<host>[^:/?;]+)(?::(?P<port>\d{1,5}))?(?P<rest>.*)"
)
_CREDENTIALS = re.compile(r"(?:user|username|password|pwd)\s*=", re.IGNORECASE)
_ID = "GlueConnection"


@dataclass(frozen=True, slots=True, kw_only=True)
class JdbcSource:
    """A database that is reached with JDBC.

    :param url: such as ``jdbc:postgresql://orders.example.internal:5432/orders``, without a user.
    :param secret: with ``username`` and ``password``. There is no other way to give them.
    :param port: that the database listens on, where the URL is not known at synth.
    """

    url: str
    secret: secretsmanager.ISecret
    port: int | None = None


class Connection(Construct):
    """The workspace's network for jobs, and a database in reach of it if one is named.

    Creates a connection, and a security group that lets workers of a job talk to each other, reach AWS over HTTPS, and
    the database on its port. Who they reach has to let them in: ``database.connections.allow_default_port_from(
    connection)``. Traffic is encrypted, and credentials are in AWS Secrets Manager only.

    Jobs of a workspace whose profile keeps functions private share one without a database; see ``services`` of
    :class:`~cdk_ml.data.SparkJob`.

    Idle cost: nothing; about 7 USD a month and zone for the endpoint of Secrets Manager, where there is a database.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_secretsmanager as secretsmanager
    >>> from cdk_ml.data import Connection, JdbcSource
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> orders = Connection(
    ...     stack,
    ...     "Orders",
    ...     workspace=workspace,
    ...     jdbc=JdbcSource(
    ...         url="jdbc:postgresql://orders.example.internal:5432/orders",
    ...         secret=secretsmanager.Secret.from_secret_name_v2(stack, "OrdersLogin", "orders/login"),
    ...     ),
    ... )

    See https://docs.aws.amazon.com/glue/latest/dg/glue-connections.html

    :ivar security_group: of the network interfaces of jobs.
    :ivar cfn_connection: the connection.
    """

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace, jdbc: JdbcSource | None = None) -> None:
        """
        :param workspace: network, key and tags.
        :param jdbc: a database; only the network when not given.
        :raises cdk_ml.errors.ConfigurationError: for a URL that Glue has no driver for, or that holds credentials.
        """
        super().__init__(scope, id)
        reject(self, [] if jdbc is None else _problems(jdbc))
        workspace.adopt(self)
        self._jdbc = jdbc
        # Glue puts the interfaces of all workers of a job into one subnet.
        self._vpc_id = workspace.vpc.vpc_id
        self._subnet = next(iter(workspace.vpc.isolated_subnets or workspace.vpc.private_subnets))
        self.security_group = workspace.security_group(self, "SecurityGroup", description=f"Glue {self.node.path}")
        self._let_workers_talk()
        properties: dict[str, Any] = {}
        if jdbc is not None:
            workspace.add_interface_endpoint("SecretsManager", ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER)
            self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(_port(jdbc)), "The database")
            properties = {
                "JDBC_CONNECTION_URL": jdbc.url,
                "SECRET_ID": jdbc.secret.secret_name,
                "JDBC_ENFORCE_SSL": "true",
            }
        self.cfn_connection = glue.CfnConnection(
            self,
            "Resource",
            catalog_id=Aws.ACCOUNT_ID,
            connection_input={
                "connectionType": "NETWORK" if jdbc is None else "JDBC",
                "connectionProperties": properties,
                "physicalConnectionRequirements": {
                    "availabilityZone": self._subnet.availability_zone,
                    "subnetId": self._subnet.subnet_id,
                    "securityGroupIdList": [self.security_group.security_group_id],
                },
            },
        )

    @property
    def connection_name(self) -> str:
        """The name that CloudFormation gave it."""
        return self.cfn_connection.ref

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of jobs that use it."""
        return self.security_group.connections

    def use_statements(self) -> Sequence[Statement]:
        """What a job that uses it needs: the connection, its secret, and network interfaces."""
        glue_arn = f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        statements = [
            Statement(
                actions=["glue:GetConnection"],
                resources=[f"{glue_arn}:catalog", f"{glue_arn}:connection/{self.connection_name}"],
            ),
            *attach_workers(
                vpc=self._vpc_id, subnet=self._subnet.subnet_id, security_group=self.security_group.security_group_id
            ),
        ]
        if self._jdbc is not None:
            secret = self._jdbc.secret
            statements.append(
                Statement(
                    actions=["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                    resources=[secret.secret_full_arn or f"{secret.secret_arn}-??????"],
                )
            )
            if secret.encryption_key is not None:
                statements.append(Statement(actions=["kms:Decrypt"], resources=[secret.encryption_key.key_arn]))
        return statements

    def _let_workers_talk(self) -> None:
        # Glue refuses a connection whose groups do not all let their own members reach every TCP port.
        # https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
        group = self.security_group.security_group_id
        ports: dict[str, Any] = {"ip_protocol": "tcp", "from_port": 0, "to_port": 65535, "description": "Workers"}
        ec2.CfnSecurityGroupIngress(self, "FromWorkers", group_id=group, source_security_group_id=group, **ports)
        ec2.CfnSecurityGroupEgress(self, "ToWorkers", group_id=group, destination_security_group_id=group, **ports)


def network_connection(workspace: Workspace) -> Connection:
    """The one without a database that jobs of ``workspace`` share; the first who asks makes it."""
    made = workspace.node.try_find_child(_ID)
    return made if isinstance(made, Connection) else Connection(workspace, _ID, workspace=workspace)


def _problems(jdbc: JdbcSource) -> Iterator[Problem]:
    if is_token(jdbc.url):
        if jdbc.port is None:
            fix = "Say port=5432, or whatever it is"
            yield Problem("jdbc.port", jdbc.port, "is not in a URL that only the deployment knows", fix)
        return
    found = _URL.fullmatch(jdbc.url)
    engines = ", ".join(_ENGINES)
    if found is None or found["engine"] not in _ENGINES:
        fix = f"Write jdbc:postgresql://host:5432/database; engines are {engines}"
        yield Problem("jdbc.url", jdbc.url, "is no JDBC URL that Glue has a driver for", fix)
    if _CREDENTIALS.search(jdbc.url) or re.search(r"//[^/]*@", jdbc.url):
        # The value is not repeated: it may be somebody's password.
        fix = "Put user name and password into the secret"
        yield Problem("jdbc.url", "jdbc:...", "holds credentials, which everybody can read in the template", fix)


def _port(jdbc: JdbcSource) -> int:
    if jdbc.port is not None:
        return jdbc.port
    found = _URL.fullmatch(jdbc.url)
    assert found is not None, "the URL has no problems"
    return int(found["port"] or _ENGINES[found["engine"]])
