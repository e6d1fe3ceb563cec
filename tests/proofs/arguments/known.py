"""What is no plain value, made once in a stack by whoever asks first: a construct, an imported resource, a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from constructs import Construct

T = TypeVar("T")


class Known:
    """One of each type: a resource can be imported only once under an id, and what others stand on is there once."""

    def __init__(self, scope: Construct, areas: Mapping[type, Callable[[Known], Any]]) -> None:
        """
        :param scope: where everything is made.
        :param areas: how to come by one, by type.
        """
        self.scope = scope
        self._makers = areas
        self._made: dict[type, Any] = {}

    def __contains__(self, type_: object) -> bool:
        """Whether an area says how to come by one."""
        return type_ in self._makers

    def __call__(self, type_: type[T]) -> T:
        """The one of a type."""
        if type_ not in self._made:
            self._made[type_] = self._makers[type_](self)
        return cast(T, self._made[type_])
