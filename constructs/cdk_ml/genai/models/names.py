"""Names and descriptions that Bedrock takes of profiles and routers.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateInferenceProfile.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from aws_cdk import Names
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_LONGEST_NAME = 55  # CloudFormation takes 64; the rest tells a resource from the one it replaces.
_DESCRIPTION = re.compile(r"([0-9a-zA-Z:.][ _-]?){1,200}")
_LONGEST_DESCRIPTION = 200


def replaceable_name(scope: Construct, *parts: object) -> str:
    """A name from the path, that is another one for other ``parts``: CloudFormation makes the new resource first.

    :param parts: what cannot be updated.
    """
    readable = Names.unique_resource_name(scope, max_length=_LONGEST_NAME)
    digest = hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()
    return f"{readable}-{digest[:8]}"


def description_problems(description: str | None) -> Iterator[Problem]:
    """What Bedrock would refuse about a description."""
    if description is None or is_token(description):
        return
    if not 1 <= len(description) <= _LONGEST_DESCRIPTION:
        rule = f"has {len(description)} characters, but AWS takes 1 to {_LONGEST_DESCRIPTION}"
        yield Problem("description", description, rule, "Shorten it, or leave it out")
    elif not _DESCRIPTION.fullmatch(description):
        rule = "has characters that Bedrock does not take in a description, or two separators in a row"
        yield Problem("description", description, rule, "Use letters, digits, : and ., with single spaces, _ and -")
