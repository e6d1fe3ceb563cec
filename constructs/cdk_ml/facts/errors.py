"""The error for a question that the facts cannot answer.

A fact that is missing is never guessed: the caller hears what was asked, what is known and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable

_LISTED = 12


class UnknownFact(LookupError):  # noqa: N818 - reads as what it is in an except clause, like StopIteration
    """Something was asked about that the facts do not contain.

    :ivar what: what kind of thing was asked for, as in ``instance type``.
    :ivar value: what was asked for.
    :ivar known: everything of that kind that is known, in the order of the facts.
    :ivar fix: what to do, as a full sentence without its full stop.
    """

    def __init__(self, what: str, value: str, known: Iterable[str], fix: str) -> None:
        self.what = what
        self.value = value
        self.known = tuple(known)
        self.fix = fix
        super().__init__(f"{what} {value!r} is not known.{_suggestion(value, self.known)} {fix}.")


def _suggestion(value: str, known: tuple[str, ...]) -> str:
    # Loaded only when something went wrong, to keep the import of the facts cheap.
    from difflib import get_close_matches

    close = get_close_matches(value, known, n=3, cutoff=0.8)
    if close:
        return f" Did you mean {' or '.join(map(repr, close))}?"
    if not known:
        return ""
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f" Known: {', '.join(known[:_LISTED])}{more}."
