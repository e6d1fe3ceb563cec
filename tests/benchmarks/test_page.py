"""What the benchmark makes of its figures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import page
from tests.benchmarks.measure import Command, CommandFailedError, Taken, median, ratio, take_turns
from tests.benchmarks.table import Goal, Table


def test_ratios_are_of_neighbours_so_that_a_slow_spell_cancels_out() -> None:
    base = [Taken(1.0, 1.0), Taken(10.0, 10.0), Taken(2.0, 2.0)]
    runs = [Taken(1.5, 2.0), Taken(15.0, 20.0), Taken(3.0, 4.0)]
    assert ratio(runs, base) == Taken(1.5, 2.0)
    assert median(runs) == Taken(3.0, 4.0)


def test_commands_take_turns_and_the_first_round_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log"
    commands = {name: Command(["sh", "-c", f"printf {name} >> {log}"], {}) for name in "AB"}
    taken = take_turns(commands, 2, tmp_path)
    assert log.read_text() == "ABABAB"
    assert {name: len(runs) for name, runs in taken.items()} == {"A": 2, "B": 2}


def test_the_cpu_of_a_child_that_was_waited_for_counts(tmp_path: Path) -> None:
    busy = "import time; end = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}], check=True)"
    assert Command([sys.executable, "-c", code], {}).run(tmp_path).cpu >= 0.2


def test_a_command_that_fails_is_an_error_with_what_it_wrote(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="no such region"):
        Command(["sh", "-c", "echo no such region >&2; exit 3"], {}).run(tmp_path)
    Command(["sh", "-c", "exit 3"], {}, exits=(0, 3)).run(tmp_path)


def test_the_page_says_which_goals_were_missed_and_by_how_much() -> None:
    table = Table("One synth", "Ratios.", ["app", "CPU"], [["A", "1.5"]])
    table.goals.extend([Goal("to raw", 1.1, 1.05), Goal("to TypeScript", 1.35, 1.62)])
    text = page([table], 7)
    assert "| to raw | 1.1 | 1.05 | met |" in text
    assert "| to TypeScript | 1.35 | 1.62 | missed by 20% |" in text
    assert "| app | CPU |\n| --- | --: |\n| A | 1.5 |" in text
    assert "on 2 cores" in text
