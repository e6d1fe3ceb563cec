"""Texts that people read in the registry, as far as SageMaker and CloudFormation take them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_REFERENCE = re.compile(r"\$\{[^}]*\}")


def text_problems(argument: str, text: str, longest: int) -> Iterator[Problem]:
    """What is wrong with a text."""
    if is_token(text):
        return
    if len(text) > longest:
        rule = f"has {len(text)} characters, but SageMaker takes {longest}"
        yield Problem(argument, f"{text[:20]}…", rule, "Shorten it")
    if _REFERENCE.search(text):
        rule = "holds ${...}, which CloudFormation takes for a reference that somebody forgot to resolve"
        yield Problem(argument, text[:60], rule, "Give the value itself, or a token of the CDK such as Aws.REGION")


def line_problems(argument: str, text: str, longest: int) -> Iterator[Problem]:
    """What is wrong with a text of one line that may be empty."""
    yield from text_problems(argument, text, longest)
    if not is_token(text) and len(text) <= longest and not text.isprintable():
        yield Problem(argument, text, "has a line break or another control character", "Write one line")
