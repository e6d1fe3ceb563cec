"""Conditions of a pipeline: comparisons of what its steps answered, of its parameters, and of numbers in reports.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.values import Parameter, Result, RunValue, for_pipeline, run_values

Operator = Literal["==", ">", ">=", "<", "<="]

_TYPES: dict[Operator, str] = {
    "==": "Equals",
    ">": "GreaterThan",
    ">=": "GreaterThanOrEqualTo",
    "<": "LessThan",
    "<=": "LessThanOrEqualTo",
}


@dataclass(frozen=True, slots=True)
class JsonGet:
    """A value in a JSON file that a step wrote.

    :param step: name of the step that declares the file.
    :param file: name of the :class:`~cdk_ml.sagemaker.PropertyFile`.
    :param path: where the value is in it, such as ``metrics.accuracy.value``.
    """

    step: str
    file: str
    path: str


Operand = str | float | Parameter | Result | JsonGet


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison.

    :param left: what is compared: a parameter, a result of a step, a value in its report, a text or a number.
    :param operator: how; only numbers have an order.
    :param right: what it is compared with.
    """

    left: Operand
    operator: Operator
    right: Operand


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whether a value is among others.

    :param value: what is looked for.
    :param among: where.
    """

    value: Operand
    among: Sequence[Operand]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whether one of several conditions holds.

    :param conditions: the conditions.
    """

    conditions: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class Not:
    """Whether a condition does not hold.

    :param condition: the condition.
    """

    condition: Condition


Condition = Compare | OneOf | AnyOf | Not


def condition_json(condition: Condition) -> dict[str, Any]:
    """A condition as a pipeline definition has it."""
    match condition:
        case Compare(left=left, operator=operator, right=right):
            return {"Type": _TYPES[operator], "LeftValue": _json(left), "RightValue": _json(right)}
        case OneOf(value=value, among=among):
            return {"Type": "In", "QueryValue": _json(value), "Values": [_json(each) for each in among]}
        case AnyOf(conditions=conditions):
            return {"Type": "Or", "Conditions": [condition_json(each) for each in conditions]}
        case Not(condition=negated):
            return {"Type": "Not", "Condition": condition_json(negated)}


def operands(condition: Condition) -> Iterator[Operand]:
    """Everything that a condition compares."""
    match condition:
        case Compare(left=left, right=right):
            yield from (left, right)
        case OneOf(value=value, among=among):
            yield from (value, *among)
        case AnyOf(conditions=conditions):
            for each in conditions:
                yield from operands(each)
        case Not(condition=negated):
            yield from operands(negated)


def condition_values(condition: Condition) -> Iterator[RunValue]:
    """What a condition takes from parameters and from answers of steps."""
    for operand in operands(condition):
        if not isinstance(operand, JsonGet):
            yield from run_values(operand)


def condition_problems(argument: str, condition: Condition) -> Iterator[Problem]:
    """What SageMaker would refuse about a condition, or what could only ever be true or false."""
    match condition:
        case Compare(left=left, operator=operator, right=right):
            if operator not in _TYPES:
                fix = f"Use one of {', '.join(_TYPES)}"
                yield Problem(f"{argument}.operator", operator, "is no comparison", fix)
            elif operator != "==":
                yield from _unordered(f"{argument}.left", left)
                yield from _unordered(f"{argument}.right", right)
            if isinstance(left, str | float | int) and isinstance(right, str | float | int):
                rule = "is decided before anything runs"
                yield Problem(
                    argument, f"{left} {operator} {right}", rule, "Compare with a parameter, a result or a report"
                )
        case OneOf(among=among):
            if not among:
                yield Problem(f"{argument}.among", [], "has nothing to look in", "Give at least one value")
        case AnyOf(conditions=conditions):
            if not conditions:
                yield Problem(f"{argument}.conditions", [], "can never hold", "Give at least one condition")
            for index, each in enumerate(conditions):
                yield from condition_problems(f"{argument}.conditions[{index}]", each)
        case Not(condition=negated):
            yield from condition_problems(f"{argument}.condition", negated)
    for operand in operands(condition) if isinstance(condition, Compare | OneOf) else ():
        if isinstance(operand, float) and not math.isfinite(operand):
            yield Problem(argument, operand, "is no number that JSON has", "Use a finite number")


def _unordered(argument: str, operand: Operand) -> Iterator[Problem]:
    text = operand.default if isinstance(operand, Parameter) else operand
    if isinstance(text, str | bool):
        what = "is a parameter of that type" if isinstance(operand, Parameter) else "is no number"
        # A token of a text is quoted in the definition, and SageMaker refuses to order it.
        yield Problem(argument, text, f"{what}, and only numbers have an order", "Use a number, or compare with ==")


def _json(operand: Operand) -> Any:
    if isinstance(operand, JsonGet):
        file = {"Get": f"Steps.{operand.step}.PropertyFiles.{operand.file}"}
        return {"Std:JsonGet": {"PropertyFile": file, "Path": operand.path}}
    return for_pipeline(operand)
