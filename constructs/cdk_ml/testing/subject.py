"""What a proof is about, in every shape a test may have it: a stack, an app, an assembly, or a folder of one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cdk_ml.assembly import Assembly, read

if TYPE_CHECKING:
    from aws_cdk import Stack, Stage

    Subject = Stack | Stage | Assembly | Path | str
    """A stack (only it and its nested stacks are proven), an app or stage, a read assembly, or the path of one."""


def assembly_of(subject: Subject) -> Assembly:
    """The cloud assembly of ``subject``, synthesized when it is a construct.

    :raises cdk_ml.assembly.AssemblyError: for a path that is neither a cloud assembly nor a template.
    """
    if isinstance(subject, Assembly):
        return subject
    if isinstance(subject, str | Path):
        return read(Path(subject))
    from aws_cdk import Stack, Stage

    root = subject.node.root
    if not isinstance(root, Stage):
        path = subject.node.path
        raise TypeError(f"{path}: is in no app, so it cannot be synthesized. Make it with cdk.App() above it.")
    # By force, because a test may have changed the app since it was synthesized last.
    assembly = read(Path(root.synth(force=True).directory))
    if isinstance(subject, Stack):
        return assembly.select([subject.node.path])
    inside = [t.path for t in assembly.templates if t.path.startswith(f"{subject.node.path}/")]
    return assembly.select(inside) if subject.node.path else assembly


def expect_none(problems: Iterable[str], expected: str) -> None:
    """Raise an AssertionError that lists the problems, one to a line, under what was expected."""
    found = list(problems)
    if found:
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        raise AssertionError("\n".join([f"{expected}: {count}", *(f"- {problem}" for problem in found)]))
