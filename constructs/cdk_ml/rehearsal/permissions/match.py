"""Compares patterns of actions and ARNs as IAM does: ``*`` is any text, ``?`` one character.

What a deployment needs is a pattern too, because the template knows names only in part. So the question is not whether
a text matches a pattern, but whether everything that one pattern can be is matched by another.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

_TOKEN = re.compile(r"\$\{[^}]*\}|.", re.DOTALL)
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_WILD = re.compile(r"[*?]|\$\{")
_PARTS = 6
_COLON = ":"


class Question(Enum):
    """What :func:`matches` decides."""

    ALL = "everything that is needed"
    ANY = "anything that is needed"


def matches_action(action: str, pattern: str) -> bool:
    """Whether an action is one that a pattern means, in any case of letters.

    >>> matches_action("s3:GetObject", "S3:get*")
    True
    """
    return _matches(tuple(action.lower()), tuple(pattern.lower()), Question.ALL)


@lru_cache(maxsize=65536)
def matches(needed: str, pattern: str, question: Question) -> bool:
    """Whether ``pattern``, of somebody's policy, matches all or any of what ``needed`` can be.

    :param needed: an ARN where ``*`` is a text that nobody knows yet, and ``${AWS::Region}`` and its like are the
        environment of the deployment, which is taken to be the one the policy is about; or ``*`` for a request that
        has no resource.

    >>> matches("arn:aws:s3:::churn-*", "arn:aws:s3:::churn-data*", Question.ALL)
    False
    >>> matches("arn:aws:s3:::churn-*", "arn:aws:s3:::churn-data*", Question.ANY)
    True
    """
    if pattern.strip("*") == "" and pattern:
        return True
    if needed == "*":
        return False
    one, other = parts(needed), tuple(pattern.split(":", _PARTS - 1))
    if len(one) == len(other) == _PARTS:
        if _begin_differently(one[2], other[2]) and "*" not in other[1]:
            return False
        aligned = not _begin_differently(one[-1], other[-1]) and _part_by_part(one, other, question)
        if aligned or _COLON not in _PLACEHOLDER.sub("", one[-1]):
            return aligned
    # IAM's wildcards do not stop at colons: arn:aws:lambda:*:function:churn is any region and account.
    return _matches(_tokens(needed), tuple(pattern), question)


def is_of(arn: str, pattern: str) -> bool:
    """Whether an ARN is one of a pattern of AWS's reference, whose wildcards, unlike those of policies, stop at colons.

    >>> is_of("arn:aws:lambda:us-east-1:111111111111:function:churn", "arn:*:lambda:*:*:function:*")
    True
    >>> is_of("arn:aws:apigateway:us-east-1:lambda:path/arn:aws:lambda:::function:a", "arn:*:lambda:*:*:function:*")
    False
    """
    one, other = parts(arn), parts(pattern)
    return len(one) == len(other) == _PARTS and _part_by_part(one, other, Question.ALL)


def _part_by_part(needed: tuple[str, ...], pattern: tuple[str, ...], question: Question) -> bool:
    # A template's "*" in a region or account is one that the template leaves open.
    tokens = (_tokens(part, is_open=1 <= at < _PARTS - 1) for at, part in enumerate(needed))
    return all(_matches(a, tuple(b), question) for a, b in zip(tokens, pattern, strict=True))


def _begin_differently(needed: str, pattern: str) -> bool:
    """Whether what two parts start with tells that they never match: that is quick, and true of nearly all."""
    one, other = _WILD.split(needed, maxsplit=1)[0], _WILD.split(pattern, maxsplit=1)[0]
    return not one.startswith(other) and not other.startswith(one)


@lru_cache(maxsize=16384)
def parts(arn: str) -> tuple[str, ...]:
    """The parts of an ARN, six of a whole one; the colons inside ``${AWS::Region}`` and its like do not count.

    >>> parts("arn:${AWS::Partition}:s3:::churn")
    ('arn', '${AWS::Partition}', 's3', '', '', 'churn')
    """
    found = [""]
    for token in _TOKEN.findall(arn):
        if token == ":" and len(found) < _PARTS:
            found.append("")
        else:
            found[-1] += token
    return tuple(found)


_OPEN = "\0"


def _tokens(text: str, is_open: bool = False) -> tuple[str, ...]:
    tokens = tuple(_OPEN if len(token) > 1 else token for token in _TOKEN.findall(text))
    return (_OPEN,) if is_open and tokens == ("*",) else tokens


@lru_cache(maxsize=65536)
def _matches(needed: tuple[str, ...], pattern: tuple[str, ...], question: Question) -> bool:
    any_text = (_OPEN, "*") if question is Question.ANY else (_OPEN,)
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        if i == len(needed) and j == len(pattern):
            return True
        a = needed[i] if i < len(needed) else ""
        b = pattern[j] if j < len(pattern) else ""
        steps = []
        if b == "*":
            steps += [(i, j + 1)] + ([(i + 1, j)] if a else [])
        if a in any_text:
            # Neither a part of the environment nor the rest of a name has a colon.
            steps += [(i + 1, j)] + ([(i, j + 1)] if b not in ("", ":") else [])
        elif a and b and (a == b or (b == "?" and a != "*")) and b != "*":
            steps.append((i + 1, j + 1))
        for step in steps:
            if step not in reached:
                reached.add(step)
                waiting.append(step)
    return False
