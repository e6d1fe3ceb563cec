"""Whether a text is one policy in Cedar, and whether it is about what its gateway has.

With ``cedarpy`` installed (``pip install 'cdk-ml[agents]'``), Cedar's own parser reads it. Without it, only its
structure is looked at: effect, scope, conditions, quotes and brackets. Either way the tools and callers that it names
are compared with the gateway's; AgentCore compares types at the deployment.
https://docs.cedarpolicy.com/policies/syntax-grammar.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Literal

from cdk_ml.errors import Problem
from cdk_ml.genai.agents.tools import SEPARATOR
from cdk_ml.tokens import is_token

Caller = Literal["IamEntity", "OAuthUser"]

_SHORTEST, _LONGEST = 35, 10_000
# Quoted texts first, so that nothing in them is taken for anything else.
_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|.', re.DOTALL)
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_POLICY = re.compile(
    r"\s*(?:@\w+\s*(?:\(\s*\"\"\s*\)\s*)?)*(?:permit|forbid)\s*"
    r"\(\s*principal\b[^,()]*,\s*action\b[^,()]*,\s*resource\b[^,()]*,?\s*\)\s*(?:(?:when|unless)\s*\{\}\s*)*;\s*"
)
_ACTION = re.compile(r'AgentCore::Action::"((?:\\.|[^"\\])*)"')
_CALLER = re.compile(r"\bprincipal\s+is\s+AgentCore::(\w+)")


def cedar_problems(
    argument: str, statement: str, *, caller: Caller, tools: Collection[str], open_targets: Collection[str]
) -> Iterator[Problem]:
    """What is wrong with a policy of a gateway.

    :param caller: how the gateway knows its callers.
    :param tools: the tools that are known, as ``<target>___<tool>``, and the targets.
    :param open_targets: targets whose tools only the deployment knows.
    """
    if not _SHORTEST <= len(statement) <= _LONGEST and not is_token(statement):
        fix = f"Use {_SHORTEST} to {_LONGEST} characters"
        yield Problem(argument, f"{len(statement)} characters", "is not a length that AgentCore takes", fix)
    if (wrong := _syntax(statement)) is not None:
        fix = "Write one policy: permit or forbid, (principal, action, resource), conditions, and a semicolon"
        yield Problem(argument, statement, f"is not a policy in Cedar: {wrong}", fix)
        return
    code = _without_comments(statement)
    for found in _CALLER.findall(code):
        if found != caller:
            rule = f"never applies: the gateway knows its callers as AgentCore::{caller}"
            yield Problem(argument, f"AgentCore::{found}", rule, f"Write principal is AgentCore::{caller}")
    for action in _ACTION.findall(code):
        if action not in tools and action.partition(SEPARATOR)[0] not in open_targets and not is_token(action):
            fix = f"Use one of {', '.join(sorted(tools))}"
            yield Problem(argument, action, "is no tool of the gateway", fix)


def _syntax(statement: str) -> str | None:
    if find_spec("cedarpy") is None:
        return _structure(statement)
    try:
        import_module("cedarpy").policies_to_json_str(statement)
    except ValueError as error:
        return str(error)
    # Its parser takes any number of policies.
    return _structure(statement)


def _structure(statement: str) -> str | None:
    opened: list[str] = []
    skeleton = ""
    for piece in _pieces(statement):
        if piece == '"':
            return "a quote is not closed"
        if piece in _CLOSES.values() and (not opened or opened.pop() != piece):
            return f"{piece} closes nothing"
        # What conditions and lists hold is not looked at.
        if "}" not in opened and "]" not in opened:
            skeleton += '""' if piece.startswith('"') else piece
        if piece in _CLOSES:
            opened.append(_CLOSES[piece])
    if opened:
        return f"{opened[-1]} is missing"
    return None if _POLICY.fullmatch(skeleton) else "its parts are not those of a policy"


def _pieces(statement: str) -> Iterator[str]:
    return (piece for piece in _PIECE.findall(statement) if not piece.startswith("//"))


def _without_comments(statement: str) -> str:
    return "".join(_pieces(statement))
