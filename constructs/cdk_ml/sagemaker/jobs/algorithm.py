"""Checks hyper-parameters of a built-in algorithm against what AWS documents.

https://docs.aws.amazon.com/sagemaker/latest/dg/algos.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from cdk_ml.errors import Problem
from cdk_ml.facts.algorithms import Hyperparameter as Documented
from cdk_ml.facts.algorithms import Interval, Kind, hyperparameters
from cdk_ml.sagemaker.jobs.hyperparameters import Hyperparameter
from cdk_ml.sagemaker.jobs.values import is_run_value
from cdk_ml.tokens import is_token


def algorithm_problems(algorithm: str, values: Mapping[str, Hyperparameter]) -> Iterator[Problem]:
    """What the algorithm would refuse once its instances run and are paid for."""
    documented = hyperparameters(algorithm)
    if documented is None:
        return
    for name, value in values.items():
        if name not in documented:
            rule = f"is no hyper-parameter of {algorithm}"
            yield Problem("hyperparameters", name, rule, _meant(name, documented))
        elif not is_run_value(value) and not is_token(value):
            yield from value_problems(f"hyperparameters[{name!r}]", value, documented[name])
    for parameter in documented.values():
        if parameter.name not in values:
            yield from _missing(algorithm, parameter, values)


def value_problems(argument: str, value: object, documented: Documented) -> Iterator[Problem]:
    """Why a value is not one that the hyper-parameter takes."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if documented.choices:
        if text not in documented.choices:
            rule = f"is no {documented.name} that the algorithm has"
            yield Problem(argument, value, rule, _meant(text, documented.choices))
        return
    if text in documented.also or documented.kind in (Kind.TEXT, Kind.LIST):
        return
    number = _number(text, documented.kind)
    allowed = " or ".join([_numbers(documented), *map(repr, documented.also)])
    if number is None:
        article = "an integer" if documented.kind is Kind.INTEGER else "a number"
        yield Problem(argument, value, f"is not {article}", f"Use {allowed}")
    elif documented.within is not None and number not in documented.within:
        yield Problem(argument, value, f"is not within {documented.within.text}", f"Use {allowed}")


def _missing(algorithm: str, parameter: Documented, values: Mapping[str, Hyperparameter]) -> Iterator[Problem]:
    reasons = [f"{algorithm} does not start without it"] if parameter.required else []
    reasons += [
        f"{other}={values[other]!r} needs it"
        for other, wanted in parameter.needs.items()
        if values.get(other) in wanted
    ]
    for reason in reasons[:1]:
        allowed = _numbers(parameter) if not parameter.choices else f"one of {', '.join(parameter.choices)}"
        yield Problem(f"hyperparameters[{parameter.name!r}]", None, f"is missing: {reason}", f"Use {allowed}")


def _number(text: str, kind: Kind) -> float | None:
    try:
        return int(text) if kind is Kind.INTEGER else float(text)
    except ValueError:
        return None


def _numbers(documented: Documented) -> str:
    article = {Kind.INTEGER: "an integer", Kind.NUMBER: "a number"}.get(documented.kind, "a text")
    return article if documented.within is None else f"{article} {_within(documented.within)}"


def _within(interval: Interval) -> str:
    if interval.high == float("inf"):
        return f"of at least {interval.low:g}" if interval.low_belongs else f"above {interval.low:g}"
    return f"within {interval.text}"


def _meant(given: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(given, names, n=1)
    return f"Use {close[0]}, if you meant that" if close else f"Use one of {', '.join(names)}"
