"""Content filters: harmful categories and attacks on the prompt, each with its strength.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-content-filters.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.genai.texts import twice_problems


class ContentCategory(StrEnum):
    """What a content filter looks for."""

    HATE = "HATE"
    INSULTS = "INSULTS"
    MISCONDUCT = "MISCONDUCT"
    PROMPT_ATTACK = "PROMPT_ATTACK"
    SEXUAL = "SEXUAL"
    VIOLENCE = "VIOLENCE"


class FilterStrength(StrEnum):
    """How sure a filter has to be: ``HIGH`` acts on what it suspects least, ``NONE`` never."""

    NONE = "NONE"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class FilterModality(StrEnum):
    """What a content filter looks at."""

    TEXT = "TEXT"
    IMAGE = "IMAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFilter:
    """One category and how strongly it is filtered.

    :param category: what it looks for.
    :param input_strength: how strongly what users say is filtered.
    :param output_strength: how strongly what the model says is filtered; ``NONE`` for attacks on the prompt, which
        only users make.
    :param modalities: what it looks at, in both directions.
    """

    category: ContentCategory
    input_strength: FilterStrength = FilterStrength.HIGH
    output_strength: FilterStrength = FilterStrength.HIGH
    modalities: Sequence[FilterModality] = (FilterModality.TEXT,)


STRONG_FILTERS = tuple(
    ContentFilter(
        category=category,
        output_strength=FilterStrength.NONE if category is ContentCategory.PROMPT_ATTACK else FilterStrength.HIGH,
    )
    for category in ContentCategory
)
"""Every category at its strongest."""


def content_problems(filters: Sequence[ContentFilter]) -> Iterator[Problem]:
    """What Bedrock would refuse about content filters, or what would filter nothing."""
    argument = "content_filters"
    yield from twice_problems(argument, (each.category for each in filters), "category")
    for each in filters:
        attack = each.category is ContentCategory.PROMPT_ATTACK
        if attack and each.output_strength is not FilterStrength.NONE:
            rule = "is for PROMPT_ATTACK, which is only looked for in what users say"
            fix = "Use output_strength=FilterStrength.NONE"
            yield Problem(f"{argument}.output_strength", str(each.output_strength), rule, fix)
        if each.input_strength is each.output_strength is FilterStrength.NONE:
            fix = "Raise a strength, or leave the filter out"
            yield Problem(f"{argument}.input_strength", "NONE", f"makes {each.category} filter nothing at all", fix)
        if not each.modalities or len(set(each.modalities)) < len(each.modalities):
            rule = "are not one or two different modalities"
            fix = "Name TEXT, IMAGE or both"
            yield Problem(f"{argument}.modalities", [*map(str, each.modalities)], rule, fix)


def render_filter(each: ContentFilter) -> dict[str, Any]:
    """A filter as CloudFormation takes it."""
    modalities = [*map(str, each.modalities)]
    return {
        "type": str(each.category),
        "inputStrength": str(each.input_strength),
        "outputStrength": str(each.output_strength),
        "inputModalities": modalities,
        "outputModalities": modalities,
    }
