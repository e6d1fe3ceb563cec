"""Splits raw rows into those that train and those that test, by what is in them: a row stays on its side for ever.

Reads every CSV file of the input ``raw``: a header, numbers, and the label in the column ``target``.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterator
from pathlib import Path

# This file is in /opt/ml/processing/code.
ROOT = Path(__file__).resolve().parents[1]
LABEL = "target"
TEST_SHARE = 0.2


def is_test(row: list[str]) -> bool:
    """Whether a row is for the test: the same answer in every run, whatever comes before it."""
    digest = hashlib.sha256(",".join(row).encode()).hexdigest()
    return int(digest[:8], 16) / 0xFFFFFFFF < TEST_SHARE


def is_complete(row: list[str], columns: int) -> bool:
    """Whether a row has a finite number in every column."""
    try:
        return len(row) == columns and all(math.isfinite(float(value)) for value in row)
    except ValueError:
        return False


def rows(source: Path) -> Iterator[list[str]]:
    """The header, then every row of every file once; files in the order of their names."""
    header: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for file in sorted(source.rglob("*.csv")):
        with file.open(newline="") as lines:
            reader = csv.reader(lines)
            first = next(reader)
            if LABEL not in first or (header and first != header):
                raise SystemExit(f"{file.name} has the columns {first}: {LABEL} and those of other files are needed")
            if not header:
                header = first
                yield header
            for row in reader:
                if tuple(row) not in seen:
                    seen.add(tuple(row))
                    yield row


def prepare(source: Path, target: Path) -> dict[str, int]:
    """Write ``train/data.csv`` and ``test/data.csv``, and say how many rows they have.

    :raises SystemExit: when there is nothing to train or to test with.
    """
    header, *found = rows(source) or [[]]
    complete = [row for row in found if is_complete(row, len(header))]
    sides = {name: [row for row in complete if is_test(row) is wanted] for name, wanted in SIDES.items()}
    for name, kept in sides.items():
        if not kept:
            raise SystemExit(f"there is no row for {name}: {len(found)} rows, {len(complete)} of them complete")
        (target / name).mkdir(parents=True, exist_ok=True)
        with (target / name / "data.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *kept])
    return {"dropped": len(found) - len(complete), **{name: len(kept) for name, kept in sides.items()}}


SIDES = {"train": False, "test": True}

if __name__ == "__main__":
    print(prepare(ROOT / "input" / "raw", ROOT / "output"))
