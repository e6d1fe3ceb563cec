"""Names that AgentCore takes: with underscores for what it runs, with hyphens for what it is reached by.

Every resource of AgentCore has to be given a name, and most have a role that names the resource; a name that is known
before the resource is made keeps the two from waiting for each other.
https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aws_cdk import Aws, Names
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token
from cdk_ml.workflow.vended_logs import part_of_stack_id

PRINCIPAL = "bedrock-agentcore.amazonaws.com"
"""What assumes the roles of AgentCore."""

_LONGEST = 48
_WORD = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
_HYPHENATED = re.compile(r"[0-9a-zA-Z](-?[0-9a-zA-Z])*")


def unique_word(scope: Construct) -> str:
    """A name of letters, digits and underscores that is ``scope``'s alone."""
    return Names.unique_resource_name(scope, max_length=_LONGEST, separator="_", allowed_special_characters="_")


def unique_word_of_stack(scope: Construct) -> str:
    """The same, with a part of the stack's id: a stack that comes again does not meet what its predecessor left."""
    word = Names.unique_resource_name(
        scope, max_length=_LONGEST - len("_01234567"), separator="_", allowed_special_characters="_"
    )
    return f"{word}_{part_of_stack_id(0)}"


def unique_hyphenated(scope: Construct) -> str:
    """A name of lower-case letters, digits and hyphens that is ``scope``'s alone."""
    return Names.unique_resource_name(scope, max_length=_LONGEST, separator="-").lower()


def word_problems(argument: str, name: str) -> Iterator[Problem]:
    """Why AgentCore would not take ``name`` for what it runs; one that only the deployment knows passes."""
    if not is_token(name) and not _WORD.fullmatch(name):
        fix = "Start with a letter, and use at most 48 letters, digits and underscores"
        yield Problem(argument, name, "is not a name that AgentCore takes", fix)


def hyphenated_problems(argument: str, name: str, longest: int) -> Iterator[Problem]:
    """Why AgentCore would not take ``name`` for a target; one that only the deployment knows passes."""
    if not is_token(name) and (len(name) > longest or not _HYPHENATED.fullmatch(name)):
        fix = f"Use at most {longest} letters and digits, with single hyphens between them"
        yield Problem(argument, name, "is not a name that AgentCore takes", fix)


def arn_of(kind: str, name: str) -> str:
    """ARN of something of AgentCore in the region and account of the stack.

    :param kind: such as ``gateway``.
    """
    return f"arn:{Aws.PARTITION}:bedrock-agentcore:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}/{name}"
