"""What a tuning job tries: ranges of hyper-parameters.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.hyperparameters import as_json, as_text
from cdk_ml.tokens import is_token

Scaling = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]

_MOST_RANGES = 30
_MOST_VALUES = 30


@dataclass(frozen=True, slots=True)
class ContinuousRange:
    """Numbers between two others.

    :param scaling: how they are searched; ``Logarithmic`` where they span orders of magnitude.
    """

    minimum: float
    maximum: float
    scaling: Scaling = "Auto"


@dataclass(frozen=True, slots=True)
class IntegerRange:
    """Integers between two others, which belong to them.

    :param scaling: how they are searched.
    """

    minimum: int
    maximum: int
    scaling: Literal["Auto", "Linear", "Logarithmic"] = "Auto"


@dataclass(frozen=True, slots=True)
class CategoricalRange:
    """Values that are no numbers, or of which only some are meant."""

    values: Sequence[str | int | float]


Range = ContinuousRange | IntegerRange | CategoricalRange


def combinations(ranges: Mapping[str, Range]) -> int:
    """How many different runs a grid over ``ranges`` has."""
    return prod(len(each.values) for each in ranges.values() if isinstance(each, CategoricalRange))


def parameter_ranges(ranges: Mapping[str, Range], *, script: bool) -> dict[str, list[dict[str, Any]]]:
    """Ranges as SageMaker's API takes them; a script gets categorical values as they were written."""
    encode = as_json if script else as_text
    rendered: dict[str, list[dict[str, Any]]] = {}
    for name, each in ranges.items():
        if isinstance(each, CategoricalRange):
            values = [encode(value) for value in each.values]
            rendered.setdefault("CategoricalParameterRanges", []).append({"Name": name, "Values": values})
            continue
        kind = "Integer" if isinstance(each, IntegerRange) else "Continuous"
        ends = {"MinValue": as_text(each.minimum), "MaxValue": as_text(each.maximum)}
        row = {"Name": name, **ends, "ScalingType": each.scaling}
        rendered.setdefault(f"{kind}ParameterRanges", []).append(row)
    return rendered


def range_problems(ranges: Mapping[str, Range]) -> Iterator[Problem]:
    """What SageMaker would refuse about ranges."""
    if not 1 <= len(ranges) <= _MOST_RANGES:
        fix = f"Search 1 to {_MOST_RANGES} of them"
        yield Problem("ranges", sorted(ranges), "is no number of hyper-parameters that a tuning job searches", fix)
    for name, each in ranges.items():
        argument = f"ranges[{name!r}]"
        if isinstance(each, CategoricalRange):
            yield from _categorical_problems(argument, each)
        else:
            yield from _numeric_problems(argument, each)


def _categorical_problems(argument: str, each: CategoricalRange) -> Iterator[Problem]:
    if not 1 <= len(each.values) <= _MOST_VALUES:
        rule = "is no number of values that a tuning job searches"
        yield Problem(f"{argument}.values", [*each.values], rule, f"Use 1 to {_MOST_VALUES}")
    if len({*each.values}) < len(each.values):
        yield Problem(f"{argument}.values", [*each.values], "names one twice", "Name each value once")


def _numeric_problems(argument: str, each: ContinuousRange | IntegerRange) -> Iterator[Problem]:
    low, high = each.minimum, each.maximum
    if is_token(low) or is_token(high):
        return
    if not low < high:
        fix = "Use a minimum below the maximum, or a hyper-parameter of the training job"
        yield Problem(f"{argument}.minimum", low, f"is not less than the maximum {high}", fix)
    if each.scaling == "Logarithmic" and not low > 0:
        fix = "Use a minimum above 0, or another scaling"
        yield Problem(f"{argument}.minimum", low, "has no logarithm", fix)
    if each.scaling == "ReverseLogarithmic" and not (low >= 0 and high < 1):
        fix = "Use numbers from 0 to less than 1, or another scaling"
        yield Problem(f"{argument}.scaling", each.scaling, f"does not fit {low} to {high}", fix)
