"""``cdk-ml synth``: runs a Python CDK app in this process, checks what it wrote, and leaves reports beside it.

One process for both means that Node and aws-cdk-lib are started and loaded once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from cdk_ml.assembly import Template, read
from cdk_ml.checks.outcome import Report
from cdk_ml.checks.packs import PACKS, prepare
from cdk_ml.checks.report import FORMATS
from cdk_ml.checks.report.table import summary, tables
from cdk_ml.cli.check import check_assembly
from cdk_ml.cli.program import run_app
from cdk_ml.cli.progress import stdout

_REPORTS = ("json", "sarif", "html")


def synth(script: Path, *, output: Path, reports: Path, context: Sequence[str], packs: Sequence[str] | None) -> bool:
    """Synthesize, check and report.

    :returns: whether no finding is open and no acknowledgement stale.
    :raises UsageError: when the app cannot be run or writes nothing.
    :raises UnknownPackError: for a pack that does not exist.
    """
    prepare(packs or PACKS)
    times = run_app(script, output, context)
    report = check_assembly(read(output), packs)
    reports.mkdir(parents=True, exist_ok=True)
    for name in _REPORTS:
        (reports / f"report.{name}").write_text(FORMATS[name](report), encoding="utf-8")
    console = stdout()
    if not report.passed:
        console.print(*tables(report)[:-1], sep="\n")
    console.print(_overview(report, times.seconds()))
    console.print(f"{summary(report)} Synthesis took {times.synth_seconds:.1f} s. Reports: {reports}")
    return report.passed


def _overview(report: Report, build_seconds: Mapping[str, float]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("stack", no_wrap=True)
    for column in ("resources", *(PACKS[name].label for name in report.packs), "acknowledged", "seconds"):
        table.add_column(column, justify="right", overflow="fold")
    for template in report.assembly.templates:
        seconds = build_seconds.get(template.path, 0.0) + report.seconds_of_stack(template.path)
        table.add_row(template.path, str(len(template.resources)), *_counts(report, template), f"{seconds:.2f}")
    return table


def _counts(report: Report, template: Template) -> list[str]:
    open_ = [finding.pack for finding in report.open if finding.stack == template.path]
    acknowledged = sum(finding.stack == template.path for finding in report.acknowledged)
    return [str(open_.count(pack)) for pack in report.packs] + [str(acknowledged)]
