"""Instance types that SageMaker takes, for each use: what trains a model need not be able to serve it.

https://docs.aws.amazon.com/sagemaker/latest/dg/notebooks-available-instance-types.html; instance_types.toml says where
they were read.
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from . import _tables
from .accelerators import instance, is_accelerated
from .errors import UnknownFact

Use = Literal["training", "processing", "transform", "hosting", "notebook", "studio"]

_USUAL: dict[Use, str] = {
    "training": "ml.m5.xlarge",
    "processing": "ml.m5.xlarge",
    "transform": "ml.m5.xlarge",
    "hosting": "ml.m5.xlarge",
    "notebook": "ml.t3.medium",
    "studio": "ml.t3.medium",
}


def instance_types(use: Use) -> tuple[str, ...]:
    """Every instance type for a use, with ``ml.``, families in alphabetical order and sizes from small to large."""
    return tuple(_types()[use])


def takes(use: Use, name: str) -> bool:
    """Whether SageMaker takes an instance type, with ``ml.``, for a use."""
    return name in _types()[use]


def nearest(use: Use, name: str) -> tuple[str, ...]:
    """Up to three instance types for a use that are most like one it does not take, the most alike first.

    Alike is the same family in another size, then the same series of another generation, then another chip of the same
    manufacturer, then a similar name.

    :raises UnknownFact: for a name that is like none.
    """
    known = instance_types(use)
    family, _, size = name.removeprefix("ml.").partition(".")
    near = (
        [other for other in known if _family(other) == family]
        or [other for other in known if _series(_family(other)) == _series(family)]
        or [other for other in known if _same_manufacturer(other, name)]
    )
    near.sort(key=lambda other: (abs(_rank(other.split(".")[2]) - _rank(size)), -_generation(other)))
    if not near:
        # Loaded only when something went wrong, to keep the import of the facts cheap.
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=3, cutoff=0.9)
    if not near:
        raise UnknownFact(f"Instance type for {use}", name, known, f"Use one that it has, such as {_USUAL[use]}")
    return tuple(near[:3])


def _same_manufacturer(one: str, other: str) -> bool:
    if not (is_accelerated(one) and is_accelerated(other)):
        return False
    return instance(one).manufacturer == instance(other).manufacturer


def _family(name: str) -> str:
    return name.split(".")[1]


def _series(family: str) -> str:
    return re.split(r"\d", family, maxsplit=1)[0]


def _generation(name: str) -> int:
    found = re.search(r"\d+", _family(name))
    return int(found[0]) if found else 0


def _rank(size: str) -> float:
    """How large a size is, in multiples of ``large``."""
    sizes = {"nano": 0.06, "micro": 0.12, "small": 0.25, "medium": 0.5, "large": 1.0}
    number = re.fullmatch(r"(\d*)xlarge", size)
    return sizes.get(size, 1.0) if number is None else 2.0 * int(number[1] or 1)


@cache
def _types() -> MappingProxyType[str, dict[str, None]]:
    families: dict[str, list[dict[str, Any]]] = _tables.read("instance_types")
    by_use: dict[str, dict[str, None]] = {}
    for family, rows in families.items():
        for row in rows:
            for use in row["uses"]:
                by_use.setdefault(use, {}).update(dict.fromkeys(f"ml.{family}.{size}" for size in row["sizes"]))
    return MappingProxyType(by_use)
