"""CDK's own CloudFormation validator, with its default rules, over templates that are already written.

Inside an app it runs at every synth; here it reads the files. Its errors are errors, its warnings infos.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.CloudFormationValidatePlugin.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from cdk_ml.assembly import Assembly, Template
from cdk_ml.checks.finding import Finding, Severity, finding
from cdk_ml.checks.kernel import scratch_app

if TYPE_CHECKING:
    from aws_cdk import App, CloudFormationValidatePlugin, IPolicyValidationContext

# CDK writes the space in the name of its plugin as a hyphen wherever the name is part of an id.
PACK = "CloudFormation-Validate"
_SOURCE = "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.CloudFormationValidatePlugin.html"


def check(assembly: Assembly) -> Iterator[tuple[Template, list[Finding]]]:
    """What the validator finds, template by template."""
    app = scratch_app(f"the {PACK} pack")
    plugin = _plugin()
    for template in assembly.templates:
        found = [
            finding(
                template,
                template.resources.get(violating.resource_logical_id or ""),
                pack=PACK,
                rule=violation.rule_name,
                severity=Severity.ERROR if violation.severity in ("error", "fatal") else Severity.INFO,
                message=violation.description,
                fix=violation.fix or "",
                source=_SOURCE,
            )
            for violation in plugin.validate(_context(app, template)).violations
            for violating in violation.violating_resources
        ]
        yield template, found


@cache
def _plugin() -> CloudFormationValidatePlugin:
    """One for the process: each compiles the validator's WebAssembly again, ten times the work of a check."""
    from aws_cdk import CloudFormationValidatePlugin

    return CloudFormationValidatePlugin()


def _context(app: App, template: Template) -> IPolicyValidationContext:
    import jsii
    from aws_cdk import IPolicyValidationContext, PolicyValidationStack
    from constructs import IConstruct

    stack = PolicyValidationStack(
        stack_construct_path=template.path,
        template_path=str(template.file),
        account_id=template.account,
        region=template.region,
    )

    @jsii.implements(IPolicyValidationContext)
    class Context:
        @property
        def template_paths(self) -> list[str]:
            return [stack.template_path]

        @property
        def stack_templates(self) -> list[PolicyValidationStack]:
            return [stack]

        @property
        def account_id(self) -> str | None:
            return stack.account_id

        @property
        def region(self) -> str | None:
            return stack.region

        @property
        def app_construct(self) -> IConstruct:
            return app

    return Context()
