"""``cdk-ml check``: reads what it is given, runs the packs, reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cdk_ml.assembly import Assembly, read
from cdk_ml.checks.outcome import Report
from cdk_ml.checks.packs import PACKS, run
from cdk_ml.checks.report import FORMATS
from cdk_ml.checks.report.table import tables
from cdk_ml.cli.progress import progress, write

_DEFAULT_ASSEMBLY = Path("cdk.out")
_TEMPLATE_SUFFIXES = (".json", ".yaml", ".yml", ".template")


def check(targets: Sequence[str], *, format: str, output: Path | None, packs: Sequence[str] | None) -> bool:
    """Check and report.

    :param targets: paths of assemblies and templates, and names of stacks.
    :returns: whether the check passed.
    :raises AssemblyError: for what cannot be read.
    :raises UnknownPackError: for a pack that does not exist.
    """
    report = check_assembly(find(targets), packs)
    write(lambda: FORMATS[format](report), tables=lambda: tables(report), format=format, output=output)
    return report.passed


def find(targets: Sequence[str]) -> Assembly:
    """What the targets name: a path is read, anything else is a stack of the assemblies given, or of ``./cdk.out``."""
    paths = [Path(target) for target in targets if _is_path(target)]
    stacks = [target for target in targets if not _is_path(target)]
    assembly = Assembly.join([read(path) for path in paths or [_DEFAULT_ASSEMBLY]])
    return assembly.select(stacks) if stacks else assembly


def check_assembly(assembly: Assembly, packs: Sequence[str] | None) -> Report:
    """Run packs, all of them when none is named, with a progress bar."""
    chosen = tuple(dict.fromkeys(packs)) if packs else tuple(PACKS)
    with progress("Checking", len(chosen) * len(assembly.templates)) as advance:
        return run(assembly, chosen, lambda pack, stack: advance(f"{pack}: {stack}"))


def _is_path(target: str) -> bool:
    return Path(target).exists() or target.endswith(_TEMPLATE_SUFFIXES)
