"""How an agent serves its callers: the protocol, and how long a session lives.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-lifecycle-settings.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

_SHORTEST, _LONGEST = 60, 1_209_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """How an agent serves its callers. Each session has a machine of its own, which is paid by the second.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-lifecycle-settings.html

    :param protocol: what it speaks: ``HTTP`` with ``/invocations`` and ``/ping``, or ``MCP``, ``A2A`` or ``AGUI``.
    :param idle_seconds: seconds without a request after which a session ends, 60 to 1209600.
    :param longest_seconds: seconds after which it ends in any case, 60 to 1209600.
    """

    protocol: Literal["HTTP", "MCP", "A2A", "AGUI"] = "HTTP"
    idle_seconds: int = 900
    longest_seconds: int = 28_800


def session_problems(sessions: Sessions) -> Iterator[Problem]:
    """What AgentCore would refuse."""
    for name in ("idle_seconds", "longest_seconds"):
        value = getattr(sessions, name)
        if outside(value, _SHORTEST, _LONGEST):
            fix = f"Use {_SHORTEST} to {_LONGEST} seconds"
            yield Problem(f"sessions.{name}", value, "is not a time that a session may take", fix)
    idle, longest = sessions.idle_seconds, sessions.longest_seconds
    if not is_token(idle) and not is_token(longest) and idle > longest:
        rule = f"is never reached: a session ends after {longest} seconds"
        yield Problem("sessions.idle_seconds", idle, rule, "Use less than longest_seconds")
