"""What DataBrew calls things, and where it is.

https://docs.aws.amazon.com/databrew/latest/dg/api-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aws_cdk import Aws, Names
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token

INSTEAD = "Deploy the stack to another region, such as us-east-1, or prepare the data with Glue jobs"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .-]{0,238}[A-Za-z0-9.-]|[A-Za-z0-9]")
# What a run adds to it, and a report, is part of names as well.
_MADE = 100


def databrew_name(scope: Construct, name: str | None) -> str:
    """``name``, or one that is made of the path: every one of them needs a name."""
    return Names.unique_resource_name(scope, max_length=_MADE, separator="-") if name is None else name


def databrew_arn(kind: str, name: str) -> str:
    """ARN of a dataset, recipe, job, ruleset or schedule."""
    return f"arn:{Aws.PARTITION}:databrew:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}/{name}"


def databrew_problems(region: str, type_: str, name: str | None, description: str = "") -> Iterator[Problem]:
    """Why nothing of a type and name can be made in a region."""
    yield from region_problems(region, f"AWS::DataBrew::{type_}", instead=INSTEAD)
    if name is not None and not is_token(name) and not _NAME.fullmatch(name):
        fix = "Use 1 to 240 letters, digits, hyphens, dots and spaces, and no space at either end"
        yield Problem("name", name, "is not a name that DataBrew takes", fix)
    if not is_token(description) and len(description) > 1_024:
        rule = f"has {len(description)} characters"
        yield Problem("description", f"{description[:20]}…", rule, "Use at most 1024")
