"""What an agent finds in its environment: its model, its guardrail, and its parts.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from cdk_ml.errors import Problem
from cdk_ml.genai.agents.browser import AgentBrowser
from cdk_ml.genai.agents.code_interpreter import CodeInterpreter
from cdk_ml.genai.agents.gateway import AgentGateway
from cdk_ml.genai.agents.memory import AgentMemory
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token

_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OURS = (
    "BROWSER_ID",
    "CODE_INTERPRETER_ID",
    "GATEWAY_URL",
    "GUARDRAIL_ID",
    "GUARDRAIL_VERSION",
    "MEMORY_ID",
    "MODEL_ID",
)


def variables(
    model: InvokableModel,
    guardrail: GuardrailBase | None,
    memory: AgentMemory | None,
    gateway: AgentGateway | None,
    tools: Sequence[AgentBrowser | CodeInterpreter],
) -> dict[str, str]:
    """The variables of an agent that has these parts."""
    found = {"MODEL_ID": model.model_id}
    if guardrail is not None:
        found |= {"GUARDRAIL_ID": guardrail.guardrail_id, "GUARDRAIL_VERSION": guardrail.version}
    if memory is not None:
        found["MEMORY_ID"] = memory.memory_id
    if gateway is not None:
        found["GATEWAY_URL"] = gateway.url
    for tool in tools:
        if isinstance(tool, AgentBrowser):
            found["BROWSER_ID"] = tool.browser_id
        else:
            found["CODE_INTERPRETER_ID"] = tool.code_interpreter_id
    return found


def tool_kind_problems(tools: Sequence[AgentBrowser | CodeInterpreter]) -> Iterator[Problem]:
    """Why the variables could not name the tools."""
    for kind in (AgentBrowser, CodeInterpreter):
        if sum(isinstance(tool, kind) for tool in tools) > 1:
            fix = "Give it one; the id of another can be in environment, and its use_statements() in statements"
            yield Problem("tools", kind.__name__, "is there more than once", fix)


def variable_problems(environment: Mapping[str, str]) -> Iterator[Problem]:
    """Why further variables would not be there, or would be in the way of ours."""
    for name in environment:
        if name in _OURS:
            yield Problem("environment", name, "is a name that the construct gives itself", "Use another name")
        elif not is_token(name) and not _VARIABLE.fullmatch(name):
            fix = "Use letters, digits and underscores, and start with no digit"
            yield Problem("environment", name, "is not a name of a variable", fix)
