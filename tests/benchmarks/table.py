"""A table of results, shown in the terminal and written into the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.table import Table as Shown


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should at most be, and what it was."""

    what: str
    most: float
    measured: float

    def row(self) -> list[str]:
        """For the table of goals."""
        met = "met" if self.measured <= self.most else f"missed by {self.measured / self.most - 1:.0%}"
        return [self.what, f"{self.most:g}", f"{self.measured:.2f}", met]


@dataclass(frozen=True, slots=True)
class Table:
    """What was measured.

    :ivar note: what the figures mean, in sentences.
    :ivar rows: cells, as many in each row as there are columns.
    :ivar goals: the goals that this was measured for.
    """

    title: str
    note: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def shown(self) -> Shown:
        """For the terminal."""
        table = Shown(
            title=self.title, caption=self.note, box=SIMPLE_HEAD, title_justify="left", caption_justify="left"
        )
        for index, column in enumerate(self.columns):
            table.add_column(column, justify="right" if index else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For the page."""
        rule = ["---", *("--:" for _ in self.columns[1:])]
        lines = [" | ".join(cells) for cells in (self.columns, rule, *self.rows)]
        return "\n".join([f"## {self.title}", "", self.note, "", *(f"| {line} |" for line in lines), ""])
