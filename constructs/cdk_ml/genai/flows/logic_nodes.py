"""Nodes that decide where things go: start, end, conditions, one by one and together again.

https://docs.aws.amazon.com/bedrock/latest/userguide/flows-nodes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from cdk_ml.errors import Problem
from cdk_ml.genai.flows.node import FlowNode, FlowPort, FlowType, name_problems
from cdk_ml.genai.texts import text_problems, twice_problems
from cdk_ml.tokens import is_token

DEFAULT = "default"
_MOST_CONDITIONS = 5
_LONGEST_EXPRESSION = 64
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_WORD = re.compile(r"[A-Za-z_]\w*")
_KEYWORDS = {"and", "or", "not", "true", "false"}


class _Plain(FlowNode):
    """A node whose kind says everything."""

    __slots__ = ()

    def configuration(self) -> Mapping[str, Any]:
        """Nothing: the kind says everything."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputNode(_Plain):
    """Where a flow starts: gives what the caller sends, as ``document``.

    :param type: what the caller sends.
    """

    type: FlowType = FlowType.STRING
    kind: ClassVar[str] = "Input"

    @property
    def gives(self) -> Sequence[FlowPort]:
        """What the caller sends."""
        return (FlowPort("document", self.type),)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputNode(_Plain):
    """Where a flow ends: takes what the caller gets, as ``document``.

    :param type: what the caller gets.
    :param expression: which part of what arrives the caller gets.
    """

    type: FlowType = FlowType.STRING
    expression: str = "$.data"
    kind: ClassVar[str] = "Output"

    @property
    def takes(self) -> Sequence[FlowPort]:
        """What the caller gets."""
        return (FlowPort("document", self.type, self.expression),)


@dataclass(frozen=True, slots=True, kw_only=True)
class IteratorNode(_Plain):
    """Takes an ``array`` and gives each ``arrayItem`` in turn, and the ``arraySize``.

    :param item: what the array is of.
    :param expression: which part of what arrives is the array.
    """

    item: FlowType = FlowType.STRING
    expression: str = "$.data"
    kind: ClassVar[str] = "Iterator"

    @property
    def takes(self) -> Sequence[FlowPort]:
        """The array."""
        return (FlowPort("array", FlowType.ARRAY, self.expression),)

    @property
    def gives(self) -> Sequence[FlowPort]:
        """Each item, and how many there are."""
        return (FlowPort("arrayItem", self.item), FlowPort("arraySize", FlowType.NUMBER))


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorNode(_Plain):
    """Takes each ``arrayItem`` and the ``arraySize`` of an iterator, and gives the ``collectedArray``.

    :param item: what is collected.
    """

    item: FlowType = FlowType.STRING
    kind: ClassVar[str] = "Collector"

    @property
    def takes(self) -> Sequence[FlowPort]:
        """Each item, and how many there will be."""
        return (FlowPort("arrayItem", self.item), FlowPort("arraySize", FlowType.NUMBER))

    @property
    def gives(self) -> Sequence[FlowPort]:
        """All items."""
        return (FlowPort("collectedArray", FlowType.ARRAY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionNode(FlowNode):
    """Sends the flow on by the first condition that holds, and by ``default`` if none does.

    :param inputs: what conditions are about.
    :param conditions: up to four conditions by their names, in the order in which they are tried, such as
        ``{"refund": 'intent == "refund"'}``, up to 64 characters each.
    """

    inputs: Sequence[FlowPort]
    conditions: Mapping[str, str]
    kind: ClassVar[str] = "Condition"

    @property
    def takes(self) -> Sequence[FlowPort]:
        """What conditions are about."""
        return self.inputs

    def configuration(self) -> Mapping[str, Any]:
        """The conditions, and what happens if none holds."""
        named = [{"name": name, "expression": expression} for name, expression in self.conditions.items()]
        return {"conditions": [*named, {"name": DEFAULT}]}

    def problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse about the conditions, too."""
        # Without super(): a dataclass with slots is another class than the one that super() would know.
        yield from FlowNode.problems(self)
        if not self.inputs:
            yield Problem("nodes.inputs", self.name, "decides by nothing", "Give it an input")
        if not 1 <= len(self.conditions) < _MOST_CONDITIONS:
            rule = f"has {len(self.conditions)} conditions"
            fix = f"Give it 1 to {_MOST_CONDITIONS - 1} beside the default, or put a second node behind it"
            yield Problem("nodes.conditions", self.name, rule, fix)
        yield from twice_problems("nodes.conditions", self.conditions.values(), "expression")
        known = {port.name for port in self.inputs}
        for name, expression in self.conditions.items():
            yield from name_problems("nodes.conditions", name)
            if name == DEFAULT:
                yield Problem("nodes.conditions", name, "is there by itself", "Name the condition after what it asks")
            yield from text_problems("nodes.conditions", expression, _LONGEST_EXPRESSION)
            words = set() if is_token(expression) else {*_WORD.findall(_QUOTED.sub("", expression))}
            for word in sorted(words - known - _KEYWORDS):
                fix = f'Use one of {", ".join(sorted(known)) or "the inputs"}, or write a text as "{word}"'
                yield Problem("nodes.conditions", expression[:60], f"asks for {word!r}, which is no input", fix)
