"""Chooses the arguments of a construct by the types that it asks for."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from constructs import Construct

import cdk_ml.cost
from cdk_ml.facts import images
from cdk_ml.facts.images import Image
from cdk_ml.workspace import PROFILES, Profile
from tests.conftest import ROOT
from tests.proofs.arguments.areas import KNOWN, USUAL
from tests.proofs.arguments.known import Known
from tests.proofs.arguments.values import ANYTHING, ODD, TOKEN, fitting, token

ODDS = 8
"""How often a value is odd: two of the twenty or so of an example are."""


class Arguments:
    """Chooses the arguments of one construct."""

    def __init__(self, choose: Callable[[Sequence[Any]], Any], scope: Construct) -> None:
        """
        :param choose: gives one of a sequence.
        :param scope: where what is no plain value is made.
        """
        self._choose = choose
        self._known = Known(scope, KNOWN)

    def of(self, made: type) -> dict[str, Any]:
        """Keyword arguments of a construct or of a dataclass."""
        start = made.__init__  # type: ignore[misc]
        # A dataclass says the types of its base in the base's module.
        hints = get_type_hints(made if dataclasses.is_dataclass(made) else start, localns=vars(cdk_ml.cost))
        given = {}
        for name, parameter in inspect.signature(start).parameters.items():
            if name in ("self", "scope", "id"):
                continue
            # What has a default is mostly left out.
            if parameter.default is inspect.Parameter.empty or self._choose((False, False, True)):
                given[name] = self._value(name, hints[name])
        return given

    def _value(self, name: str, hint: Any) -> Any:
        origin, parts = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return self._value(name, self._choose(parts))
        if hint is type(None):
            return None
        if origin is Literal:
            return self._choose(parts)
        odd = self._choose(range(ODDS)) == ODDS - 1
        if (usuals := fitting(USUAL.get(name, ()), hint)) and not odd:
            return self._resolved(hint, self._choose(usuals))
        if hint in ODD:
            usual, *others = ODD[hint]
            return self._resolved(hint, self._choose(others) if odd else usual)
        if hint is Any:
            return self._choose(ANYTHING)
        # Items of a sequence are not what the sequence is called.
        if origin is Mapping:
            return {self._value("", parts[0]): self._value("", parts[1]) for _ in range(self._choose(range(3)))}
        if origin in (Sequence, Iterable, tuple):
            return tuple(self._value(f"{name}[]", parts[0]) for _ in range(self._choose(range(3))))
        return self._object(hint, odd)

    def _resolved(self, hint: Any, value: Any) -> Any:
        return token(hint) if value == TOKEN else value

    def _object(self, hint: Any, odd: bool) -> Any:
        if hint is Image:
            return self._choose(images.images())
        if hint is Profile and not odd:
            return self._choose(PROFILES)
        if hint is Path:
            return Path(__file__) if odd else ROOT / "tests/proofs/ledger"
        if isinstance(hint, type) and issubclass(hint, Enum):
            return self._choose([*hint])
        if hint in self._known:
            return self._known(hint)
        if inspect.isabstract(hint):
            return self._object(self._choose(kinds(hint)), odd)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return hint(**self.of(hint))
        raise NotImplementedError(
            f"{hint}: say in tests/proofs/arguments/areas how to come by one, so that it is tried"
        )


def kinds(base: type) -> list[type]:
    """Every public class that is one of ``base``, which is only a base."""
    found = {kind for kind in base.__subclasses__() if getattr(sys.modules[kind.__module__], kind.__name__) is kind}
    every = found.union(*map(kinds, found))
    return sorted((kind for kind in every if not inspect.isabstract(kind)), key=lambda kind: kind.__name__)
