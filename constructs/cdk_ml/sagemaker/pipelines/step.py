"""What all steps of a pipeline have in common.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.data import Data, Output
from cdk_ml.sagemaker.jobs.values import Join, Parameter, Result, RunValue
from cdk_ml.workspace import Statement, Workspace

# SageMaker names what a pipeline runs pipelines-<execution>-<step>-<its own end>, in whatever case; where names have
# less room, nothing says what they begin with.
_RUN_PREFIX = "pipelines-"
_USUAL_LENGTH = 63
_RUN_NAMES = (
    "SageMaker names what a pipeline runs after the execution, which nobody knows beforehand. "
    "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html"
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a step is rendered in.

    :ivar scope: where a step makes what it needs.
    :ivar steps: every step, by name.
    :ivar outputs: where jobs leave what they write, and how an execution calls it: a step that is served from the cache
        has left it in an earlier execution.
    """

    scope: Construct
    workspace: Workspace
    steps: Mapping[str, Step]
    outputs: Mapping[Join, Result]

    def linked(self, request: Any, step: str) -> Any:
        """The request of a step, which takes what other steps leave from their answers.

        :param step: name of the step, which does not know its own answer.
        """
        match request:
            case Join():
                left = self.outputs.get(request)
                return request if left is None or left.step == step else left
            case Mapping():
                return {key: self.linked(value, step) for key, value in request.items()}
            case list() | tuple():
                return [self.linked(value, step) for value in request]
        return request


@dataclass(frozen=True, slots=True)
class Rendered:
    """A step as a pipeline definition has it.

    :ivar arguments: what SageMaker's API takes, with values that only the execution knows.
    :ivar statements: what the pipeline needs to run it.
    :ivar options: further members of the step.
    """

    arguments: Any
    statements: Sequence[Statement]
    options: Mapping[str, Any] = field(default_factory=dict)


class Step(ABC):
    """A step of a pipeline."""

    __slots__ = ()

    @property
    @abstractmethod
    def type(self) -> str:
        """What a pipeline definition calls its kind."""

    # A dataclass would take a property that it inherits for the default of its field.
    if TYPE_CHECKING:

        @property
        @abstractmethod
        def name(self) -> str:
            """What it is called in the pipeline; unique there."""

        @property
        @abstractmethod
        def after(self) -> Sequence[str]:
            """Steps that have to be done before, besides those it takes something from."""

    @abstractmethod
    def values(self) -> Iterable[RunValue]:
        """What only the execution knows of what it takes."""

    @abstractmethod
    def render(self, surroundings: Surroundings) -> Rendered:
        """Make what the step needs, and say how it is run."""

    @property
    def needs(self) -> frozenset[str]:
        """Names of the steps that have to be done before."""
        return (
            frozenset({*self.after, *(value.step for value in self.values() if isinstance(value, Result))}) | self.uses
        )

    @property
    def uses(self) -> frozenset[str]:
        """Names of the steps that it takes something from which their answer does not name."""
        return frozenset()

    @property
    def parameters(self) -> Iterable[Parameter]:
        """Parameters that it takes."""
        return (value for value in self.values() if isinstance(value, Parameter))

    @property
    def branches(self) -> Mapping[str, Sequence[Step]]:
        """Steps inside it, by the argument that holds them."""
        return {}

    def problems(self) -> Iterator[Problem]:
        """What SageMaker would refuse about it."""
        return iter(())


def written_by(data: Data) -> frozenset[str]:
    """Name of the step that leaves ``data``, if one does."""
    return frozenset({data.step} if isinstance(data, Output) and data.step else ())


def run_statements(noun: str, arn: str, *, stops: bool = True, longest_name: int = _USUAL_LENGTH) -> list[Statement]:
    """What a pipeline needs to run and follow something, and to stop it with the execution.

    :param noun: as in ``CreateTrainingJob``.
    :param arn: as in ARNs: ``training-job``.
    :param longest_name: how many characters the name of a run may have.
    """
    verbs = ("Create", "Describe", *(("Stop",) if stops else ()))
    beginning = _RUN_PREFIX if longest_name >= _USUAL_LENGTH else ""
    runs = [f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:{arn}/{beginning}*"]
    return [
        Statement(actions=[f"sagemaker:{verb}{noun}" for verb in verbs], resources=runs, wildcard=_RUN_NAMES),
        Statement(actions=["sagemaker:AddTags"], resources=runs, wildcard=_RUN_NAMES),
    ]
