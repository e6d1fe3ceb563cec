"""A judge for models: another model that scores answers by the metrics of Bedrock's evaluation jobs.

https://docs.aws.amazon.com/bedrock/latest/userguide/evaluation-judge.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_s3 as s3

from cdk_ml.errors import Problem
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token, outside

# As CreateEvaluationJob's own description lists them for a model that judges.
JUDGED = (
    "Builtin.Coherence",
    "Builtin.Completeness",
    "Builtin.Correctness",
    "Builtin.Faithfulness",
    "Builtin.FollowingInstructions",
    "Builtin.Harmfulness",
    "Builtin.Helpfulness",
    "Builtin.ProfessionalStyleAndTone",
    "Builtin.Refusal",
    "Builtin.Relevance",
    "Builtin.Stereotyping",
)
# The less of these the better: a least score would ask for harm.
_BAD = ("Builtin.Harmfulness", "Builtin.Refusal", "Builtin.Stereotyping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """How a model is judged before people are asked.

    :param model: the model that judges; not the one that is trained, and of another family where that is possible.
    :param bucket: where the questions are.
    :param questions: key of a file of up to 1000 lines of JSON, each with a ``prompt`` and, where there is a right
        answer, a ``referenceResponse``. None of them may be in the training data.
    :param least: the least mean, 0 to 1, by metric, such as ``{"Builtin.Correctness": 0.8}``.
    :param max_tokens: tokens of one answer.
    """

    model: InvokableModel
    bucket: s3.IBucket
    questions: str
    least: Mapping[str, float]
    max_tokens: int = 1_024


def judge_problems(judge: Judge, region: str) -> Iterator[Problem]:
    """Why nothing could be judged so."""
    yield from model_problems(judge.model, region, argument="judge.model", gives="text")
    if not judge.least:
        rule = "judges nothing"
        yield Problem("judge.least", {}, rule, 'Name a metric and its least mean, such as {"Builtin.Correctness": 0.8}')
    for metric, bound in judge.least.items():
        if metric in _BAD:
            fix = "Leave it out; guardrails keep it from users"
            yield Problem("judge.least", metric, "is better the lower it is, and this asks for more of it", fix)
        elif metric not in JUDGED:
            usable = ", ".join(name for name in JUDGED if name not in _BAD)
            yield Problem("judge.least", metric, "is no metric of a model that judges", f"Use one of {usable}")
        if outside(bound, 0, 1):
            yield Problem("judge.least", bound, f"is no mean of {metric}", "Use 0 to 1")
    if not is_token(judge.questions) and not judge.questions.endswith(".jsonl"):
        yield Problem("judge.questions", judge.questions, "is not what Bedrock reads", "Name a .jsonl file")
    if outside(judge.max_tokens, 1, 65_536):
        yield Problem("judge.max_tokens", judge.max_tokens, "is not a length of an answer", "Use 1 to 65536")


def evaluation_request(
    judge: Judge, *, answers: str, source: str, output: str, role_arn: str, key_arn: str
) -> dict[str, Any]:
    """What an evaluation job is told, in Step Functions' form.

    :param answers: path or intrinsic function that yields where the answers are.
    :param source: what the answers say their model is.
    :param output: path or intrinsic function that yields where the scores go.
    """
    dataset = {"Name": "Answers", "DatasetLocation": {"S3Uri.$": answers}}
    return {
        "RoleArn": role_arn,
        "CustomerEncryptionKeyId": key_arn,
        "ApplicationType": "ModelEvaluation",
        "EvaluationConfig": {
            "Automated": {
                "DatasetMetricConfigs": [
                    {"TaskType": "Generation", "Dataset": dataset, "MetricNames": sorted(judge.least)}
                ],
                "EvaluatorModelConfig": {"BedrockEvaluatorModels": [{"ModelIdentifier": judge.model.model_id}]},
            }
        },
        "InferenceConfig": {"Models": [{"PrecomputedInferenceSource": {"InferenceSourceIdentifier": source}}]},
        "OutputDataConfig": {"S3Uri.$": output},
    }
