"""A module for each area, found by looking: what is usual for its arguments, and how to come by its types.

``USUAL`` has values by the name of an argument, where a type alone does not say what is usual; defaults are usual, too.
``KNOWN`` says by type how to come by what is no plain value; it is given :class:`~tests.proofs.arguments.known.Known`
to ask for what its own is made of.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from tests.proofs.arguments.known import Known

USUAL: dict[str, list[Any]] = {}
KNOWN: dict[type, Callable[[Known], Any]] = {}

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    _area = importlib.import_module(_module.name)
    for _name, _values in _area.USUAL.items():
        USUAL.setdefault(_name, []).extend(_values)
    if _twice := KNOWN.keys() & _area.KNOWN.keys():
        raise LookupError(f"{_module.name} says how to come by {_twice}, which another area says already")
    KNOWN.update(_area.KNOWN)
