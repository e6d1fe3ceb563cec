"""The packs there are, and how a run of them goes.

Packs that need Node share one process and run one after the other; cfn-lint runs beside them in a process of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches

from cdk_ml.assembly import Assembly, Template
from cdk_ml.checks import lifecycle, lint, nag, validator
from cdk_ml.checks.acknowledged import acknowledge
from cdk_ml.checks.extra import MissingExtraError
from cdk_ml.checks.finding import Finding
from cdk_ml.checks.ml import check as ml
from cdk_ml.checks.outcome import Report

__all__ = ["PACKS", "MissingExtraError", "Pack", "Progress", "UnknownPackError", "prepare", "run"]

Progress = Callable[[str, str], None]
"""Called with the name of a pack and the path of a stack each time one has been checked with the other."""


class UnknownPackError(LookupError):
    """A pack was asked for that does not exist; the message names those that do."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A set of rules.

    :ivar label: the name in as few letters as a narrow column has.
    :ivar check: yields each template it is done with, and the findings on it.
    :ivar lane: packs of one lane run one after the other, lanes run side by side.
    :ivar prepare: starts what the pack needs, and returns before that is ready.
    """

    name: str
    label: str
    title: str
    check: Callable[[Assembly], Iterator[tuple[Template, list[Finding]]]]
    lane: str
    prepare: Callable[[], None] | None = None


PACKS: dict[str, Pack] = {
    pack.name: pack
    for pack in (
        Pack("ML", "ML", "cdk-ml: machine learning on AWS", ml, "python"),
        Pack(lifecycle.PACK, "Lifecycle", "cdk-ml: what ended or closed", lifecycle.check, "python"),
        *(
            Pack(name, title.split()[0], f"cdk-nag: {title}", nag.checker(name), "node")
            for name, title in nag.TITLES.items()
        ),
        Pack(validator.PACK, "CDK", "AWS CDK: CloudFormation validator", validator.check, "node"),
        Pack(lint.PACK, "cfn-lint", "cfn-lint: errors", lint.check, "lint", lint.prepare),
    )
}


def prepare(packs: Iterable[str] = tuple(PACKS)) -> None:
    """Start what packs need, so that it is ready when an assembly is: to be called before an app is run.

    :param packs: names of packs; all of them when not given.
    :raises UnknownPackError: for a name that is not in :data:`PACKS`.
    """
    for pack in map(_pack, packs):
        if pack.prepare is not None:
            pack.prepare()


def run(assembly: Assembly, packs: Iterable[str] = tuple(PACKS), on_progress: Progress | None = None) -> Report:
    """Check an assembly with packs.

    :param packs: names of packs; all of them when not given.
    :param on_progress: may be called from several threads.
    :raises UnknownPackError: for a name that is not in :data:`PACKS`.
    :raises MissingExtraError: when a pack needs a package that is not installed.
    """
    chosen = [_pack(name) for name in dict.fromkeys(packs)]
    seconds: dict[tuple[str, str], float] = {}

    def lane(members: list[Pack]) -> list[Finding]:
        findings: list[Finding] = []
        for pack in members:
            started = time.perf_counter()
            for template, found in pack.check(assembly):
                findings += found
                now = time.perf_counter()
                key = pack.name, template.path
                seconds[key] = seconds.get(key, 0.0) + now - started
                started = now
                if on_progress is not None:
                    on_progress(*key)
        return findings

    lanes: dict[str, list[Pack]] = {}
    for pack in chosen:
        lanes.setdefault(pack.lane, []).append(pack)
    with ThreadPoolExecutor(max_workers=max(1, len(lanes))) as pool:
        found = [finding for findings in pool.map(lane, lanes.values()) for finding in findings]
    names = tuple(pack.name for pack in chosen)
    order = {template.path: index for index, template in enumerate(assembly.templates)}
    found.sort(key=lambda f: (order[f.stack], names.index(f.pack), f.rule, f.path, f.logical_id, f.message))
    findings, stale = acknowledge(found, assembly.acknowledgements, names)
    return Report(assembly, names, findings, stale, seconds)


def _pack(name: str) -> Pack:
    try:
        return PACKS[name]
    except KeyError:
        close = get_close_matches(name, PACKS, n=1, cutoff=0.3)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise UnknownPackError(f"{name}: no such pack. There are {', '.join(PACKS)}.{hint}") from None
