"""How a tuning job chooses and judges its runs, and what SageMaker would refuse about that.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-limits.html
https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cdk_ml.errors import Problem
from cdk_ml.facts.algorithms import hyperparameters
from cdk_ml.sagemaker.jobs.algorithm import value_problems
from cdk_ml.sagemaker.jobs.tuning_ranges import CategoricalRange, Range, combinations
from cdk_ml.tokens import is_token, outside

_MOST_JOBS = {"Random": 10_000}
_MOST_JOBS_USUALLY = 750
_MOST_PARALLEL = 100
_MOST_EPOCHS = 20_000
MOST_VARIABLES = 48
_NAME = re.compile(r"(?=.{1,32}$)[a-zA-Z0-9](?:-*[a-zA-Z0-9])*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperband:
    """Gives more epochs to the runs that do well, and stops the others. For scripts that report a metric each epoch.

    :param minimum_epochs: epochs that every run gets.
    :param maximum_epochs: epochs after which a run is stopped.
    """

    minimum_epochs: int
    maximum_epochs: int


Strategy = Literal["Bayesian", "Random", "Grid"] | Hyperband


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What runs are judged by.

    :param metric: name of a metric of the training job, or of the built-in algorithm, such as ``validation:auc``.
    :param goal: whether more of it is better.
    """

    metric: str
    goal: Literal["Maximize", "Minimize"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmStart:
    """Start from what earlier tuning jobs found out.

    :param parents: names of one to five tuning jobs that have ended.
    :param kind: ``TransferLearning`` where data or algorithm have changed since.
    """

    parents: Sequence[str]
    kind: Literal["IdenticalDataAndAlgorithm", "TransferLearning"] = "IdenticalDataAndAlgorithm"


def strategy_name(strategy: Strategy) -> str:
    """The strategy as SageMaker's API calls it."""
    return "Hyperband" if isinstance(strategy, Hyperband) else strategy


def runs_of(strategy: Strategy, ranges: Mapping[str, Range], max_jobs: float | None) -> float:
    """How many runs a tuning job may start."""
    if strategy == "Grid":
        return combinations(ranges)
    return _MOST_JOBS_USUALLY if max_jobs is None else max_jobs


def limit_problems(
    strategy: Strategy,
    ranges: Mapping[str, Range],
    *,
    max_jobs: float | None,
    max_parallel: float,
    early_stopping: bool,
    seed: float | None,
) -> Iterator[Problem]:
    """Why numbers and strategy do not go together."""
    if strategy == "Grid":
        yield from _grid_problems(ranges, max_jobs)
    else:
        most = _MOST_JOBS.get(strategy_name(strategy), _MOST_JOBS_USUALLY)
        if max_jobs is None or outside(max_jobs, 1, most):
            rule = f"is not a number of runs that the strategy {strategy_name(strategy)} takes"
            yield Problem("max_jobs", max_jobs, rule, f"Use 1 to {most}")
    if isinstance(strategy, Hyperband):
        yield from _hyperband_problems(strategy, early_stopping=early_stopping)
    runs = runs_of(strategy, ranges, max_jobs)
    most = _MOST_PARALLEL if is_token(runs) else int(max(1, min(_MOST_PARALLEL, runs)))
    if outside(max_parallel, 1, most):
        yield Problem("max_parallel", max_parallel, "is not a number of runs at once", f"Use 1 to {most}")
    if seed is not None and outside(seed, 0, 2**31 - 1):
        yield Problem("seed", seed, "is no seed", f"Use 0 to {2**31 - 1}, or None")


def _grid_problems(ranges: Mapping[str, Range], max_jobs: float | None) -> Iterator[Problem]:
    for name, each in ranges.items():
        if not isinstance(each, CategoricalRange):
            fix = "Use CategoricalRange([...]), or another strategy"
            yield Problem(f"ranges[{name!r}]", each, "has no values that a grid could be made of", fix)
            return
    points = combinations(ranges)
    if points > _MOST_JOBS_USUALLY:
        rule = f"makes {points} runs, and SageMaker makes {_MOST_JOBS_USUALLY} of a grid"
        yield Problem("strategy", "Grid", rule, "Leave out values, or use the strategy Random")
    if max_jobs is not None and (is_token(max_jobs) or max_jobs != points):
        yield Problem("max_jobs", max_jobs, f"is not the {points} runs that the grid has", "Leave it out")


def _hyperband_problems(strategy: Hyperband, *, early_stopping: bool) -> Iterator[Problem]:
    if early_stopping:
        rule = "is not for Hyperband, which stops runs in its own way"
        yield Problem("early_stopping", early_stopping, rule, "Leave it out, or use another strategy")
    low, high = strategy.minimum_epochs, strategy.maximum_epochs
    if outside(high, 1, _MOST_EPOCHS):
        rule = "is not a number of epochs that Hyperband gives"
        yield Problem("strategy.maximum_epochs", high, rule, f"Use 1 to {_MOST_EPOCHS}")
    elif outside(low, 1, high if not is_token(high) else _MOST_EPOCHS):
        rule = "is not a number of epochs below the maximum"
        yield Problem("strategy.minimum_epochs", low, rule, f"Use 1 to {high:g}")


def warm_start_problems(warm_start: WarmStart) -> Iterator[Problem]:
    """What SageMaker would refuse about parents."""
    if not 1 <= len(warm_start.parents) <= 5:
        rule = "is no number of tuning jobs to start from"
        yield Problem("warm_start.parents", [*warm_start.parents], rule, "Name one to five")
    for name in warm_start.parents:
        if not is_token(name) and not _NAME.fullmatch(name):
            fix = "Use up to 32 letters, digits and hyphens"
            yield Problem("warm_start.parents", name, "is no name of a tuning job", fix)


def objective_problems(objective: Objective, metrics: Mapping[str, str], *, own: bool) -> Iterator[Problem]:
    """Why SageMaker would not find the objective in the log.

    :param own: whether the code is the user's own: a built-in algorithm has metrics of its own.
    """
    if not is_token(objective.metric) and not 1 <= len(objective.metric) <= 255:
        yield Problem("objective.metric", objective.metric, "is no name of a metric", "Use 1 to 255 characters")
    elif own and not is_token(objective.metric) and objective.metric not in metrics:
        known = ", ".join(metrics) or "none"
        fix = f"Say metrics={{{objective.metric!r}: <regular expression>}} in the training job, which has {known}"
        yield Problem("objective.metric", objective.metric, "is no metric of the training job", fix)


def algorithm_range_problems(algorithm: str, ranges: Mapping[str, Range]) -> Iterator[Problem]:
    """Why a built-in algorithm would not take what is searched."""
    documented = hyperparameters(algorithm)
    if documented is None:
        return
    for name, each in ranges.items():
        if name not in documented:
            rule = f"is no hyper-parameter of {algorithm}"
            yield Problem("ranges", name, rule, f"Use one of {', '.join(documented)}")
            continue
        argument = f"ranges[{name!r}]"
        if isinstance(each, CategoricalRange):
            for value in each.values:
                yield from value_problems(f"{argument}.values", value, documented[name])
            continue
        for end in ("minimum", "maximum"):
            value = getattr(each, end)
            if not is_token(value):
                yield from value_problems(f"{argument}.{end}", value, documented[name])
