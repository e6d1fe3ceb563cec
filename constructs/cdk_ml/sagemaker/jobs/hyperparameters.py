"""Hyper-parameters: texts to SageMaker, values to a script.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from aws_cdk import Token

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.values import Join, RunValue, Value, is_run_value
from cdk_ml.tokens import is_token

Hyperparameter = str | int | float | bool | RunValue

_MOST = 100
_LONGEST = 2_500
# The toolkit in AWS's containers reads these; a value of the user's would be lost.
_RESERVED = "sagemaker_"


def as_text(value: Hyperparameter) -> Value:
    """A value as SageMaker's API and built-in algorithms take it."""
    if is_run_value(value):
        # Whatever the execution knows may be a number; the API wants a text.
        return Join((value,))
    if isinstance(value, bool):
        return str(value).lower()
    return Token.as_string(value) if is_token(value) else str(value)


def as_json(value: Hyperparameter) -> Value:
    """A value as the toolkit in AWS's framework containers reads it, so that a script gets what was written."""
    if is_run_value(value) or (is_token(value) and not isinstance(value, str)):
        return as_text(value)
    return json.dumps(value)


def hyperparameter_problems(values: Mapping[str, Hyperparameter], *, script: bool) -> Iterator[Problem]:
    """What SageMaker would refuse, or a script would not get."""
    if len(values) > _MOST:
        rule = f"are {len(values)}, and SageMaker takes {_MOST}"
        yield Problem(
            "hyperparameters", f"{len(values)} of them", rule, "Put some of them into a file beside the script"
        )
    for name, value in values.items():
        argument = f"hyperparameters[{name!r}]"
        if not is_token(name) and not 0 < len(name) <= 256:
            yield Problem("hyperparameters", name, "is no name of a hyper-parameter", "Use 1 to 256 characters")
        if script and name.startswith(_RESERVED):
            fix = f"Name it without {_RESERVED}"
            yield Problem("hyperparameters", name, "is for the toolkit in the container, not for a script", fix)
        if isinstance(value, str) and len(value) > _LONGEST and not is_token(value):
            rule = f"has {len(value)} characters, and SageMaker takes {_LONGEST}"
            yield Problem(argument, f"{value[:20]}...", rule, "Put it into a file beside the script")
        if isinstance(value, float) and not is_token(value) and value - value != 0:
            yield Problem(argument, value, "is not a finite number", "Use a finite number")
