"""Pairs an assembly with the one that is deployed, so that an update has something to update.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks.html
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cdk_ml.assembly import Assembly, AssemblyError, read


def deployed(old: Path, new: Path, after: Assembly) -> Assembly:
    """Read what is deployed, as stacks of ``after``, which was read from ``new``.

    :raises AssemblyError: for what cannot be read, and where the two have no stack in common.
    """
    before = read(old)
    if old.is_file() and new.is_file():
        # Two files of one stack have two names, but it is the same stack.
        (template,), (successor,) = before.templates, after.templates
        return replace(before, templates=(replace(template, name=successor.name, path=successor.path),))
    require_common(before, after, str(old), str(new))
    return before


def require_common(before: Assembly, after: Assembly, old: str, new: str) -> None:
    """Refuse two assemblies without a stack in common.

    :raises AssemblyError: naming what each of them has.
    """
    paths = [[template.path for template in assembly.templates] for assembly in (before, after)]
    if not {*paths[0]} & {*paths[1]}:
        olds, news = (", ".join(each) or "no stack" for each in paths)
        raise AssemblyError(
            f"{old} and {new} have no stack in common: there is nothing to update. One has {olds}, the other {news}."
        )
