"""A notebook instance: one machine with Jupyter on it, without internet and without root, that stops when it is idle.

https://docs.aws.amazon.com/sagemaker/latest/dg/nbi.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from aws_cdk import Aws, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.execution_role import WRITE_LOGS
from cdk_ml.sagemaker.names import name_problems, named_arn, own_name
from cdk_ml.sagemaker.notebooks.idle_stop import LONGEST_SCRIPT, on_start
from cdk_ml.sagemaker.studio.access import work_with_data
from cdk_ml.sagemaker.studio.values import instance_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement, Workspace

Platform = Literal["notebook-al2-v3", "notebook-al2023-v1"]
"""Operating system and Jupyter: Amazon Linux 2 or 2023, both with JupyterLab 4. Older ones get no security fixes."""

_TYPES = ("AWS::SageMaker::NotebookInstance", "AWS::SageMaker::NotebookInstanceLifecycleConfig")
_SMALLEST_VOLUME, _LARGEST_VOLUME = 5, 16_384
_SHORTEST_IDLE, _LONGEST_IDLE = 15, 10_080


class NotebookInstance(Construct):
    """A notebook instance in the workspace's network, under its key, that is stopped when nobody uses it.

    Creates the instance, with no way to the internet, no root for its users and version 2 of the metadata service; a
    lifecycle configuration with a timer that stops it; an execution role for the workspace's data and artifacts; and a
    security group with HTTPS out. Most people are better served by :class:`~cdk_ml.sagemaker.StudioDomain`: notebook
    instances are for those who want one machine.

    Its name is made of its path. CloudFormation would replace the instance for another key, subnet or ``platform``, and
    its volume with it; because of the name it fails instead, and nothing is lost.

    Idle cost: the volume, about 0.14 USD a month and GiB, and about 7 USD a month and zone for an interface endpoint.
    The instance costs while it runs.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import NotebookInstance
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> notebook = NotebookInstance(stack, "Notebook", workspace=workspace, instance_type="ml.t3.medium")

    See https://docs.aws.amazon.com/sagemaker/latest/dg/nbi.html

    :ivar role: what the instance runs as.
    :ivar security_group: what the instance is in.
    :ivar cfn_lifecycle_config: what is run when the instance starts.
    :ivar cfn_notebook_instance: the instance.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        instance_type: str = "ml.t3.medium",
        volume_gib: int = 20,
        idle_minutes: int = 60,
        platform: Platform = "notebook-al2023-v1",
        setup: str = "",
        statements: Iterable[Statement] = (),
        role: iam.IRole | None = None,
        notebook_instance_name: str | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, tags and profile.
        :param instance_type: such as ``ml.t3.medium``.
        :param volume_gib: GiB of its volume, 5 to 16384. It can grow, but not shrink.
        :param idle_minutes: minutes without use after which it is stopped, 15 to 10080. A kernel that works is use.
        :param platform: operating system and Jupyter.
        :param setup: a shell script that is run as the user whenever the instance starts, for five minutes at most.
        :param statements: what the instance may do besides.
        :param role: an execution role of your own, which is granted nothing; it has to be allowed
            ``sagemaker:StopNotebookInstance`` on the instance, or nothing stops it.
        :param notebook_instance_name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse.
        """
        super().__init__(scope, id)
        known = not is_token(setup) and not is_token(idle_minutes)
        script = on_start(idle_minutes=idle_minutes, script=setup) if known else ""
        reject(
            self,
            [
                *instance_problems("instance_type", instance_type, "notebook"),
                *_size_problems(volume_gib, idle_minutes),
                *_setup_problems(setup, idle_minutes, script),
                *name_problems("notebook_instance_name", notebook_instance_name),
                *region_problems(Stack.of(self).region, *_TYPES),
            ],
        )
        workspace.adopt(self)
        workspace.add_interface_endpoint("SageMakerApi", ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_API)
        self.notebook_instance_name = own_name(self, notebook_instance_name)
        self.security_group = workspace.security_group(self, "SecurityGroup", description="A notebook instance")
        if role is None:
            own = [*_permissions(workspace), self._stop_itself(), *statements]
            role = workspace.role(self, "Role", service="sagemaker.amazonaws.com", statements=own)
        self.role = role
        self.cfn_lifecycle_config = sagemaker.CfnNotebookInstanceLifecycleConfig(
            self, "LifecycleConfig", on_start=[{"content": script}]
        )
        self.cfn_notebook_instance = sagemaker.CfnNotebookInstance(
            self,
            "Resource",
            notebook_instance_name=self.notebook_instance_name,
            instance_type=instance_type,
            volume_size_in_gb=volume_gib,
            role_arn=self.role.role_arn,
            platform_identifier=platform,
            direct_internet_access="Disabled",
            root_access="Disabled",
            instance_metadata_service_configuration={"minimumInstanceMetadataServiceVersion": "2"},
            kms_key_id=workspace.key.key_arn,
            subnet_id=workspace.subnet_ids[0],
            security_group_ids=[self.security_group.security_group_id],
            lifecycle_config_name=self.cfn_lifecycle_config.attr_notebook_instance_lifecycle_config_name,
        )

    @property
    def notebook_instance_arn(self) -> str:
        """ARN of the instance."""
        return named_arn(self, "notebook-instance", self.notebook_instance_name)

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of the instance."""
        return self.security_group.connections

    def grant_open(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` start, stop and open the instance."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[
                "sagemaker:CreatePresignedNotebookInstanceUrl",
                "sagemaker:DescribeNotebookInstance",
                "sagemaker:StartNotebookInstance",
                "sagemaker:StopNotebookInstance",
            ],
            resource_arns=[self.notebook_instance_arn],
        )

    def _stop_itself(self) -> Statement:
        return Statement(actions=["sagemaker:StopNotebookInstance"], resources=[self.notebook_instance_arn])


def _permissions(workspace: Workspace) -> Iterator[Statement]:
    yield from work_with_data(workspace)
    group = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws/sagemaker/NotebookInstances"
    yield Statement(
        actions=["logs:CreateLogGroup", *WRITE_LOGS],
        resources=[f"{group}:*"],
        wildcard="SageMaker writes what notebook instances print to one log group of the account, in streams that it "
        "names. https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html",
    )


def _size_problems(volume_gib: int, idle_minutes: int) -> Iterator[Problem]:
    if outside(volume_gib, _SMALLEST_VOLUME, _LARGEST_VOLUME):
        fix = f"Use {_SMALLEST_VOLUME} to {_LARGEST_VOLUME} GiB"
        yield Problem("volume_gib", volume_gib, "is not a size that a volume may have", fix)
    if outside(idle_minutes, _SHORTEST_IDLE, _LONGEST_IDLE):
        rule = "is shorter than a break, or longer than a week"
        yield Problem("idle_minutes", idle_minutes, rule, f"Use {_SHORTEST_IDLE} to {_LONGEST_IDLE}")


def _setup_problems(setup: str, idle_minutes: int, script: str) -> Iterator[Problem]:
    for name, value in (("setup", setup), ("idle_minutes", idle_minutes)):
        if is_token(value):
            rule = "is known at deployment only, but the script is written before"
            yield Problem(name, "a token", rule, "Give the value itself")
    if len(script) > LONGEST_SCRIPT:
        rule = f"makes a script of {len(script)} characters in base64, but SageMaker takes {LONGEST_SCRIPT}"
        yield Problem("setup", f"{setup[:20]}...", rule, "Let it fetch the rest from the workspace's artifact bucket")
    if not is_token(setup) and ("\r" in setup or "\nSCRIPT\n" in f"\n{setup}\n"):
        fix = "Use \\n only, and no line that says SCRIPT"
        yield Problem("setup", f"{setup[:20]}...", "has a line that ends it, or line ends of Windows", fix)
