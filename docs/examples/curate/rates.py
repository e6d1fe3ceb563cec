"""Adds the rates of a currency up to a mean, without Spark."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from statistics import fmean


def mean_rate(lines: list[str], currency: str) -> float:
    """The mean of the rates of ``currency`` in CSV lines with a header."""
    return fmean(float(row["rate"]) for row in csv.DictReader(lines) if row["currency"] == currency)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--currency", required=True)
    parser.add_argument("--file", type=Path, required=True)
    given, _ = parser.parse_known_args()
    print(f"{given.currency}: {mean_rate(given.file.read_text().splitlines(), given.currency):.4f}")
