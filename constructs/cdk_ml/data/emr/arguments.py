"""Arguments of a job: some are known with the job, others only with a run of it.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.data.running import is_of_run
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_NAME = re.compile(r"(--)?[A-Za-z][A-Za-z0-9_-]*")


def argument_problems(arguments: Mapping[str, str], *, argument: str = "arguments") -> Iterator[Problem]:
    """What a script would not get as it is meant.

    :param argument: what the user calls it.
    """
    for name, value in arguments.items():
        if not is_token(name) and not _NAME.fullmatch(name):
            fix = "Write it as --day: letters, digits, hyphens and underscores"
            yield Problem(argument, name, "is no name of an argument", fix)
        if not is_token(value) and not value.strip():
            yield Problem(f"{argument}[{name!r}]", value, "says nothing", "Give it a value, or leave it out")


def merged(first: Mapping[str, str], then: Mapping[str, str]) -> dict[str, str]:
    """Arguments where what comes later counts, with or without hyphens in front."""
    bare = {name.removeprefix("--"): value for name, value in first.items()}
    return {**bare, **{name.removeprefix("--"): value for name, value in then.items()}}


def argument_list(arguments: Mapping[str, str]) -> list[str]:
    """The command line: names begin with two hyphens, whether the user wrote them or not."""
    return [text for name, value in arguments.items() for text in (f"--{name.removeprefix('--')}", value)]


def entry_point_arguments(
    arguments: Mapping[str, str], *, key: str = "EntryPointArguments", before: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The command line as a state gives it: a list, or what makes one where a run says something.

    A value that begins with ``$`` or with ``States.`` is a path or a function of Step Functions.

    :param key: what the service calls the list.
    :param before: what comes first.
    """
    texts = [*before, *argument_list(arguments)]
    if not any(is_of_run(value) for value in arguments.values()):
        return {key: texts} if texts else {}
    made = ", ".join(text if is_of_run(text) else f"'{_escaped(text)}'" for text in texts)
    return {f"{key}.$": f"States.Array({made})"}


def _escaped(text: str) -> str:
    # https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html, reserved characters
    return re.sub(r"([\\'{}])", r"\\\1", text) if not is_token(text) else text
