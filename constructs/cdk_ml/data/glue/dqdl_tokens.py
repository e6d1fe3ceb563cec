"""The words and signs of the Data Quality Definition Language, as AWS's lexer tells them apart.

https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
"""

from __future__ import annotations

import re

_TOKENS = re.compile(
    r"""
      (?P<space>\s+|\#[^\n]*)
    | (?P<text>"(?:\\.|[^"\\])*")
    | (?P<word>now\(\)|[A-Za-z0-9_.]+)
    | (?P<sign>>=|<=|!=|[=<>!+\-*/()\[\]{},:$])
    """,
    re.VERBOSE | re.DOTALL,
)


class UnreadableRulesError(ValueError):
    """A text that is no ruleset; the message says where it stops being one."""


def tokens(text: str) -> list[tuple[str, int]]:
    """Words, texts in quotes and signs, each with its place in ``text``; spaces and comments are left out.

    :raises UnreadableRulesError: where none of them begins.
    """
    found: list[tuple[str, int]] = []
    position = 0
    while position < len(text):
        token = _TOKENS.match(text, position)
        if token is None:
            raise unreadable(text, f"{text[position]!r} begins nothing", position)
        if token.lastgroup != "space":
            found.append((token.group(), position))
        position = token.end()
    return found


def unreadable(text: str, what: str, position: int) -> UnreadableRulesError:
    """What is wrong with ``text`` at a place of it."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return UnreadableRulesError(f"{what}, at line {line}, column {column}")


def plain(text: str) -> str:
    """A text without its quotes."""
    return re.sub(r'\\(["\\])', r"\1", text[1:-1])
