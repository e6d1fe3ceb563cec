"""What a flow or an agent sends to a model comes from users, from documents and from tools, and goes back to users.
Without a guardrail nobody looks at it on the way.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, is_intrinsic, items

_GUARD = "GuardrailConfiguration"


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    if resource.type == "AWS::Bedrock::Agent":
        if get(resource.properties, _GUARD) is None:
            yield "this agent asks its model without a guardrail"
        return
    for node in items(get(resource.properties, "Definition", "Nodes")):
        for kind in ("Prompt", "KnowledgeBase"):
            asked = get(node, "Configuration", kind)
            # A knowledge base without a model only finds, and Bedrock takes no guardrail for that.
            asks = asked is not None and (kind == "Prompt" or get(asked, "ModelId") is not None)
            if asks and not is_intrinsic(asked) and get(asked, _GUARD) is None:
                yield f"the node {get(node, 'Name')} of this flow asks a model without a guardrail"


def _flow(**prompt: Any) -> dict[str, Any]:
    node = {"Name": "Answer", "Type": "Prompt", "Configuration": {"Prompt": {"SourceConfiguration": {}, **prompt}}}
    return example("AWS::Bedrock::Flow", Definition={"Nodes": [node]})


RULE = Rule(
    id="ML-ModelGuarded",
    title="Flows and agents have a guardrail before every model",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use.html",
    resource_types=("AWS::Bedrock::Flow", "AWS::Bedrock::Agent"),
    check=_check,
    fix="Set GuardrailConfiguration to a guardrail and one of its published versions",
    good=_flow(GuardrailConfiguration={"GuardrailIdentifier": "g", "GuardrailVersion": "1"}),
    bad=_flow(),
)
