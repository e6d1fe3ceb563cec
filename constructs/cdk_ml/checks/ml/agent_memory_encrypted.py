"""An agent's memory holds what people told it, and what was made of it about them. Under a key of your own it can be
taken away from everybody at once, and each use of it is on record.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-create-a-memory-store.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if get(resource.properties, "EncryptionKeyArn") is None:
        yield "what this memory holds is encrypted with a key that AWS owns"


RULE = Rule(
    id="ML-AgentMemoryEncrypted",
    title="Memories of agents are encrypted with a customer managed key",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-create-a-memory-store.html",
    resource_types=("AWS::BedrockAgentCore::Memory",),
    check=_check,
    fix="Set EncryptionKeyArn, which replaces the memory",
    good=example("AWS::BedrockAgentCore::Memory", Name="m", EventExpiryDuration=30, EncryptionKeyArn="k"),
    bad=example("AWS::BedrockAgentCore::Memory", Name="m", EventExpiryDuration=30),
)
