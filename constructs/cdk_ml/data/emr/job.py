"""What the jobs of every kind of EMR have in common: arguments, the state that runs them, and who may start them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.data.emr.arguments import argument_problems, merged
from cdk_ml.data.running import grant, run_state
from cdk_ml.errors import reject
from cdk_ml.workspace import Statement

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as sfn


class EmrJob(Construct):
    """A Spark job of EMR, as a state machine runs it."""

    role: iam.IRole
    _integration: str
    _arguments: Mapping[str, str]

    def task(self, scope: Construct, id: str, *, arguments: Mapping[str, str] | None = None) -> sfn.CustomState:
        """A state that runs the job and waits for it; what EMR answers is under the state's id in its output.

        What the state machine needs is :meth:`run_statements`. An execution that is stopped stops the run.

        :param arguments: further ones, or others than the job's. A value that begins with ``$`` is a path into the
            execution, and one that begins with ``States.`` a function of Step Functions.
        :raises cdk_ml.errors.ConfigurationError: for a name that no argument has.
        """
        more = {} if arguments is None else dict(arguments)
        reject(self, argument_problems(more))
        run = self._run(merged(self._arguments, more))
        return run_state(scope, id, integration=self._integration, parameters=run)

    @abstractmethod
    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs to run the job, and to stop it with the execution."""

    @abstractmethod
    def start_statements(self) -> Sequence[Statement]:
        """What starts the job and does not wait for it needs this: runs as this job's role, and no other."""

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` start the job, as its role and no other."""
        return grant(grantee, self.start_statements())

    @abstractmethod
    def _run(self, arguments: Mapping[str, str]) -> dict[str, Any]:
        """A run as the service's integration takes it."""
