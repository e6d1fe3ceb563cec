"""What is common to guardrails that are made here and those that exist: who may apply them, and what they report.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws, Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_ml.genai.guardrails.alarms import NAMESPACE
from cdk_ml.genai.models.invokable import grant
from cdk_ml.workspace import Statement

APPLY = ("bedrock:ApplyGuardrail",)


class GuardrailBase(Construct):
    """A guardrail in one published version, wherever it was made.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use.html
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._key_arn: str | None = None
        self._profile_arns: Sequence[str] = ()
        self._reasoning_arns: Sequence[str] = ()

    @property
    def guardrail_arn(self) -> str:
        """ARN of the guardrail, without its version."""
        raise NotImplementedError

    @property
    def guardrail_id(self) -> str:
        """What ``Converse`` takes as ``guardrailIdentifier``."""
        raise NotImplementedError

    @property
    def version(self) -> str:
        """The published version, which never changes: what ``Converse`` takes as ``guardrailVersion``."""
        raise NotImplementedError

    def apply_statements(self) -> list[Statement]:
        """What a role needs to have its requests checked."""
        statements = [Statement(actions=APPLY, resources=[self.guardrail_arn, *self._profile_arns])]
        if self._reasoning_arns:
            check = Statement(actions=["bedrock:InvokeAutomatedReasoningPolicy"], resources=self._reasoning_arns)
            statements.append(check)
        if self._key_arn is not None:
            statements.append(Statement(actions=["kms:Decrypt"], resources=[self._key_arn]))
        return statements

    def grant_apply(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own have its requests checked."""
        grant(grantee, self.apply_statements())

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of this version, the sum of five minutes if ``options`` do not say otherwise.

        :param name: such as ``TextUnitCount``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        dimensions = {"GuardrailArn": self.guardrail_arn, "GuardrailVersion": self.version}
        return cloudwatch.Metric(
            namespace=NAMESPACE, metric_name=name, dimensions_map=dimensions, **{"statistic": "Sum", **options}
        )

    def metric_invocations(self, **options: Any) -> cloudwatch.Metric:
        """Requests that were checked."""
        return self.metric("Invocations", **options)

    def metric_interventions(self, **options: Any) -> cloudwatch.Metric:
        """Requests that the guardrail blocked or masked something in."""
        return self.metric("InvocationsIntervened", **options)

    def metric_server_errors(self, **options: Any) -> cloudwatch.Metric:
        """Requests that could not be checked."""
        return self.metric("InvocationServerErrors", **options)

    def metric_throttles(self, **options: Any) -> cloudwatch.Metric:
        """Requests that were one too many."""
        return self.metric("InvocationThrottles", **options)

    def metric_latency(self, **options: Any) -> cloudwatch.Metric:
        """Milliseconds that checking takes, for 99 % of the requests if ``options`` do not say otherwise."""
        return self.metric("InvocationLatency", **{"statistic": "p99", **options})


class KnownGuardrail(GuardrailBase):
    """A guardrail that exists. Made by ``Guardrail.from_guardrail_attributes``."""

    def __init__(self, scope: Construct, id: str, *, guardrail_arn: str, version: str, key: kms.IKey | None) -> None:
        super().__init__(scope, id)
        self._guardrail_arn = guardrail_arn
        self._version = version
        self._key_arn = None if key is None else key.key_arn

    @property
    def guardrail_arn(self) -> str:
        """ARN of the guardrail, without its version."""
        return self._guardrail_arn

    @property
    def guardrail_id(self) -> str:
        """What ``Converse`` takes as ``guardrailIdentifier``."""
        return Fn.select(1, Fn.split("/", self._guardrail_arn))

    @property
    def version(self) -> str:
        """The published version, which never changes."""
        return self._version


def render_applied(guardrail: GuardrailBase) -> dict[str, str]:
    """A guardrail as CloudFormation takes it of what calls a model."""
    return {"guardrailIdentifier": guardrail.guardrail_id, "guardrailVersion": guardrail.version}


def profile_arn(geography: str, region: str) -> str:
    """ARN of a guardrail profile, which every account has in every region that it routes to."""
    return f"arn:{Aws.PARTITION}:bedrock:{region}:{Aws.ACCOUNT_ID}:guardrail-profile/{geography}.guardrail.v1:0"
