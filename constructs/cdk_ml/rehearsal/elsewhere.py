"""Answers what a stack asks of other stacks: their exports, and outputs that they need not export.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

from typing import Any

from cdk_ml.assembly import Template
from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal.names import Place
from cdk_ml.rehearsal.outcome import Kind, Problem
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.values import Invented


class OtherStacks:
    """The stacks that exist, as one stack sees them.

    :ivar imported: names of the exports that it asked for.
    :ivar missing: those of them that no stack has.
    :ivar problems: what went wrong since it was last emptied.
    """

    def __init__(self, stage: Stage, template: Template, place: Place) -> None:
        self.imported: set[str] = set()
        self.missing: set[str] = set()
        self.problems: list[Problem] = []
        self._stage, self._template, self._place = stage, template, place

    def export(self, name: str) -> Any:
        """What an export is; one that no stack has is taken to exist."""
        self.imported.add(name)
        for stack in self._stage.stacks.values():
            if (stack.account, stack.region) == (self._place.account, self._place.region) and name in stack.exports:
                return stack.exports[name]
        self.missing.add(name)
        message = f"export {name} is of no stack that is deployed before; it is taken to exist"
        self._note(message, "Rehearse the stack that exports it together with this one")
        return Invented(f"<export {name}>", f"export {name}")

    def output(self, stack: str, output: str, region: str) -> Any:
        """What an output of a stack in a region is; one of a stack that there is not is taken to exist."""
        found = [s for s in self._stage.stacks.values() if (s.name, s.region) == (stack, region)]
        if found and output in found[0].outputs:
            return found[0].outputs[output]
        if found:
            fix = f"Use {', '.join(found[0].outputs) or 'a stack with outputs'}"
            self.problems.append(Problem(Kind.MISSING_ATTRIBUTE, f"stack {stack} has no output {output}", fix))
        else:
            message = f"stack {stack} is not deployed before; its output {output} is taken to exist"
            self._note(message, "Rehearse it together with this one")
        return Invented(f"<output {output}>", f"output {output} of {stack}")

    def _note(self, message: str, fix: str) -> None:
        self._stage.find(Kind.UNRESOLVED, Severity.INFO, self._template.path, None, message, fix)
