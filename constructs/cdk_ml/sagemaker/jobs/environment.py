"""Environment variables of jobs.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def environment_problems(environment: Mapping[str, str], *, most: int = 100, longest: int = 512) -> Iterator[Problem]:
    """What SageMaker would refuse about environment variables.

    :param most: how many of them a job may have.
    :param longest: characters of a name, and of a value.
    """
    if len(environment) > most:
        rule = f"are {len(environment)}, and SageMaker takes {most}"
        yield Problem("environment", sorted(environment), rule, "Put some of them into a file beside the script")
    for name, value in environment.items():
        if not is_token(name) and (not _NAME.fullmatch(name) or len(name) > longest):
            fix = "Use letters, digits and underscores, and no digit first"
            yield Problem("environment", name, "is no name of a variable", fix)
        if not is_token(value) and len(value) > longest:
            rule = f"has {len(value)} characters, and SageMaker takes {longest}"
            yield Problem(f"environment[{name!r}]", f"{value[:20]}...", rule, "Put it into a file beside the script")
