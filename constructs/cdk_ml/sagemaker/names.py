"""Names that SageMaker takes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

LONGEST_NAME = 63

# Any number of hyphens, so that the length has to be looked at, too.
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")


def is_name(text: str, longest: int = LONGEST_NAME) -> bool:
    """Whether SageMaker takes ``text`` as a name."""
    return len(text) <= longest and _NAME.fullmatch(text) is not None


def name_problems(argument: str, name: str | None, longest: int = LONGEST_NAME) -> Iterator[Problem]:
    """Why SageMaker would not take ``name``; one that only the deployment knows, and none at all, pass."""
    if name is not None and not is_token(name) and not is_name(name, longest):
        fix = f"Use at most {longest} letters, digits and hyphens, starting and ending with a letter or digit"
        yield Problem(argument, name, "is not a name that SageMaker takes", fix)
