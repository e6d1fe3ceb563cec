"""Denied topics and words: what an application never talks about.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-denied-topics.html
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-word-filters.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.genai.texts import pattern_problems, text_problems, twice_problems

_NAME = re.compile(r"[0-9a-zA-Z\-_ !?.]+")
_LONGEST_NAME = 100
_MOST_TOPICS = 30
_MOST_EXAMPLES = 5
_LONGEST_EXAMPLE = 100
_MOST_WORDS = 10_000
_LONGEST_WORD = 100


class GuardrailTier(StrEnum):
    """Which models judge content and topics.

    ``CLASSIC`` knows English, French and Spanish; ``STANDARD`` knows more languages and code, and needs
    ``cross_region``.
    """

    CLASSIC = "CLASSIC"
    STANDARD = "STANDARD"


# The length of a definition depends on the models that read it.
_LONGEST_DEFINITION = {GuardrailTier.CLASSIC: 200, GuardrailTier.STANDARD: 1_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedTopic:
    """A topic that neither users nor the model may bring up.

    :param name: a noun or a phrase: letters, digits, blanks and ``-_!?.``.
    :param definition: what belongs to it, up to 200 characters, or 1000 in the standard tier. Say what it is, not what
        the model should do about it.
    :param examples: up to five things that people say, up to 100 characters each.
    """

    name: str
    definition: str
    examples: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WordFilter:
    """Words that are blocked in both directions, whatever is meant by them.

    :param words: words and phrases of your own, up to 100 characters each.
    :param profanity: block what AWS keeps a list of as profane.
    """

    words: Sequence[str] = ()
    profanity: bool = True


def topic_problems(topics: Sequence[DeniedTopic], tier: GuardrailTier) -> Iterator[Problem]:
    """What Bedrock would refuse about denied topics."""
    if len(topics) > _MOST_TOPICS:
        rule = f"are {len(topics)} topics, but a guardrail takes {_MOST_TOPICS}"
        yield Problem("topics", [topic.name for topic in topics[:3]], rule, "Put topics together, or leave some out")
    yield from twice_problems("topics.name", (topic.name for topic in topics), "topic")
    for topic in topics:
        allowed = "letters, digits, blanks and -_!?."
        yield from pattern_problems("topics.name", topic.name, _NAME, _LONGEST_NAME, allowed)
        yield from text_problems("topics.definition", topic.definition, _LONGEST_DEFINITION[tier])
        if len(topic.examples) > _MOST_EXAMPLES:
            rule = f"are {len(topic.examples)} examples, but a topic takes {_MOST_EXAMPLES}"
            yield Problem("topics.examples", [*topic.examples[:2]], rule, "Keep those that are told apart worst")
        for example in topic.examples:
            yield from text_problems("topics.examples", example, _LONGEST_EXAMPLE)


def word_problems(words: WordFilter) -> Iterator[Problem]:
    """What Bedrock would refuse about words."""
    if len(words.words) > _MOST_WORDS:
        rule = f"are {len(words.words)} words, but a guardrail takes {_MOST_WORDS}"
        yield Problem("words.words", [*words.words[:3]], rule, "Deny a topic instead, or leave some out")
    yield from twice_problems("words.words", words.words, "word")
    for word in words.words:
        yield from text_problems("words.words", word, _LONGEST_WORD)


def render_topic(topic: DeniedTopic) -> dict[str, Any]:
    """A topic as CloudFormation takes it."""
    examples = {"examples": [*topic.examples]} if topic.examples else {}
    return {"name": topic.name, "definition": topic.definition, "type": "DENY", **examples}


def render_words(words: WordFilter) -> dict[str, Any] | None:
    """Words as CloudFormation takes them."""
    rendered: dict[str, Any] = {}
    if words.words:
        rendered["wordsConfig"] = [{"text": word} for word in words.words]
    if words.profanity:
        rendered["managedWordListsConfig"] = [{"type": "PROFANITY"}]
    return rendered or None
