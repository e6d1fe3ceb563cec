"""LF-Tags: what Lake Formation knows data by, so that a grant is about a kind of data and not about each table.

A tag has a key and the values that it may have. A database, a table or a column has at most one value of a key; a table
has its database's unless it has its own, and a column its table's.
https://docs.aws.amazon.com/lake-formation/latest/dg/tag-based-access-control.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token

_KEY = re.compile(r"[\w .:/=+\-@%]{1,50}")
_VALUE = re.compile(r"[\w .:*/=+\-@%]{1,50}")
_MOST_VALUES = 1_000
_MOST_KEYS_OF_A_GRANT = 5


@dataclass(frozen=True, slots=True)
class LFTag:
    """A key, and the values that it may have.

    The key is unique in the account and region: one lake makes it, others say that it exists.

    :param key: such as ``sensitivity``; lower case, as Lake Formation keeps it.
    :param values: such as ``("public", "internal", "personal")``.
    :param exists: another stack or an administrator has made the tag, with these values at least.
    :raises cdk_ml.errors.ConfigurationError: what Lake Formation would refuse, or keep otherwise than it is written.
    """

    key: str
    values: Sequence[str]
    exists: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        reject("LFTag", _problems(self))


def tag_problems(argument: str, wanted: Mapping[str, Sequence[str]], defined: Sequence[LFTag]) -> Iterator[Problem]:
    """What of ``wanted``, values by key, is not defined."""
    values = {tag.key: tag.values for tag in defined}
    if not wanted:
        yield Problem(argument, dict(wanted), "names no tag", "Name a key and a value of it")
    if len(wanted) > _MOST_KEYS_OF_A_GRANT:
        fix = f"Use at most {_MOST_KEYS_OF_A_GRANT}"
        yield Problem(argument, sorted(wanted), f"has {len(wanted)} keys, more than CloudFormation takes", fix)
    for key, chosen in wanted.items():
        if key not in values:
            fix = f"Use one of {', '.join(values)}" if values else "Give the lake tags=(LFTag(...),)"
            yield Problem(argument, key, "is not the key of a tag of the lake", fix)
            continue
        if not chosen:
            yield Problem(argument, {key: []}, "names no value", f"Use one of {', '.join(values[key])}")
        for value in chosen:
            if value not in values[key]:
                rule = f"is not a value of {key}"
                fix = f"Use one of {', '.join(values[key])}, or add it to LFTag({key!r}, ...)"
                yield Problem(argument, value, rule, fix)


def defined_problems(tags: Sequence[LFTag]) -> Iterator[Problem]:
    """Keys that stand twice."""
    for key, count in Counter(tag.key for tag in tags).items():
        if count > 1:
            yield Problem("tags", key, f"is the key of {count} tags", "Write one LFTag with all of its values")


def _problems(tag: LFTag) -> Iterator[Problem]:
    yield from _text_problems("key", tag.key, _KEY)
    if not tag.values:
        yield Problem("values", tag.values, "are none", "Name the values that the tag may have")
    if len(tag.values) > _MOST_VALUES:
        yield Problem("values", f"{len(tag.values)} values", "are too many", f"Use at most {_MOST_VALUES}")
    for value, count in Counter(tag.values).items():
        if count > 1:
            yield Problem("values", value, f"stands {count} times", "Write it once")
        yield from _text_problems("values", value, _VALUE)


def _text_problems(argument: str, text: str, pattern: re.Pattern[str]) -> Iterator[Problem]:
    if is_token(text):
        fix = "Write the text itself: what is granted by it has to be compared with what is defined"
        yield Problem(argument, text, "is known at deployment only", fix)
    elif not pattern.fullmatch(text):
        fix = f"Use at most {pattern.pattern.rsplit(',', 1)[1][:-1]} letters, digits, spaces and _.:/=+-@%"
        yield Problem(argument, text, "is not a text that Lake Formation takes for a tag", fix)
    elif text != text.lower():
        rule = "has capitals, which Lake Formation does not keep"
        yield Problem(argument, text, rule, f"Write {text.lower()}")
