"""Bias metrics by the names and formulas of SageMaker Clarify: facet d is the sensitive group, facet a everybody else.

Clarify's own library calls a ratio whose denominator is zero infinite, or zero; here it is undefined and says why, for
nobody can say that such a number keeps a limit. Distributions are compared over all labels of both groups. The flip
test has the sign of the documentation, and not of the library.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

NEIGHBORS = 5
FEW = 9
"""With as many members of facet a or fewer, the flip test looks at the nearest one only."""


class UndefinedError(Exception):
    """A metric that has no value for these rows; the text says why."""


def pretraining(facet: Any, labels: Any, positive: Any, groups: Any = None) -> dict[str, Any]:
    """What the data alone says.

    :param facet: who belongs to the sensitive group.
    :param labels: what was observed, of any type.
    :param positive: which of the labels are positive.
    :param groups: values of the column that conditional disparity looks at each of, if there is one.
    """
    found: dict[str, Callable[[], float]] = {
        "CI": lambda: float((~facet).sum() - facet.sum()) / len(facet),
        "DPL": lambda: difference(share(positive, ~facet), share(positive, facet)),
        "KL": lambda: _divergence(*_distributions(facet, labels)),
        "JS": lambda: _jensen_shannon(*_distributions(facet, labels)),
        "LP": lambda: float(np.linalg.norm(_gap(facet, labels), 2)),
        "TVD": lambda: float(np.abs(_gap(facet, labels)).sum() / 2),
        "KS": lambda: float(np.abs(_gap(facet, labels)).max()),
    }
    if groups is not None:
        found["CDDL"] = lambda: _conditional_disparity(facet, positive, groups)
    return _each(found)


def posttraining(facet: Any, positive: Any, predicted: Any, features: Any, groups: Any = None) -> dict[str, Any]:
    """What a model makes of the data.

    :param predicted: which rows the model calls positive.
    :param features: numbers by which the flip test finds who is alike, without facet and label.
    """
    a, d = ~facet, facet
    hit, miss = positive & predicted, positive & ~predicted
    alarm, rest = ~positive & predicted, ~positive & ~predicted
    found: dict[str, Callable[[], float]] = {
        "DPPL": lambda: difference(share(predicted, a), share(predicted, d)),
        "DI": lambda: ratio(share(predicted, d), share(predicted, a), "nobody of facet a is predicted positive"),
        "DCAcc": lambda: _between(a, d, positive, predicted, "is predicted positive"),
        "DCR": lambda: _between(d, a, ~positive, ~predicted, "is predicted negative"),
        "SD": lambda: _between(d, a, rest, ~positive, "is negative"),
        "RD": lambda: _between(a, d, hit, positive, "is positive"),
        "DAR": lambda: _between(a, d, hit, predicted, "is predicted positive"),
        "DRR": lambda: _between(d, a, rest, ~predicted, "is predicted negative"),
        "AD": lambda: difference(share(hit | rest, a), share(hit | rest, d)),
        "TE": lambda: _between(d, a, miss, alarm, "is predicted positive by mistake"),
        "FT": lambda: _flip_test(facet, predicted, features),
        "GE": lambda: _entropy(positive, predicted),
    }
    if groups is not None:
        found["CDDPL"] = lambda: _conditional_disparity(facet, predicted, groups)
    return _each(found)


def share(of: Any, among: Any) -> float:
    """Which part of a group something is true of."""
    return ratio(float((of & among).sum()), float(among.sum()), "a group has no member")


def ratio(part: float, whole: float, why: str) -> float:
    """One number by another.

    :raises UndefinedError: when the other is zero.
    """
    if whole == 0:
        raise UndefinedError(why)
    return part / whole


def difference(first: float, second: float) -> float:
    """How much more one is than the other."""
    return first - second


def _each(found: dict[str, Callable[[], float]]) -> dict[str, Any]:
    metrics: dict[str, Any] = {}
    for name, measure in found.items():
        try:
            metrics[name] = measure()
        except UndefinedError as undefined:
            metrics[name] = undefined
    return metrics


def _between(first: Any, second: Any, part: Any, whole: Any, what: str) -> float:
    """A ratio in one group, less the same in the other."""
    why = f"nobody of a facet {what}"
    ratios = [ratio(float((part & who).sum()), float((whole & who).sum()), why) for who in (first, second)]
    return difference(*ratios)


def _distributions(facet: Any, labels: Any) -> list[Any]:
    every = np.unique(labels)
    return [np.array([(labels[who] == label).mean() for label in every]) for who in (~facet, facet)]


def _gap(facet: Any, labels: Any) -> Any:
    of_a, of_d = _distributions(facet, labels)
    return of_a - of_d


def _divergence(of_a: Any, of_d: Any) -> float:
    there = of_a > 0
    if (of_d[there] == 0).any():
        raise UndefinedError("facet a has a label that facet d has not, so that the divergence is infinite")
    return float((of_a[there] * np.log(of_a[there] / of_d[there])).sum())


def _jensen_shannon(of_a: Any, of_d: Any) -> float:
    middle = (of_a + of_d) / 2
    return (_divergence(of_a, middle) + _divergence(of_d, middle)) / 2


def _conditional_disparity(facet: Any, positive: Any, groups: Any) -> float:
    if positive.all() or not positive.any():
        raise UndefinedError("every outcome is the same")
    total = 0.0
    for group in np.unique(groups):
        inside = groups == group
        # A group without rejections, or without acceptances, has no part of facet d in them.
        parts: list[float] = [
            (outcome & inside & facet).sum() / (outcome & inside).sum() if (outcome & inside).any() else 0.0
            for outcome in (~positive, positive)
        ]
        total += inside.sum() * difference(*parts)
    return float(total / len(groups))


def _entropy(positive: Any, predicted: Any) -> float:
    benefit = predicted.astype(float) - positive.astype(float) + 1
    if benefit.mean() == 0:
        raise UndefinedError("every prediction is a false negative")
    return float(((benefit / benefit.mean()) ** 2 - 1).mean() / 2)


def _flip_test(facet: Any, predicted: Any, features: Any) -> float:
    """How many more of facet d would be better off than worse off with the outcome of their neighbors in facet a."""
    from sklearn.neighbors import KNeighborsClassifier

    if features.shape[1] == 0:
        raise UndefinedError("there is no feature with numbers, and none missing, to find neighbors by")
    alike = KNeighborsClassifier(n_neighbors=NEIGHBORS if (~facet).sum() > FEW else 1)
    instead = alike.fit(features[~facet], predicted[~facet]).predict(features[facet])
    better, worse = (instead & ~predicted[facet]).sum(), (~instead & predicted[facet]).sum()
    return float((better - worse) / facet.sum())
