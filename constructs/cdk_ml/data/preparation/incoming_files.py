"""Files that a preparation takes: where they arrive, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token
from cdk_ml.workflow import EventTrigger, Target
from cdk_ml.workspace import Workspace

Format = Literal["csv", "json", "parquet"]

STATE = "preparations/"
"""Prefix of what preparations keep for themselves."""

_FORMATS = ("csv", "json", "parquet")
_PREFIX = re.compile(r"[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*/")
_LONGEST_PREFIX = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingFiles:
    """Where files arrive, and what is in them.

    :param format: ``csv`` with a header in UTF-8, ``json`` with an object on each line, or ``parquet``; text may be
        compressed, as its name says: ``.gz``.
    :param bucket: a bucket of your own. Without a schedule it has to send its events to EventBridge. By default the
        preparation makes an inbox.
    :param prefix: under which they arrive; ends in ``/``.
    :param optional: columns of the table that a file or a record may lack; they are null then.
    :param multiline: values in quotes may hold line breaks. Spark then reads each file of CSV with one task.
    """

    format: Format
    bucket: s3.IBucket | None = None
    prefix: str = "incoming/"
    optional: Sequence[str] = ()
    multiline: bool = False


def incoming_problems(
    source: IncomingFiles, types: Mapping[str, str], key: Sequence[str], event_time: str
) -> Iterator[Problem]:
    """Why files cannot be taken so.

    :param types: of the table's columns.
    :param key: columns that say which records are about the same.
    :param event_time: column that says which of them is the latest.
    """
    if source.format not in _FORMATS:
        yield Problem("source.format", source.format, "is none that is read", f"Use one of {', '.join(_FORMATS)}")
    if is_token(source.prefix) or len(source.prefix) > _LONGEST_PREFIX or not _PREFIX.fullmatch(source.prefix):
        fix = "Write it as incoming/: at most 256 letters, digits and _.=-/, ending in /"
        yield Problem("source.prefix", source.prefix, "is not a prefix for objects that is known at synth", fix)
    elif source.prefix.startswith(STATE):
        rule = "is where preparations keep what they know, which they would read as data"
        yield Problem("source.prefix", source.prefix, rule, "Use another, such as incoming/")
    if source.multiline and source.format != "csv":
        fix = "Leave it out"
        yield Problem("source.multiline", True, f"is about CSV, and the files are {source.format}", fix)
    for name in source.optional:
        if name not in types:
            fix = f"It has {', '.join(types)}"
            yield Problem("source.optional", name, "is no column of the table", fix)
        elif name in (*key, event_time):
            rule = "cannot be missing: records are merged by it"
            yield Problem("source.optional", name, rule, "Leave it out of optional")


def arrival_trigger(
    scope: Construct, id: str, *, workspace: Workspace, bucket: s3.IBucket, prefix: str, target: Target
) -> EventTrigger:
    """Start ``target`` whenever a file arrives under a prefix."""
    arrived = {"bucket": {"name": [bucket.bucket_name]}, "object": {"key": [{"prefix": prefix}]}}
    return EventTrigger(
        scope,
        id,
        workspace=workspace,
        source="aws.s3",
        detail_types=["Object Created"],
        detail=arrived,
        target=target,
    )
