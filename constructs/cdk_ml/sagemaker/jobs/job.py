"""What all jobs have in common: who they run as, where, and how a state machine or a pipeline starts them.

A job is a definition. It creates a role, a security group and its assets; running it is the business of a state machine
or a pipeline, and the same definition serves both.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.execution_role import (
    JobLogs,
    attach_to_network,
    publish_metrics,
    pull_images,
    use_volume_key,
    write_job_logs,
    write_objects,
)
from cdk_ml.sagemaker.jobs.data import Output
from cdk_ml.sagemaker.jobs.values import Result, run_values
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement, Workspace, acknowledge
from cdk_ml.workspace.statements import pass_role, use_key

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as sfn


_UUID, _UUID_END = 36, 12
_NAME = re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9])*")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """How SageMaker and Step Functions call a kind of job.

    :param name: as in the API operations: ``Training`` for ``CreateTrainingJob``.
    :param arn: as in ARNs: ``training-job``.
    :param logs: the log group that all jobs of the kind share.
    :param job: the noun of the API, where it is not ``<name>Job``.
    :param longest_name: most characters that the name of a run may have.
    :param events: what Step Functions calls its rule for the end of such jobs, where it is not the noun.
    :param in_pipelines: whether a pipeline has a step for it.
    """

    name: str
    arn: str
    logs: JobLogs
    job: str = ""
    longest_name: int = 63
    events: str = ""
    in_pipelines: bool = True

    @property
    def noun(self) -> str:
        """As in ``CreateTrainingJob``."""
        return self.job or f"{self.name}Job"

    @property
    def id_length(self) -> int:
        """Characters of the id that ends the name of a run: a UUID where there is room, its last part elsewhere."""
        return _UUID if self.longest_name > 2 * _UUID_END + _UUID else _UUID_END


class Job(Construct):
    """A job definition: something that a state machine or a pipeline of this stack can run.

    :ivar step_name: what the job is called inside an execution: its id.
    :ivar kind: which kind of job it is.
    :ivar role: the execution role.
    :ivar security_group: of the job's network interfaces; HTTPS out and nothing in.
    :ivar request: the job as SageMaker's API takes it, without its name.
    """

    kind: JobKind
    request: dict[str, Any]

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace) -> None:
        super().__init__(scope, id)
        reject(self, _id_problems(id))
        workspace.adopt(self)
        self.step_name = id
        self._workspace = workspace
        self._prefix = f"jobs/{self.node.path}"

    def output(self, name: str) -> Output:
        """What the job leaves under ``name``, for jobs after it to read."""
        return Output(self._workspace.data_bucket, self._prefix, step=self.step_name, name=name)

    def result(self, path: str) -> Result:
        """Something that SageMaker answers about the job once it has run.

        :param path: such as ``ModelArtifacts.S3ModelArtifacts``.
        """
        return Result(self.step_name, path)

    @property
    def uses(self) -> frozenset[str]:
        """Names of the jobs that have to run before this one, because it takes something of theirs."""
        results = {value.step for value in run_values(self.request) if isinstance(value, Result)}
        return frozenset(results | {data.step for data in self._inputs() if isinstance(data, Output)})

    def task(self, scope: Construct, id: str) -> sfn.CustomState:
        """A state that runs the job and waits for it; its result is under the job's id in the state's output.

        Throttling is retried. What the state machine needs is :meth:`run_statements`.
        """
        from cdk_ml.sagemaker.jobs.task import job_task

        return job_task(self, scope, id)

    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs to run the job, to stop it with the execution, and to hand it its role."""
        noun, arn = self.kind.noun, f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self.kind.arn}"
        rule = f"StepFunctionsGetEventsForSageMaker{self.kind.events or noun}sRule"
        return (
            Statement(
                actions=[f"sagemaker:Create{noun}", f"sagemaker:Describe{noun}", f"sagemaker:Stop{noun}"],
                resources=[f"{arn}/{self.run_prefix.lower()}-*"],
                wildcard="The name of a run ends in an id of its own; its beginning is this job's. "
                "https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html",
            ),
            Statement(
                actions=["sagemaker:AddTags"],
                resources=[f"{arn}/{self.run_prefix.lower()}-*"],
                wildcard="Runs are tagged as they are created; their names end in an id of their own. "
                "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html",
            ),
            pass_role(self.role.role_arn, to="sagemaker.amazonaws.com"),
            Statement(
                actions=["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                resources=[f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/{rule}"],
            ),
        )

    @property
    def run_prefix(self) -> str:
        """What the names of runs begin with: short enough for an id after it."""
        return self.step_name[: self.kind.longest_name - self.kind.id_length - 1]

    @property
    def role(self) -> iam.IRole:
        """The execution role."""
        return self._role

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of the job."""
        return self.security_group.connections

    def _inputs(self) -> Iterable[object]:
        """Data that the job reads."""
        return ()

    def _place(
        self,
        *,
        repository_arns: Iterable[str],
        statements: Iterable[Statement],
        role: iam.IRole | None,
        instance_count: float = 1,
        images: str = "",
    ) -> None:
        """Make the security group, and the role with what every job needs and ``statements``.

        :param images: why an ARN of a repository ends in ``*``.
        """
        workspace = self._workspace
        self.security_group = workspace.security_group(
            self, "SecurityGroup", description=f"Network interfaces of {self.kind.name.lower()} jobs"
        )
        if is_token(instance_count) or instance_count > 1:
            self._let_peers_talk(self.security_group.security_group_id)
        key_arn = workspace.key.key_arn
        if role is None:
            role = workspace.role(
                self,
                "Role",
                service="sagemaker.amazonaws.com",
                statements=[
                    *pull_images(sorted(repository_arns), wildcard=images),
                    *write_job_logs(self.kind.logs),
                    *publish_metrics(),
                    *attach_to_network(workspace.subnet_ids, self.security_group.security_group_id),
                    *write_objects(workspace.data_bucket.bucket_arn, f"{self._prefix}/"),
                    *use_key(key_arn),
                    *use_volume_key(key_arn),
                    *statements,
                ],
            )
        self._role = role

    def _let_peers_talk(self, group: str) -> None:
        # Over EFA and over IPsec too, which have no ports, so that no port can be named.
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html
        everything, who = "-1", "Instances of one job"
        peers = ec2.CfnSecurityGroupIngress(
            self, "FromPeers", group_id=group, source_security_group_id=group, ip_protocol=everything, description=who
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "ToPeers",
            group_id=group,
            destination_security_group_id=group,
            ip_protocol=everything,
            description=who,
        )
        acknowledge(
            peers,
            "The rule admits members of the group that it belongs to, which are the instances of one job, and no "
            "address. EFA and IPsec, over which they talk, have no ports that could be named. "
            "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html",
            *(f"{pack}-EC2RestrictedCommonPorts" for pack in ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")),
        )

    @property
    def _vpc_config(self) -> dict[str, Any]:
        return {
            "SecurityGroupIds": [self.security_group.security_group_id],
            "Subnets": self._workspace.subnet_ids,
        }

    @property
    def _tags(self) -> list[Mapping[str, str]]:
        # Runs are no resources of the stack, so that the stack's tags do not reach them.
        return [{"Key": key, "Value": value} for key, value in self._workspace.tags.items()]


def _id_problems(id: str) -> Iterator[Problem]:
    if not is_token(id) and not _NAME.fullmatch(id):
        yield Problem("id", id, "cannot begin the name of a run", "Use letters, digits and hyphens, such as TrainModel")
