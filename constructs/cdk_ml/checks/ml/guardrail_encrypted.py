"""A guardrail lists what must not be said: words, topics, patterns of personal data. That list can be as sensitive as
what it protects.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if get(resource.properties, "KmsKeyArn") is None:
        yield "this guardrail is encrypted with a key that AWS owns"


RULE = Rule(
    id="ML-GuardrailEncrypted",
    title="Guardrails are encrypted with a customer managed key",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions.html",
    resource_types=("AWS::Bedrock::Guardrail",),
    check=_check,
    fix="Set KmsKeyArn",
    good=example(
        "AWS::Bedrock::Guardrail", Name="g", BlockedInputMessaging="no", BlockedOutputsMessaging="no", KmsKeyArn="k"
    ),
    bad=example("AWS::Bedrock::Guardrail", Name="g", BlockedInputMessaging="no", BlockedOutputsMessaging="no"),
)
