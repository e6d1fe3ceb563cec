"""Cuts statements into documents that IAM accepts: 6,144 characters each, white space not counted.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cdk_ml.rehearsal.permissions.environment import UNKNOWN
from cdk_ml.rehearsal.permissions.model import Statement

LIMIT = 6144
"""Characters of one managed policy."""

POLICIES = 10
"""Managed policies of one role."""

_VERSION = "2012-10-17"
_PLACEHOLDER = re.compile(r"\$\{(AWS::(?:Partition|Region|AccountId))\}")
# The longest that each can be, so that the same documents fit in every environment.
_LONGEST = {"AWS::Partition": "aws-us-gov", "AWS::Region": "ap-southeast-1", "AWS::AccountId": "123456789012"}


def packed(statements: Iterable[Statement]) -> list[dict[str, Any]]:
    """Documents, with pseudo parameters in them; each statement in the first that has room for it."""
    bins: list[list[dict[str, Any]]] = []
    sizes: list[int] = []
    room = LIMIT - _size(_document([]))
    pieces = [piece for statement in statements for piece in _pieces(statement, room)]
    # A statement that is large goes first: what is small fills the gaps.
    for body in sorted((piece.body() for piece in pieces), key=_size, reverse=True):
        size = _size(body) + 1
        for index, used in enumerate(sizes):
            if used + size <= room:
                bins[index].append(body)
                sizes[index] += size
                break
        else:
            bins.append([body])
            sizes.append(size)
    return [_document(sorted(bodies, key=lambda body: str(body["Sid"]))) for bodies in bins]


def rendered(value: Any, known: Mapping[str, str | None]) -> Any:
    """A document for IAM itself: pseudo parameters become what is known of the environment, and ``*`` otherwise."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: known.get(match[1]) or UNKNOWN, value)
    if isinstance(value, Mapping):
        return {name: rendered(inner, known) for name, inner in value.items()}
    return [rendered(inner, known) for inner in value] if isinstance(value, list) else value


def length(document: Mapping[str, Any]) -> int:
    """The characters of a document as IAM counts them."""
    return len(re.sub(r"\s", "", json.dumps(document, separators=(",", ":"))))


def _document(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": _VERSION, "Statement": bodies}


def _size(value: Mapping[str, Any]) -> int:
    return length(rendered(value, _LONGEST))


def _pieces(statement: Statement, room: int) -> Iterator[Statement]:
    """The statement, cut in halves until each part fits; every action keeps every resource."""
    if _size(statement.body()) + 1 <= room:
        yield statement
        return
    by = "resources" if len(statement.resources) > len(statement.actions) else "actions"
    parts: tuple[str, ...] = getattr(statement, by)
    half = len(parts) // 2
    if not half:
        yield statement
        return
    for name, some in (("A", parts[:half]), ("B", parts[half:])):
        changed = replace(statement, sid=f"{statement.sid}{name}", **{by: some})  # type: ignore[arg-type]
        yield from _pieces(changed, room)
