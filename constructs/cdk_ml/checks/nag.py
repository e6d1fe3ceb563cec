"""Four packs of cdk-nag over templates, instead of over the construct tree they were made from.

Each template is loaded into an empty stack with CDK's CfnInclude, so the packs see the same L1 resources as inside
the app, whatever language that was written in, and acknowledgements are left to us. One stack per template, as nested
stacks are stacks of their own inside the app too.

https://docs.aws.amazon.com/prescriptive-guidance/latest/patterns/check-aws-cdk-applications-or-cloudformation-templates-for-best-practices-by-using-cdk-nag-rule-packs.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cdk_ml.assembly import Assembly, Template
from cdk_ml.checks.extra import needs
from cdk_ml.checks.finding import Finding, Severity, finding
from cdk_ml.checks.kernel import scratch_app

if TYPE_CHECKING:
    from aws_cdk import App, Stack, Stage
    from cdk_nag import NagPack

TITLES = {
    "AwsSolutions": "AwsSolutions",
    "NIST.800.53.R5": "NIST 800-53 revision 5",
    "HIPAA.Security": "HIPAA Security",
    "PCI.DSS.321": "PCI DSS 3.2.1",
}
"""The packs, by the name that cdk-nag gives them."""

_SOURCE = "https://github.com/cdklabs/cdk-nag/blob/main/RULES.md"
_INCLUDE = "Include"
_THREW = "Rule threw an error"


def checker(name: str) -> Callable[[Assembly], Iterator[tuple[Template, list[Finding]]]]:
    """The check of one pack of :data:`TITLES`."""

    def check(assembly: Assembly) -> Iterator[tuple[Template, list[Finding]]]:
        # First, because importing cdk_nag starts Node: the app chooses which.
        stacks = _Stacks.of(assembly, f"the {name} pack")
        pack = _pack(name)
        for template in assembly.templates:
            yield template, list(_findings(name, pack, template, stacks.load(template)))

    return check


class _Stacks:
    """The templates of an assembly as stacks, each loaded once for all packs."""

    def __init__(self, assembly: Assembly, app: App) -> None:
        from aws_cdk import Stage

        self._index = {template.path: index for index, template in enumerate(assembly.templates)}
        self._stage = Stage(app, f"Assembly{len(app.node.children)}")
        self._loaded: dict[str, Stack | str] = {}

    @staticmethod
    def of(assembly: Assembly, what: str) -> _Stacks:
        return _last(assembly, scratch_app(what))

    def load(self, template: Template) -> Stack | str:
        """The template as a stack, or why CDK cannot read it."""
        if template.path not in self._loaded:
            self._loaded[template.path] = _load(template, self._stage, f"Template{self._index[template.path]}")
        return self._loaded[template.path]


# Packs run one after the other over the same assembly.
@lru_cache(maxsize=1)
def _last(assembly: Assembly, app: App) -> _Stacks:
    return _Stacks(assembly, app)


def _pack(name: str) -> NagPack:
    with needs("check", f"the {name} pack"):
        import cdk_nag
    packs: dict[str, Callable[[], NagPack]] = {
        "AwsSolutions": cdk_nag.AwsSolutionsChecks,
        "NIST.800.53.R5": cdk_nag.NIST80053R5Checks,
        "HIPAA.Security": cdk_nag.HIPAASecurityChecks,
        "PCI.DSS.321": cdk_nag.PCIDSS321Checks,
    }
    return packs[name]()


def _findings(name: str, pack: NagPack, template: Template, stack: Stack | str) -> Iterator[Finding]:
    if isinstance(stack, str):
        yield finding(
            template,
            None,
            pack=name,
            rule=f"{name}-Unreadable",
            severity=Severity.WARNING,
            message=f"cdk-nag cannot read this template: {stack}",
            fix="Check the template as CloudFormation processed it, or acknowledge that this pack does not cover it",
            source=_SOURCE,
        )
        return
    for violation in pack.validate_scope(stack).violations:
        threw = violation.description.startswith(_THREW)
        for violating in violation.violating_resources:
            logical_id = str(violating.construct_path).partition(f"/{_INCLUDE}/")[2].split("/")[0]
            yield finding(
                template,
                template.resources.get(logical_id),
                pack=name,
                rule=violation.rule_name,
                severity=Severity.WARNING if threw or violation.severity == "warning" else Severity.ERROR,
                message=violation.description,
                source=_SOURCE,
            )


def _load(template: Template, scope: Stage, stack_id: str) -> Stack | str:
    from aws_cdk import Stack
    from aws_cdk.cloudformation_include import CfnInclude
    from jsii.errors import JSIIError

    stack = Stack(scope, stack_id)
    options: dict[str, Any] = {"template_file": str(template.file), "allow_cyclical_references": True}
    try:
        CfnInclude(stack, _INCLUDE, **options)
    except (JSIIError, RuntimeError) as error:
        return str(error).splitlines()[0]
    return stack
