"""Rules of Glue Data Quality as values, once :mod:`cdk_ml.data.glue.dqdl` has read them.

https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
"""

from __future__ import annotations

from dataclasses import dataclass

from cdk_ml.facts.data_quality import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a condition compares.

    :ivar kinds: what it can be about.
    :ivar functions: functions that it calls, which look at earlier runs.
    """

    kinds: frozenset[Answer]
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRule:
    """A rule as it was written.

    :ivar type: such as ``IsComplete``.
    :ivar parameters: texts without their quotes; what a variable stands for, which has a ``$``, is not looked up.
    :ivar condition: what the answer is compared with.
    :ivar where: which rows it is about.
    :ivar threshold: which share of rows has to keep it.
    """

    type: str
    parameters: tuple[str, ...]
    condition: Comparison | None = None
    where: str | None = None
    threshold: Comparison | None = None


@dataclass(frozen=True, slots=True)
class ParsedRuleset:
    """The rules of a text, and what else is in it.

    :ivar rules: in the order of the text, those that are joined by ``and`` and ``or`` one by one.
    :ivar datasets: names that the text gives to other tables itself.
    :ivar analyzers: whether there are analyzers.
    """

    rules: tuple[ParsedRule, ...]
    datasets: tuple[str, ...] = ()
    analyzers: bool = False
