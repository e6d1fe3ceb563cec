"""Filters by metadata: which passages may be found at all.

https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-config.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token

Value = str | float | bool

_LONGEST_KEY = 100
_GROUPS = ("andAll", "orAll")
_NUMBERS = ("greaterThan", "greaterThanOrEquals", "lessThan", "lessThanOrEquals")


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on the metadata of a passage, made by :meth:`equals` and its like.

    >>> from cdk_ml.genai import Filter
    >>> Filter.all_of(Filter.equals("team", "claims"), Filter.one_of("language", ["de", "en"])).document()
    {'andAll': [{'equals': {'key': 'team', 'value': 'claims'}}, {'in': {'key': 'language', 'value': ['de', 'en']}}]}

    See https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrievalFilter.html

    :param operator: as the API calls it, such as ``equals``.
    :param key: name of the metadata; empty for a group.
    :param value: what it is compared with.
    :param parts: the filters of a group.
    :raises cdk_ml.errors.ConfigurationError: for what Bedrock would refuse, or ignore.
    """

    operator: str
    key: str = ""
    value: Value | tuple[Value, ...] = ""
    parts: tuple[Filter, ...] = ()

    def __post_init__(self) -> None:
        reject("Filter", _problems(self))

    @staticmethod
    def equals(key: str, value: Value) -> Filter:
        """The metadata is this."""
        return Filter("equals", key, value)

    @staticmethod
    def not_equals(key: str, value: Value) -> Filter:
        """The metadata is not this."""
        return Filter("notEquals", key, value)

    @staticmethod
    def greater_than(key: str, value: float) -> Filter:
        """The metadata is more than this."""
        return Filter("greaterThan", key, value)

    @staticmethod
    def at_least(key: str, value: float) -> Filter:
        """The metadata is this or more."""
        return Filter("greaterThanOrEquals", key, value)

    @staticmethod
    def less_than(key: str, value: float) -> Filter:
        """The metadata is less than this."""
        return Filter("lessThan", key, value)

    @staticmethod
    def at_most(key: str, value: float) -> Filter:
        """The metadata is this or less."""
        return Filter("lessThanOrEquals", key, value)

    @staticmethod
    def one_of(key: str, values: Sequence[Value]) -> Filter:
        """The metadata is one of these."""
        return Filter("in", key, tuple(values))

    @staticmethod
    def none_of(key: str, values: Sequence[Value]) -> Filter:
        """The metadata is none of these."""
        return Filter("notIn", key, tuple(values))

    @staticmethod
    def starts_with(key: str, value: str) -> Filter:
        """The metadata begins with this. Only OpenSearch Serverless looks."""
        return Filter("startsWith", key, value)

    @staticmethod
    def contains(key: str, value: str) -> Filter:
        """The metadata, or one of a list, has this text in it. S3 Vectors does not look."""
        return Filter("stringContains", key, value)

    @staticmethod
    def list_contains(key: str, value: str) -> Filter:
        """The metadata is a list with this in it."""
        return Filter("listContains", key, value)

    @staticmethod
    def all_of(*parts: Filter) -> Filter:
        """All of these hold."""
        return Filter("andAll", parts=parts)

    @staticmethod
    def any_of(*parts: Filter) -> Filter:
        """One of these holds."""
        return Filter("orAll", parts=parts)

    def document(self) -> dict[str, Any]:
        """The filter as ``Retrieve`` takes it."""
        if self.operator in _GROUPS:
            return {self.operator: [part.document() for part in self.parts]}
        value = [*self.value] if isinstance(self.value, tuple) else self.value
        return {self.operator: {"key": self.key, "value": value}}

    @property
    def operators(self) -> frozenset[str]:
        """The operators that it needs, of which some stores do not know all."""
        return frozenset({self.operator}).union(*(part.operators for part in self.parts))


def _problems(asked: Filter) -> Iterator[Problem]:
    if asked.operator in _GROUPS:
        if len(asked.parts) < 2:
            rule = f"has {len(asked.parts)} parts"
            yield Problem(asked.operator, asked.parts, rule, "Give at least two filters, or one without a group")
        return
    key, value = asked.key, asked.value
    if not is_token(key) and not 1 <= len(key) <= _LONGEST_KEY:
        fix = f"Use 1 to {_LONGEST_KEY} characters"
        yield Problem(f"{asked.operator}.key", key, "is not a name of metadata", fix)
    if isinstance(value, tuple) and not value:
        yield Problem(f"{asked.operator}.value", value, "compares with nothing", "Name at least one value")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if asked.operator in _NUMBERS and not number:
        yield Problem(
            f"{asked.operator}.value", value, "is no number", "Compare numbers; dates as seconds or as 20261124"
        )
