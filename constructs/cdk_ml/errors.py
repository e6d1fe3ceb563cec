"""The one error that wrong input raises, and the problems it is made of.

Validators are plain functions that return every :class:`Problem` they find; a construct raises them together
with :func:`reject`, so that a user fixes a configuration in one round instead of one error at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from constructs import IConstruct


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an argument.

    :param argument: the name of the argument, as the user writes it.
    :param value: what was given.
    :param rule: what is wrong, as the rest of a sentence that starts with ``argument=value``.
    :param fix: what to do, as a full sentence without its full stop.
    """

    argument: str
    value: object
    rule: str
    fix: str

    def __str__(self) -> str:
        return f"{self.argument}={self.value!r} {self.rule}. {self.fix}."


class ConfigurationError(ValueError):
    """A construct was given something that AWS would refuse, or that would not work once deployed.

    :ivar path: path of the construct, as ``cdk ls`` prints it.
    :ivar problems: every problem that was found, with argument, value, rule and fix.
    """

    def __init__(self, path: str, problems: Iterable[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in self.problems))


def reject(scope: IConstruct | str, problems: Iterable[Problem]) -> None:
    """Raise :class:`ConfigurationError` for ``scope`` when there are problems.

    :param scope: the construct that was misconfigured, or the name of a value that has no construct.
    """
    found = tuple(problems)
    if found:
        raise ConfigurationError(scope if isinstance(scope, str) else scope.node.path, found)
