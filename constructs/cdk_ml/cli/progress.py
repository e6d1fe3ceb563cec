"""Where a command writes: the report to stdout or a file, a progress bar to stderr where that is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_WIDTH = 160


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[str], None]]:
    """Show a bar and yield a function that moves it on by one and says what was done.

    :param total: None for a bar that only shows that something happens.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[what]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total, what="")
        yield lambda what: bar.update(task, advance=1, what=what)


def stdout() -> Console:
    """A console as wide as the terminal, or wide enough for every table where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDTH)


def write(
    report: Callable[[], str], *, tables: Callable[[], Iterable[RenderableType]], format: str, output: Path | None
) -> None:
    """Put a report into a file, or print it.

    :param report: what makes its text.
    :param tables: what makes its tables, which are printed as wide as the terminal.
    """
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(report(), encoding="utf-8")
    elif format == "table":
        stdout().print(*tables(), sep="\n")
    else:
        print(report())
