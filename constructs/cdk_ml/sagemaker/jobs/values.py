"""What a job is told only when it runs, written once for state machines and for pipelines.

A job's request is plain JSON with a few of these in it; each engine has its own words for them.
https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")


@dataclass(frozen=True, slots=True)
class ExecutionId:
    """The id of the execution that the job runs in."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that whoever starts the execution gives.

    :param name: name of the parameter; letters, digits, hyphens and underscores.
    :param default: what a pipeline takes when nothing is given, of the type that the parameter has. A state machine has
        no defaults: its input has to hold every parameter.
    :param choices: what may be given, for a text; anything when not named.
    """

    name: str
    default: str | float
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """Something that an earlier job answered.

    :param step: id of the job.
    :param path: where it is in the job's description, such as ``ModelArtifacts.S3ModelArtifacts``.
    """

    step: str
    path: str


@dataclass(frozen=True, slots=True)
class Join:
    """Texts and values put together."""

    parts: tuple[str | ExecutionId | Parameter | Result | Join, ...]


RunValue = ExecutionId | Parameter | Result | Join
Value = str | RunValue


def is_run_value(value: object) -> TypeGuard[RunValue]:
    """Whether only the execution knows ``value``."""
    return isinstance(value, ExecutionId | Parameter | Result | Join)


def run_values(request: Any) -> Iterator[RunValue]:
    """Every value in a request that only the execution knows, and the values inside a :class:`Join`."""
    match request:
        case ExecutionId() | Parameter() | Result():
            yield request
        case Join(parts=parts):
            yield request
            yield from run_values(parts)
        case str():
            return
        case Mapping():
            for inner in request.values():
                yield from run_values(inner)
        case Sequence():
            for inner in request:
                yield from run_values(inner)


def for_pipeline(request: Any) -> Any:
    """A request in the words of a pipeline definition.

    https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
    """
    match request:
        case ExecutionId():
            return {"Get": "Execution.PipelineExecutionId"}
        case Parameter(name=name):
            return {"Get": f"Parameters.{name}"}
        case Result(step=step, path=path):
            return {"Get": f"Steps.{step}.{path}"}
        case Join(parts=parts):
            return {"Std:Join": {"On": "", "Values": [for_pipeline(part) for part in parts]}}
        case Mapping():
            return {key: for_pipeline(inner) for key, inner in request.items()}
        case list() | tuple():
            return [for_pipeline(inner) for inner in request]
    return request


def for_state_machine(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request in the words of the Amazon States Language: keys of what the execution knows end in ``.$``."""
    rendered: dict[str, Any] = {}
    for key, value in request.items():
        if is_run_value(value) or (isinstance(value, list | tuple) and any(map(is_run_value, value))):
            rendered[f"{key}.$"] = _expression(value)
        elif isinstance(value, Mapping):
            rendered[key] = for_state_machine(value)
        elif isinstance(value, list | tuple):
            rendered[key] = [for_state_machine(item) if isinstance(item, Mapping) else item for item in value]
        else:
            rendered[key] = value
    return rendered


def _expression(value: Any) -> str:
    match value:
        case ExecutionId():
            return "$$.Execution.Name"
        case Parameter(name=name):
            return f"$$.Execution.Input['{name}']"
        case Result(step=step, path=path):
            return f"$['{step}'].{path}"
        case Join(parts=parts):
            template = "".join(_escaped(part) if isinstance(part, str) else "{}" for part in parts)
            arguments = [_expression(part) for part in parts if not isinstance(part, str)]
            return f"States.Format({', '.join([_quoted(template), *arguments])})"
        case list() | tuple():
            return f"States.Array({', '.join(_expression(item) for item in value)})"
        case bool() | int() | float():
            return str(value).lower()
    return _quoted(_escaped(str(value)))


def _escaped(text: str) -> str:
    # The CDK's tokens have braces of their own; what they stand for is filled in before Step Functions reads the text.
    tokens = _TOKEN.findall(text)
    rest = [re.sub(r"([\\{}])", r"\\\1", part) for part in _TOKEN.split(text)]
    return "".join(part + token for part, token in zip(rest, [*tokens, ""], strict=True))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"
