"""What every node of a flow is: a name, what it takes, what it gives, and what it may do.

https://docs.aws.amazon.com/bedrock/latest/userguide/flows-nodes.html
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from cdk_ml.errors import Problem
from cdk_ml.genai.guardrails.applied import GuardrailBase, render_applied
from cdk_ml.genai.texts import pattern_problems, text_problems, twice_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement

WHOLE = "$.data"
"""The expression that takes all of what arrives."""

_NAME = re.compile(r"[a-zA-Z](_?[0-9a-zA-Z]){1,50}")
_LONGEST_NAME = 101
_ALLOWED = "letters, digits and single underscores, two or more, starting with a letter"
_LONGEST_EXPRESSION = 64
_MOST_INPUTS = 20


class FlowType(StrEnum):
    """What goes through an edge."""

    STRING = "String"
    NUMBER = "Number"
    BOOLEAN = "Boolean"
    OBJECT = "Object"
    ARRAY = "Array"


@dataclass(frozen=True, slots=True)
class FlowPort:
    """A place where edges end or start.

    :param name: letters, digits and single underscores.
    :param type: what goes through.
    :param expression: which part of what arrives is taken, such as ``$.data.customer``; what is given has none.
    """

    name: str
    type: FlowType = FlowType.STRING
    expression: str = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode(ABC):
    """A node of a flow, of any kind.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/flows-nodes.html

    :param name: what edges call it: letters, digits and single underscores.
    """

    name: str

    kind: ClassVar[str]

    @property
    def calls_model(self) -> bool:
        """Whether a model answers, so that a guardrail stands before it."""
        return False

    @property
    def takes(self) -> Sequence[FlowPort]:
        """Where edges end."""
        return ()

    @property
    def gives(self) -> Sequence[FlowPort]:
        """Where edges start."""
        return ()

    @abstractmethod
    def configuration(self) -> Mapping[str, Any]:
        """What is special about the node, as CloudFormation takes it."""

    def statements(self) -> Sequence[Statement]:
        """What the flow's role needs for it."""
        return ()

    def problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse about the node alone."""
        yield from name_problems("nodes.name", self.name)
        ports = self.takes
        if len(ports) > _MOST_INPUTS:
            rule = f"takes {len(ports)} inputs, but a node has at most {_MOST_INPUTS}"
            yield Problem("nodes", self.name, rule, "Put what belongs together into an object")
        yield from twice_problems("nodes.inputs", (port.name for port in ports), "input")
        for port in ports:
            yield from name_problems("nodes.inputs", port.name)
            yield from _expression_problems(port.expression)

    def render(self, guardrail: GuardrailBase | None) -> dict[str, Any]:
        """The node as CloudFormation takes it.

        :param guardrail: what stands before a model that it calls.
        """
        configuration = dict(self.configuration())
        if self.calls_model and guardrail is not None:
            configuration["guardrailConfiguration"] = render_applied(guardrail)
        rendered: dict[str, Any] = {
            "name": self.name,
            "type": self.kind,
            "configuration": {self.kind[0].lower() + self.kind[1:]: configuration},
        }
        if self.takes:
            rendered["inputs"] = [
                {"name": port.name, "type": str(port.type), "expression": port.expression} for port in self.takes
            ]
        if self.gives:
            rendered["outputs"] = [{"name": port.name, "type": str(port.type)} for port in self.gives]
        return rendered


def name_problems(argument: str, name: str) -> Iterator[Problem]:
    """Why Bedrock would not take ``name`` for a node, an input or a condition."""
    yield from pattern_problems(argument, name, _NAME, _LONGEST_NAME, _ALLOWED)


def _expression_problems(expression: str) -> Iterator[Problem]:
    yield from text_problems("nodes.expression", expression, _LONGEST_EXPRESSION)
    if not is_token(expression) and not expression.startswith("$"):
        fix = f"Start with {WHOLE}, which is all that arrives"
        yield Problem("nodes.expression", expression[:60], "takes no part of what arrives", fix)
