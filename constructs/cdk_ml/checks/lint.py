"""cfn-lint's errors: what CloudFormation would refuse, by its own resource schemas, in the region of the stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-template.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cdk_ml.assembly import Assembly, Template
from cdk_ml.checks.extra import needs
from cdk_ml.checks.finding import Finding, Severity, finding

PACK = "cfn-lint"
_DEFAULT_REGION = "us-east-1"


def check(assembly: Assembly) -> Iterator[tuple[Template, list[Finding]]]:
    """What cfn-lint finds, template by template; us-east-1 where a stack has no region."""
    with needs("check", f"the {PACK} pack"):
        from cfnlint import ConfigMixIn  # type: ignore[import-untyped]
        from cfnlint.core import get_rules  # type: ignore[import-untyped]
        from cfnlint.runner import run_template_by_data  # type: ignore[import-untyped]

    # Warnings and infos of cfn-lint are opinions, which other packs hold too, and take half of its time.
    rules = get_rules(append_rules=[], ignore_rules=["W", "I"], include_rules=[])
    for template in assembly.templates:
        config = ConfigMixIn(regions=[template.region or _DEFAULT_REGION], ignore_checks=["W", "I"])
        data, matches = _decoded(template)
        if data is not None:
            matches += run_template_by_data(data, config, rules)
        yield template, [_finding(template, match) for match in matches]


def _decoded(template: Template) -> tuple[Any, list[Any]]:
    from cfnlint.decode import cfn_json, decode  # type: ignore[import-untyped]

    file = str(template.file)
    try:
        # decode() tries YAML first, which takes ten times as long for the same JSON.
        return cfn_json.load(file), []
    except ValueError:
        data, matches = decode(file)
        return data, matches


def _finding(template: Template, match: Any) -> Finding:
    path = list(match.path or ())
    logical_id = str(path[1]) if len(path) > 1 and path[0] == "Resources" else ""
    where = f"{'/'.join(map(str, path[2:]))}: " if logical_id and path[2:] else ""
    return finding(
        template,
        template.resources.get(logical_id),
        pack=PACK,
        rule=match.rule.id,
        severity=Severity.ERROR,
        message=f"{where}{match.message}",
        source=match.rule.source_url,
    )
