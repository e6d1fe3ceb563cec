"""Where apps look up which model a workflow brought last: a parameter that the workflow sets.

https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.genai.customization.jobs import call_state
from cdk_ml.genai.parameters import parameter_arn
from cdk_ml.workspace import Statement

_ANY = ("States.TaskFailed",)


@dataclass(frozen=True, slots=True)
class LiveParameter:
    """A parameter with the ARN of the model that is in use; ``none`` before there is one.

    :ivar cfn_parameter: the parameter.
    """

    cfn_parameter: ssm.CfnParameter

    @classmethod
    def make(cls, scope: Construct, description: str) -> LiveParameter:
        """Make it, as ``Live`` in ``scope``."""
        return cls(ssm.CfnParameter(scope, "Live", type="String", value="none", description=description))

    @property
    def arn(self) -> str:
        """ARN of the parameter."""
        return parameter_arn(self.cfn_parameter)

    def publish(self, scope: Construct, path: str) -> sfn.CustomState:
        """A state, ``Publish``, that sets it.

        :param path: to the model's ARN in the execution's state.
        """
        told = {"Name": self.cfn_parameter.ref, "Value.$": path, "Overwrite": True}
        return call_state(scope, "Publish", service="ssm", action="putParameter", parameters=told, retried=_ANY)

    def publish_statement(self) -> Statement:
        """What that state needs."""
        return Statement(actions=["ssm:PutParameter"], resources=[self.arn])
