"""Names and texts, as far as Bedrock and CloudFormation take them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import filterfalse

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

LONGEST_NAME = 100
_NAME = re.compile(r"([0-9a-zA-Z][_-]?)+")
_REFERENCE = re.compile(r"\$\{[^}]*\}")
_SHOWN = 60


def text_problems(argument: str, text: str, longest: int) -> Iterator[Problem]:
    """What is wrong with a text that has to say something; one that only the deployment knows passes."""
    if is_token(text):
        return
    if not text.strip():
        yield Problem(argument, text, "is empty", "Write the text")
    if len(text) > longest:
        rule = f"has {len(text)} characters, but Bedrock takes {longest}"
        yield Problem(argument, f"{text[:20]}…", rule, "Shorten it")
    if _REFERENCE.search(text):
        rule = "holds ${...}, which CloudFormation takes for a reference that somebody forgot to resolve"
        yield Problem(argument, text[:_SHOWN], rule, "Give the value itself, or a token of the CDK such as Aws.REGION")


def pattern_problems(
    argument: str, text: str | None, pattern: re.Pattern[str], longest: int, allowed: str
) -> Iterator[Problem]:
    """Why Bedrock would not take ``text`` as a name; none at all, and one that only the deployment knows, pass.

    :param allowed: what a name is made of, as the end of a sentence.
    """
    if text is None or is_token(text):
        return
    if len(text) > longest or pattern.fullmatch(text) is None:
        fix = f"Use at most {longest} {allowed}"
        yield Problem(argument, text[:_SHOWN], "is not a name that Bedrock takes", fix)


def name_problems(argument: str, name: str | None) -> Iterator[Problem]:
    """The same for what prompts, their variables, flows and aliases are called."""
    allowed = "letters and digits, with single hyphens or underscores between"
    yield from pattern_problems(argument, name, _NAME, LONGEST_NAME, allowed)


def repeated(names: Iterable[str]) -> list[str]:
    """Those that are there more than once, in the order of the alphabet."""
    return sorted(name for name, times in Counter(names).items() if times > 1)


def twice_problems(argument: str, names: Iterable[str], what: str) -> Iterator[Problem]:
    """Names that are there more than once; those that only the deployment knows are not compared."""
    for name, times in Counter(filterfalse(is_token, names)).items():
        if times > 1:
            yield Problem(argument, name[:_SHOWN], f"is there {times} times", f"Give each {what} once")
