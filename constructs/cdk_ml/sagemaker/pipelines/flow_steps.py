"""Steps that decide, end, and hand over to others: condition, fail, Lambda, callback.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.values import Result, RunValue, Value, run_values
from cdk_ml.sagemaker.pipelines.conditions import (
    Condition,
    JsonGet,
    condition_json,
    condition_problems,
    condition_values,
    operands,
)
from cdk_ml.sagemaker.pipelines.step import Rendered, Step, Surroundings
from cdk_ml.workflow.function import Function
from cdk_ml.workspace import Statement
from cdk_ml.workspace.statements import use_key

AnswerType = Literal["String", "Integer", "Boolean", "Float"]

_MOST_ANSWERS = 50


@dataclass(frozen=True, slots=True)
class ConditionStep(Step):
    """Goes one way or the other.

    :param name: name of the step.
    :param conditions: conditions that all have to hold.
    :param then: steps that are run when they do.
    :param otherwise: steps that are run when they do not.
    :param after: names of steps that have to be done before, besides those that the conditions look at.
    """

    name: str
    conditions: Sequence[Condition]
    then: Sequence[Step]
    otherwise: Sequence[Step] = ()
    _: KW_ONLY
    after: Sequence[str] = ()

    @property
    def type(self) -> str:
        return "Condition"

    @property
    def branches(self) -> Mapping[str, Sequence[Step]]:
        return {"then": self.then, "otherwise": self.otherwise}

    @property
    def reports(self) -> Iterable[JsonGet]:
        """Values in reports that the conditions look at."""
        every = (operand for condition in self.conditions for operand in operands(condition))
        return (operand for operand in every if isinstance(operand, JsonGet))

    @property
    def uses(self) -> frozenset[str]:
        return frozenset(report.step for report in self.reports)

    def values(self) -> Iterable[RunValue]:
        return (value for condition in self.conditions for value in condition_values(condition))

    def problems(self) -> Iterator[Problem]:
        if not self.conditions:
            yield Problem(f"{self.name}.conditions", [], "is empty", "Give at least one condition")
        if not self.then and not self.otherwise:
            yield Problem(f"{self.name}.then", [], "leads nowhere", "Give steps to run, or leave the condition out")
        for index, condition in enumerate(self.conditions):
            yield from condition_problems(f"{self.name}.conditions[{index}]", condition)

    def render(self, surroundings: Surroundings) -> Rendered:  # noqa: ARG002 (the pipeline renders the branches)
        return Rendered({"Conditions": [condition_json(condition) for condition in self.conditions]}, ())


@dataclass(frozen=True, slots=True)
class FailStep(Step):
    """Ends the execution as failed.

    :param name: name of the step.
    :param message: why, for the person who reads it.
    :param after: names of steps that have to be done before.
    """

    name: str
    message: Value
    _: KW_ONLY
    after: Sequence[str] = ()

    @property
    def type(self) -> str:
        return "Fail"

    def values(self) -> Iterable[RunValue]:
        return run_values(self.message)

    def render(self, surroundings: Surroundings) -> Rendered:  # noqa: ARG002 (it needs nothing)
        return Rendered({"ErrorMessage": self.message}, ())


class _AnsweredStep(Step):
    """A step that tells somebody its inputs, and waits for named answers."""

    __slots__ = ()

    inputs: Mapping[str, Value]
    answers: Mapping[str, AnswerType]

    def result(self, answer: str) -> Result:
        """Something that was answered.

        :param answer: name of the answer.
        """
        return Result(self.name, f"OutputParameters['{answer}']")

    def values(self) -> Iterable[RunValue]:
        return run_values(self.inputs)

    def problems(self) -> Iterator[Problem]:
        yield from _answer_problems(self.name, self.answers)


@dataclass(frozen=True, slots=True)
class LambdaStep(_AnsweredStep):
    """Calls a function and waits for its answer, at most ten minutes.

    :param name: name of the step.
    :param function: a function that answers with a dictionary of ``answers``.
    :param inputs: the event that it gets.
    :param answers: what of its answer is a :meth:`result`, with the type.
    :param after: names of steps that have to be done before, besides those it takes something from.
    """

    name: str
    function: Function | lambda_.IFunction
    _: KW_ONLY
    inputs: Mapping[str, Value] = field(default_factory=dict)
    answers: Mapping[str, AnswerType] = field(default_factory=dict)
    after: Sequence[str] = ()

    @property
    def type(self) -> str:
        return "Lambda"

    def render(self, surroundings: Surroundings) -> Rendered:
        arn = self.function.function_arn
        invoke = Statement(actions=["lambda:InvokeFunction"], resources=[arn])
        options = {"FunctionArn": arn, "OutputParameters": _answers(self.answers)}
        return Rendered(surroundings.linked(self.inputs, self.name), [invoke], options)


@dataclass(frozen=True, slots=True)
class CallbackStep(_AnsweredStep):
    """Sends a message with a token, and waits until somebody answers with it.

    Whoever reads the queue calls ``SendPipelineExecutionStepSuccess`` or ``SendPipelineExecutionStepFailure``. Stopping
    an execution sends another message and waits for an answer as well.

    :param name: name of the step.
    :param queue: where the message goes.
    :param inputs: what is in it besides the token.
    :param answers: what of the answer is a :meth:`result`, with the type.
    :param after: names of steps that have to be done before, besides those it takes something from.
    """

    name: str
    queue: sqs.IQueue
    _: KW_ONLY
    inputs: Mapping[str, Value] = field(default_factory=dict)
    answers: Mapping[str, AnswerType] = field(default_factory=dict)
    after: Sequence[str] = ()

    @property
    def type(self) -> str:
        return "Callback"

    def render(self, surroundings: Surroundings) -> Rendered:
        statements = [Statement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn])]
        key = self.queue.encryption_master_key
        if key is not None:
            statements += use_key(key.key_arn)
        options = {"SqsQueueUrl": self.queue.queue_url, "OutputParameters": _answers(self.answers)}
        return Rendered(surroundings.linked(self.inputs, self.name), statements, options)


def _answers(answers: Mapping[str, AnswerType]) -> list[dict[str, str]]:
    return [{"OutputName": name, "OutputType": type_} for name, type_ in answers.items()]


def _answer_problems(step: str, answers: Mapping[str, AnswerType]) -> Iterator[Problem]:
    if len(answers) > _MOST_ANSWERS:
        fix = f"Answer with at most {_MOST_ANSWERS}, or leave a file in S3"
        yield Problem(f"{step}.answers", len(answers), "are more than SageMaker keeps", fix)
