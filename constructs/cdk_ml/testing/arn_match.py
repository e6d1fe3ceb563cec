"""Decides whether the resource of a policy can be of a type, where both are patterns.

A policy has wildcards and references that only deployment resolves; a type has variables. They fit when some ARN
matches both.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re

from cdk_ml.testing.rendering import UNKNOWN

_PARTS = 6
_ANY = "*"
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def fits(resource: str, pattern: str) -> bool:
    """Whether ``resource``, as :func:`cdk_ml.testing.rendering.render` wrote it, can be an ARN of ``pattern``.

    >>> fits("arn:<AWS::Partition>:s3:::<Bucket>/*", "arn:${Partition}:s3:::${BucketName}/${ObjectName}")
    True
    >>> fits("arn:aws:s3:::churn", "arn:${Partition}:s3:::${BucketName}/${ObjectName}")
    False
    """
    given = _globbed(UNKNOWN, resource).split(":", _PARTS - 1)
    asked = _globbed(_VARIABLE, pattern).split(":", _PARTS - 1)
    if len(given) < _PARTS:
        # An ARN that starts with a reference or a wildcard: only the text at its end is known.
        return given[0].startswith(_ANY) and meet(":".join(given), ":".join(asked))
    # Part by part: a variable never stands for a colon, except in the last part.
    return all(meet(one, other) for one, other in zip(given, asked, strict=False))


def meet(one: str, other: str) -> bool:
    """Whether some text matches both of two patterns with ``*`` and ``?``."""
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        if i == len(one) and j == len(other):
            return True
        a, b = one[i : i + 1], other[j : j + 1]
        steps = []
        if a == _ANY:
            steps += [(i + 1, j)] + ([(i, j + 1)] if b else [])
        if b == _ANY:
            steps += [(i, j + 1)] + ([(i + 1, j)] if a else [])
        if a and b and (a == b or "?" in (a, b)) and _ANY not in (a, b):
            steps.append((i + 1, j + 1))
        for step in steps:
            if step not in reached:
                reached.add(step)
                waiting.append(step)
    return False


def _globbed(variables: re.Pattern[str], text: str) -> str:
    return re.sub(r"\*+", _ANY, variables.sub(_ANY, text))
