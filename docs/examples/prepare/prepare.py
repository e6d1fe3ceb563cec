"""Splits the rows of every CSV file into train and test by a hash of each row, so that a row stays where it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path("/opt/ml/processing")
TEST_SHARE = 0.2


def is_test(row: str) -> bool:
    """Whether a row is for the test: the same answer in every run, whatever comes before it."""
    return int(hashlib.sha256(row.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF < TEST_SHARE


def split(source: Path, target: Path) -> None:
    """Write ``train/data.csv`` and ``test/data.csv`` of the CSV files under ``source``."""
    rows = [line for file in sorted(source.rglob("*.csv")) for line in file.read_text().splitlines()]
    for name, wanted in (("train", False), ("test", True)):
        (target / name).mkdir(parents=True, exist_ok=True)
        (target / name / "data.csv").write_text("\n".join(row for row in rows if is_test(row) is wanted) + "\n")


if __name__ == "__main__":
    split(ROOT / "input" / "raw", ROOT / "output")
