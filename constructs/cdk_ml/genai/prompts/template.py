"""Templates of prompts: text or a conversation, with variables in double braces.

https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-management-create.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.genai.texts import name_problems, text_problems, twice_problems
from cdk_ml.tokens import is_token, outside

_USED = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_LONGEST_TEXT = 200_000
_MOST_VARIABLES = 20
_MOST_TOKENS = 512_000
_MOST_SEQUENCES = 4


class ChatRole(StrEnum):
    """Who says something in a conversation."""

    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """Something that is said.

    :param role: who says it.
    :param text: what is said, with variables as ``{{name}}``.
    """

    role: ChatRole
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTemplate:
    """A prompt of one text.

    :param text: the text, with variables as ``{{name}}``.
    :param variables: the names of the variables, up to 20.
    """

    text: str
    variables: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTemplate:
    """A prompt of a conversation, for models with ``Converse``.

    :param messages: what was said, starting with the user and then by turns, with variables as ``{{name}}``.
    :param system: what the model is told before, with variables as well; nothing when empty.
    :param variables: the names of the variables, up to 20.
    """

    messages: Sequence[ChatMessage]
    system: str = ""
    variables: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptInference:
    """How a model answers; what is ``None`` is the model's own choice.

    :param temperature: how far it strays, 0 to 1.
    :param top_p: share of the likeliest words that it picks from, 0 to 1.
    :param max_tokens: tokens after which it stops, up to 512000.
    :param stop_sequences: up to four texts that it stops at.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop_sequences: Sequence[str] = ()


def template_problems(argument: str, template: TextTemplate | ChatTemplate) -> Iterator[Problem]:
    """What Bedrock would refuse about a template, and variables that nobody fills in."""
    if isinstance(template, TextTemplate):
        texts = [template.text]
    else:
        texts = [*([template.system] if template.system else []), *(each.text for each in template.messages)]
        yield from _turn_problems(argument, template.messages)
    for text in texts:
        yield from text_problems(f"{argument}.text", text, _LONGEST_TEXT)
    yield from _variable_problems(f"{argument}.variables", template.variables, texts)


def _turn_problems(argument: str, messages: Sequence[ChatMessage]) -> Iterator[Problem]:
    roles = [each.role for each in messages]
    turns = [ChatRole.ASSISTANT if place % 2 else ChatRole.USER for place in range(len(roles))]
    if not roles or roles != turns:
        rule = "do not start with the user and go on by turns"
        yield Problem(
            f"{argument}.messages", [*map(str, roles)][:5], rule, "Put what one says at once into one message"
        )


def _variable_problems(argument: str, variables: Sequence[str], texts: Sequence[str]) -> Iterator[Problem]:
    if len(variables) > _MOST_VARIABLES:
        rule = f"are {len(variables)} variables, but a prompt takes {_MOST_VARIABLES}"
        yield Problem(argument, [*variables[:3]], rule, "Put values that belong together into one")
    yield from twice_problems(argument, variables, "variable")
    for name in variables:
        yield from name_problems(argument, name)
    if any(map(is_token, (*variables, *texts))):
        return
    used = {name for text in texts for name in _USED.findall(text)}
    for name in sorted(used - {*variables}):
        fix = f"Add {name!r} to variables, or take {{{{{name}}}}} out of the text"
        yield Problem(argument, [*variables], f"lack {name!r}, which the text uses", fix)
    for name in sorted({*variables} - used):
        fix = f"Write {{{{{name}}}}} where its value belongs, or leave it out"
        yield Problem(argument, name, "is in no text", fix)


def inference_problems(argument: str, inference: PromptInference) -> Iterator[Problem]:
    """What Bedrock would refuse about inference."""
    for name, value in (("temperature", inference.temperature), ("top_p", inference.top_p)):
        if value is not None and outside(value, 0, 1):
            yield Problem(f"{argument}.{name}", value, "is not from 0 to 1", "Give a number from 0 to 1")
    if inference.max_tokens is not None and outside(inference.max_tokens, 1, _MOST_TOKENS):
        rule = "is no number of tokens that Bedrock takes"
        yield Problem(f"{argument}.max_tokens", inference.max_tokens, rule, f"Give 1 to {_MOST_TOKENS}")
    if len(inference.stop_sequences) > _MOST_SEQUENCES:
        rule = f"are {len(inference.stop_sequences)}, but a prompt takes {_MOST_SEQUENCES}"
        yield Problem(f"{argument}.stop_sequences", [*inference.stop_sequences], rule, "Leave some out")
    for text in inference.stop_sequences:
        yield from text_problems(f"{argument}.stop_sequences", text, _LONGEST_TEXT)


def render_template(template: TextTemplate | ChatTemplate) -> dict[str, Any]:
    """A template as CloudFormation takes it."""
    variables = [{"name": name} for name in template.variables]
    if isinstance(template, TextTemplate):
        text = {"text": template.text, "inputVariables": variables}
        return {"templateType": "TEXT", "templateConfiguration": {"text": text}}
    chat: dict[str, Any] = {
        "messages": [{"role": str(each.role), "content": [{"text": each.text}]} for each in template.messages],
        "inputVariables": variables,
    }
    if template.system:
        chat["system"] = [{"text": template.system}]
    return {"templateType": "CHAT", "templateConfiguration": {"chat": chat}}


def render_inference(inference: PromptInference) -> dict[str, Any]:
    """Inference as CloudFormation takes it; nothing where the model decides everything."""
    chosen: dict[str, Any] = {
        "temperature": inference.temperature,
        "topP": inference.top_p,
        "maxTokens": inference.max_tokens,
        "stopSequences": [*inference.stop_sequences] or None,
    }
    given = {name: value for name, value in chosen.items() if value is not None}
    return {"inferenceConfiguration": {"text": given}} if given else {}
