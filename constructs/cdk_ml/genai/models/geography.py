"""Where a cross-region profile keeps what is asked and answered.

https://docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token


class Geography(StrEnum):
    """The part of the world that a profile stays in. ``GLOBAL`` is any commercial region."""

    US = "us"
    EU = "eu"
    APAC = "apac"
    AUSTRALIA = "au"
    JAPAN = "jp"
    CANADA = "ca"
    INDIA = "in"
    US_GOV = "us-gov"
    GLOBAL = "global"


def profile_id_problems(id: str, *, argument: str) -> Iterator[Problem]:
    """That the id of a profile stands where the id of a model belongs: its ARN and its permissions are other ones."""
    prefix, _, model = id.partition(".")
    if not is_token(id) and prefix in {*Geography}:
        fix = f"Use CrossRegionProfile({model!r}, {prefix!r})"
        yield Problem(argument, id, "is the id of a profile, and not of a model", fix)
