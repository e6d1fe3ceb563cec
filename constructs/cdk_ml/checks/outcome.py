"""What a run of packs over an assembly came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cdk_ml.assembly import Acknowledgement, Assembly
from cdk_ml.checks.finding import Finding


@dataclass(frozen=True)
class Report:
    """Every finding of every pack that ran.

    :ivar packs: the names of the packs that ran.
    :ivar findings: in the order of stack, pack and rule, acknowledged ones included.
    :ivar stale: acknowledgements of a pack that ran which match no finding.
    :ivar seconds: wall-clock seconds by pack and stack. Packs overlap: their sum is more than the run took.
    """

    assembly: Assembly
    packs: tuple[str, ...]
    findings: tuple[Finding, ...]
    stale: tuple[Acknowledgement, ...]
    seconds: Mapping[tuple[str, str], float]

    @cached_property
    def acknowledged(self) -> tuple[Finding, ...]:
        """The findings that somebody answers for."""
        return tuple(finding for finding in self.findings if finding.acknowledged is not None)

    @cached_property
    def open(self) -> tuple[Finding, ...]:
        """The errors and warnings that nobody acknowledged: these fail the check."""
        return tuple(finding for finding in self.findings if finding.fails)

    @property
    def passed(self) -> bool:
        """Whether nothing is open and no acknowledgement is stale."""
        return not self.open and not self.stale

    def seconds_of_stack(self, stack: str) -> float:
        """Seconds that all packs together spent on a stack."""
        return sum(seconds for (_, of), seconds in self.seconds.items() if of == stack)

    def seconds_of_pack(self, pack: str) -> float:
        """Seconds that a pack spent on all stacks."""
        return sum(seconds for (of, _), seconds in self.seconds.items() if of == pack)
