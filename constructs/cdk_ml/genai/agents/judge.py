"""Who judges an agent: AWS's evaluators, or a model with your instructions.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/create-evaluator.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.genai.agents.names import word_problems
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token

_FILLED: Mapping[str, tuple[str, ...]] = {
    "SESSION": ("context", "available_tools"),
    "TRACE": ("context", "assistant_turn"),
    "TOOL_CALL": ("available_tools", "context", "tool_turn"),
}
_BLANK = re.compile(r"\{(\w+)\}")
_LONGEST_LABEL = 100


class BuiltinEvaluator(StrEnum):
    """What AWS's own evaluators judge.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/built-in-evaluators.html
    """

    COHERENCE = "Builtin.Coherence"
    CONCISENESS = "Builtin.Conciseness"
    CORRECTNESS = "Builtin.Correctness"
    FAITHFULNESS = "Builtin.Faithfulness"
    GOAL_SUCCESS_RATE = "Builtin.GoalSuccessRate"
    HARMFULNESS = "Builtin.Harmfulness"
    HELPFULNESS = "Builtin.Helpfulness"
    INSTRUCTION_FOLLOWING = "Builtin.InstructionFollowing"
    REFUSAL = "Builtin.Refusal"
    RESPONSE_RELEVANCE = "Builtin.ResponseRelevance"
    STEREOTYPING = "Builtin.Stereotyping"
    TOOL_PARAMETER_ACCURACY = "Builtin.ToolParameterAccuracy"
    TOOL_SELECTION_ACCURACY = "Builtin.ToolSelectionAccuracy"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentJudge:
    """A model that judges with your instructions.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/create-evaluator.html

    :param name: letters, digits and underscores.
    :param model: which model judges.
    :param instructions: what it looks for. What it judges is put in for ``{context}`` and, by level,
        ``{assistant_turn}``, ``{available_tools}`` or ``{tool_turn}``; at least one has to be there.
    :param ratings: what it may say, label to meaning.
    :param level: what it judges: a whole session, one answer, or one call of a tool.
    """

    name: str
    model: InvokableModel
    instructions: str
    ratings: Mapping[str, str]
    level: Literal["SESSION", "TRACE", "TOOL_CALL"] = "TRACE"


def judge_problems(judge: AgentJudge) -> Iterator[Problem]:
    """What AgentCore would refuse about a judge."""
    yield from word_problems("evaluators.name", judge.name)
    filled = _FILLED[judge.level]
    blanks = _BLANK.findall(judge.instructions)
    known = ", ".join(f"{{{name}}}" for name in filled)
    if not blanks and not is_token(judge.instructions):
        rule = "do not say where what is judged is put in"
        yield Problem("evaluators.instructions", judge.instructions, rule, f"Put {known} into them")
    for name in blanks:
        if name not in filled:
            rule = f"is not filled while an agent works, at level {judge.level}"
            yield Problem("evaluators.instructions", f"{{{name}}}", rule, f"Use {known}")
    if not judge.ratings:
        yield Problem("evaluators.ratings", judge.ratings, "leave it nothing to say", "Name labels and what they mean")
    for label, meaning in judge.ratings.items():
        if not 1 <= len(label) <= _LONGEST_LABEL or not meaning.strip():
            fix = f"Use 1 to {_LONGEST_LABEL} characters, and say what they mean"
            yield Problem("evaluators.ratings", label, "is not a rating", fix)


def rendered(judge: AgentJudge) -> dict[str, Any]:
    """The judge as CloudFormation has it."""
    scale = [{"label": label, "definition": meaning} for label, meaning in judge.ratings.items()]
    model = {"bedrockEvaluatorModelConfig": {"modelId": judge.model.model_id}}
    return {
        "llmAsAJudge": {
            "instructions": judge.instructions,
            "ratingScale": {"categorical": scale},
            "modelConfig": model,
        }
    }
