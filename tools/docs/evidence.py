"""What the pages claim, established once for all of them: every stack and every example synthesized, every pack run.

One app holds the reference stacks, and a stage for each construct with the stack that its example makes: so there is
one synth and one run of the checks, whatever the number of pages.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from cdk_ml.assembly import Acknowledgement, Resource, Template, read
from cdk_ml.checks import PACKS, Finding, Report, run
from cdk_ml.node import prefer_bundled_node

from .inventory import ROOT, Member

PROFILE = "production"
_EXAMPLES = "Examples"
_APP = re.compile(r"\bcdk\.App\([^()]*\)")
_ANY_PROFILE = re.compile(r"\bProfile\.(SANDBOX|PRODUCTION|REGULATED)\b")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found out about one stack.

    :ivar templates: its template, and those of its nested stacks.
    :ivar open: findings that nobody answers for.
    :ivar acknowledged: findings that somebody does.
    :ivar stale: acknowledgements that match nothing.
    :ivar prefix: what the paths of its resources start with.
    """

    templates: tuple[Template, ...]
    open: tuple[Finding, ...]
    acknowledged: tuple[Finding, ...]
    stale: tuple[Acknowledgement, ...]
    prefix: str

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource, in template order."""
        return tuple(resource for template in self.templates for resource in template.resources.values())

    def local(self, path: str) -> str:
        """A construct path as seen from inside the stack."""
        return path.removeprefix(self.prefix).removeprefix("/") or "the stack"

    def count(self, pack: str, *, acknowledged: bool) -> int:
        """How many findings a pack has."""
        return sum(finding.pack == pack for finding in (self.acknowledged if acknowledged else self.open))


@dataclass(frozen=True, slots=True)
class Stacks:
    """All evidence, by the name of the reference stack or of the construct."""

    reference: Mapping[str, Evidence]
    examples: Mapping[str, Evidence]
    modules: Mapping[str, ModuleType]


def gather(constructs: Mapping[str, Member]) -> Stacks:
    """Synthesize everything in the production profile and run every pack on it.

    :raises ValueError: for an example that does not make its stack in ``cdk.App()``.
    """
    prefer_bundled_node()
    # The checks run CDK's validator on what is written: twice would be half a minute lost.
    os.environ["CDK_VALIDATION"] = "false"
    import aws_cdk as cdk

    from cdk_ml.workspace import Profile
    from stacks import reference_stacks

    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder, context=flags, analytics_reporting=False)
        classes = reference_stacks()
        for name, stack in classes.items():
            stack(app, name, profile=Profile.named(PROFILE))
        paths = {name: _example(cdk.Stage(app, f"{_EXAMPLES}{name}"), member) for name, member in constructs.items()}
        app.synth()
        report = run(read(Path(folder)), tuple(PACKS))
    modules = {name: importlib.import_module(stack.__module__) for name, stack in classes.items()}
    return Stacks(
        {name: _evidence(report, name) for name in classes},
        {name: _evidence(report, path) for name, path in paths.items()},
        modules,
    )


def example_of(docstring: str) -> str:
    """The code of the example in a docstring, as a module."""
    return "".join(part.source for part in doctest.DocTestParser().get_examples(inspect.cleandoc(docstring)))


def _example(stage: Any, member: Member) -> str:
    """Run the example in ``stage``, and give the path of the stack that it made."""
    docstring = member.definition.docstring
    source, replaced = _APP.subn("_stage", example_of(docstring.value if docstring else ""))
    if not replaced:
        raise ValueError(f"{member.source}: the example of {member.name} makes no stack in cdk.App(). Let it make one.")
    namespace: dict[str, Any] = {"_stage": stage}
    exec(_ANY_PROFILE.sub(f"Profile.{PROFILE.upper()}", source), namespace)
    path: str = namespace["stack"].node.path
    return path


def _evidence(report: Report, path: str) -> Evidence:
    def inside(stack: str) -> bool:
        return stack == path or stack.startswith(f"{path}/")

    return Evidence(
        tuple(template for template in report.assembly.templates if inside(template.path)),
        tuple(found for found in report.open if inside(found.stack)),
        tuple(found for found in report.acknowledged if inside(found.stack)),
        tuple(stale for stale in report.stale if inside(stale.stack)),
        path,
    )
