"""What a crawler is told, and what Glue would refuse about it.

https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from cdk_ml.data.catalog.database import Database, prefix_problems
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_CRON = re.compile(r"cron\(\S+(?: \S+){5}\)")
_TABLE_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,127}")
_LONGEST_PATTERN = 1_024


class Recrawl(StrEnum):
    """What a crawler looks at when it was there before."""

    EVERYTHING = "CRAWL_EVERYTHING"
    """Every folder."""

    NEW_FOLDERS = "CRAWL_NEW_FOLDERS_ONLY"
    """Folders that were not there the last time: partitions are added, and nothing else changes."""


class SchemaChange(StrEnum):
    """What a crawler does when files have other columns than the table."""

    LOG = "LOG"
    """Writes it into its log. New tables and partitions are added."""

    UPDATE = "UPDATE_IN_DATABASE"
    """Adds columns to the table."""


class MissingFiles(StrEnum):
    """What a crawler does about tables and partitions whose files are gone."""

    LOG = "LOG"
    """Writes it into its log."""

    DEPRECATE = "DEPRECATE_IN_DATABASE"
    """Marks the table."""

    DELETE = "DELETE_FROM_DATABASE"
    """Deletes the table, and what was granted on it."""


def folder_of(target: str, location: str) -> str:
    """``target`` as a folder under ``location``."""
    return target.removeprefix(location).strip("/") if target.startswith("s3://") else target.strip("/")


def target_problems(targets: Sequence[str], location: str, database: str) -> Iterator[Problem]:
    """Why ``targets`` cannot be crawled into a database whose files are under ``location``."""
    if not targets:
        yield Problem("targets", (), "leave nothing to crawl", 'Name a folder, or say targets=[""] for all of it')
    for target in targets:
        if target.startswith("s3://"):
            if target.rstrip("/") != location and not target.startswith(f"{location}/"):
                rule = f"is not under the location of the database {database}"
                fix = "Name a folder of the database, such as orders, or make a Database over that location"
                yield Problem("targets", target, rule, fix)
        else:
            yield from prefix_problems(target.strip("/"), "targets")
    folders = [folder_of(target, location) for target in targets]
    for folder in sorted(set(folders)):
        if folders.count(folder) > 1:
            yield Problem("targets", folder, f"is there {folders.count(folder)} times", "Name it once")
        elif any(other != folder and _contains(other, folder) for other in folders):
            yield Problem("targets", folder, "is in another one, and would be crawled twice", "Leave one of them out")


def _contains(outer: str, inner: str) -> bool:
    return not outer or inner.startswith(f"{outer}/")


def registration_problems(database: Database, lake_formation: bool) -> Iterator[Problem]:
    if lake_formation and database.registration is None:
        rule = f"needs a location that is registered with Lake Formation, and that of {database.database_name} is not"
        fix = (
            "Crawl the database of a lake's zone, give Database(registration=...) what registers it, or say "
            "lake_formation=False, so that the crawler reads the bucket with its own role"
        )
        yield Problem("lake_formation", True, rule, fix)
    if not lake_formation and database.registration is not None:
        rule = f"leaves the crawler without a grant on {database.database_name}, which Lake Formation guards"
        yield Problem("lake_formation", False, rule, "Leave it out")


def pattern_problems(exclusions: Sequence[str]) -> Iterator[Problem]:
    for pattern in exclusions:
        if not is_token(pattern) and not 1 <= len(pattern) <= _LONGEST_PATTERN:
            fix = f"Use 1 to {_LONGEST_PATTERN} characters, such as **/_temporary/**"
            yield Problem("exclusions", pattern[:40], "is not a pattern of what to leave out", fix)


def table_prefix_problems(prefix: str) -> Iterator[Problem]:
    if prefix and not is_token(prefix) and not _TABLE_PREFIX.fullmatch(prefix):
        fix = "Use at most 128 lower case letters, digits and underscores, starting with a letter"
        yield Problem("table_prefix", prefix, "does not begin names that Athena reads without quotes", fix)


def schedule_problems(schedule: str | None) -> Iterator[Problem]:
    if schedule is not None and not is_token(schedule) and not _CRON.fullmatch(schedule):
        fix = "Write cron(0 4 * * ? *), with six fields: minutes, hours, day, month, day of the week, year"
        yield Problem("schedule", schedule, "is not a schedule that Glue takes", fix)


def recrawl_problems(recrawl: Recrawl, change: SchemaChange, missing: MissingFiles) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/glue/latest/dg/incremental-crawls.html"""
    if recrawl is Recrawl.NEW_FOLDERS and (change is not SchemaChange.LOG or missing is not MissingFiles.LOG):
        rule = "changes no table and deletes none, but schema_change or missing_files say so"
        fix = "Use SchemaChange.LOG and MissingFiles.LOG, or Recrawl.EVERYTHING"
        yield Problem("recrawl", recrawl.value, rule, fix)
