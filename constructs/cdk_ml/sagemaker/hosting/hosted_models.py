"""Models that SageMaker hosts, with all they need around them: what every way of deploying has in common.

https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.sagemaker.execution_role import WRITE_LOGS, attach_to_network, publish_metrics, pull_images
from cdk_ml.sagemaker.hosting.containers import BoundContainers, bind_containers
from cdk_ml.sagemaker.hosting.model import Model
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import write_logs


class HostedModels(Construct):
    """Models in the workspace's network, with one execution role, one security group and one log group.

    Models have no names: a change makes a new model beside the old one, which a name would forbid.

    :ivar cfn_models: the models by the name they were given.
    :ivar role: the execution role.
    :ivar security_group: of the models' network interfaces; HTTPS out and nothing in. None where they have no network.
    :ivar log_group: what the containers print; none where jobs of an account share one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        models: Mapping[str, Model],
        log_group_name: str | None,
        statements: Iterable[Statement] = (),
        role: iam.IRole | None = None,
        networked: bool = True,
    ) -> None:
        """
        :param models: models by the name of what serves them.
        :param log_group_name: the log group that SageMaker writes to, which it chooses itself; ``None`` where it is one
            that jobs share, and ``statements`` say so.
        :param statements: further permissions of the execution role.
        :param role: an execution role of the user's own, which is granted nothing.
        :param networked: whether the mode takes a VPC and network isolation; serverless endpoints take neither.
        """
        super().__init__(scope, id)
        self._workspace = workspace
        self.security_group = (
            workspace.security_group(self, "SecurityGroup", description="Network interfaces of hosted models")
            if networked
            else None
        )
        self.log_group = None if log_group_name is None else workspace.log_group(self, "LogGroup", name=log_group_name)
        bound = {name: bind_containers(self, name, model) for name, model in models.items()}
        if role is None:
            every = [*self._permissions(bound.values()), *statements]
            role = workspace.role(self, "Role", service="sagemaker.amazonaws.com", statements=every)
        self.role = role
        self.cfn_models = {name: self._model(name, model, bound[name]) for name, model in models.items()}

    def _permissions(self, bound: Iterable[BoundContainers]) -> Iterable[Statement]:
        every = [*bound]
        repositories = sorted({arn for containers in every for arn in containers.repository_arns})
        if repositories:
            yield from pull_images(repositories)
        yield from (statement for containers in every for statement in containers.statements)
        if self.log_group is not None:
            yield from write_logs(self.log_group.attr_arn, actions=WRITE_LOGS)
        yield from publish_metrics()
        if self.security_group is not None:
            yield from attach_to_network(self._workspace.subnet_ids, self.security_group.security_group_id)

    def _model(self, name: str, model: Model, bound: BoundContainers) -> sagemaker.CfnModel:
        network: dict[str, Any] = {}
        if self.security_group is not None:
            network = {
                "enable_network_isolation": model.network_isolation,
                "vpc_config": {
                    "securityGroupIds": [self.security_group.security_group_id],
                    "subnets": self._workspace.subnet_ids,
                },
            }
        return sagemaker.CfnModel(
            self,
            name,
            execution_role_arn=self.role.role_arn,
            **bound.properties,
            **network,
        )
