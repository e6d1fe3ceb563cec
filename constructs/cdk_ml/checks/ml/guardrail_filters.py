"""A guardrail that filters nothing looks like one that does. Attacks on the prompt come in what users say and in the
documents that a model reads, and only the filter for them looks for instructions there.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-prompt-attack.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.checks.rule import Rule, example
from cdk_ml.checks.values import get, is_intrinsic, items

_ATTACK = "PROMPT_ATTACK"


def _check(resource: Resource, _template: Template) -> Iterator[str]:
    filters = get(resource.properties, "ContentPolicyConfig", "FiltersConfig")
    if is_intrinsic(filters) or any(is_intrinsic(each) or is_intrinsic(get(each, "Type")) for each in items(filters)):
        return
    strengths = {
        get(each, "Type"): [get(each, "InputStrength"), get(each, "OutputStrength")] for each in items(filters)
    }
    if _ATTACK not in strengths:
        yield "this guardrail does not look for attacks on the prompt"
    for kind, (of_input, of_output) in strengths.items():
        if of_input == "NONE" and (kind == _ATTACK or of_output == "NONE"):
            yield f"the filter for {kind} of this guardrail is NONE, which filters nothing"


RULE = Rule(
    id="ML-GuardrailFilters",
    title="Guardrails look for attacks on the prompt, and their filters filter",
    severity=Severity.WARNING,
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-prompt-attack.html",
    resource_types=("AWS::Bedrock::Guardrail",),
    check=_check,
    fix="Set the InputStrength of PROMPT_ATTACK to HIGH, and raise strengths that are NONE or leave the filter out",
    good=example(
        "AWS::Bedrock::Guardrail",
        ContentPolicyConfig={
            "FiltersConfig": [{"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"}]
        },
    ),
    bad=example(
        "AWS::Bedrock::Guardrail",
        ContentPolicyConfig={
            "FiltersConfig": [{"Type": "PROMPT_ATTACK", "InputStrength": "NONE", "OutputStrength": "NONE"}]
        },
    ),
)
