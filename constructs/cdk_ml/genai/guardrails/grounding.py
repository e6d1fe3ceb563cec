"""Grounding: whether an answer is in its sources, is about the question, and agrees with rules.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-contextual-grounding-check.html
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-automated-reasoning-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.tokens import outside

_HIGHEST = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounding:
    """Blocks answers that their sources do not say, or that are beside the question.

    Bedrock checks it where the caller says which part of a request is the source, and which the question. A score is
    what share of the answer holds, from 0 to 1.

    :param grounding: lowest score of what is in the sources, 0 to 0.99; ``None`` does not check it.
    :param relevance: lowest score of what is about the question, 0 to 0.99; ``None`` does not check it.
    """

    grounding: float | None = 0.7
    relevance: float | None = 0.7


def grounding_problems(grounding: Grounding) -> Iterator[Problem]:
    """What Bedrock would refuse about grounding."""
    thresholds = {"grounding.grounding": grounding.grounding, "grounding.relevance": grounding.relevance}
    for argument, value in thresholds.items():
        if value is not None and outside(value, 0, _HIGHEST):
            rule = "is no threshold: an answer with a score of 1 has to pass"
            yield Problem(argument, value, rule, f"Give a score from 0 to {_HIGHEST}")
    if grounding.grounding is grounding.relevance is None:
        fix = "Give a threshold, or leave the argument out"
        yield Problem("grounding", "neither threshold", "checks nothing", fix)


def render_grounding(grounding: Grounding) -> dict[str, Any]:
    """Grounding as CloudFormation takes it."""
    thresholds = {"GROUNDING": grounding.grounding, "RELEVANCE": grounding.relevance}
    filters = [{"type": name, "threshold": value} for name, value in thresholds.items() if value is not None]
    return {"filtersConfig": filters}
