"""The steps of SageMaker pipelines: which API operation each one calls, and what can be asked of its answer.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from cdk_ml.checks.extra import needs
from cdk_ml.checks.values import items
from cdk_ml.testing.asl_parameters import Dynamic, parameter_problems
from cdk_ml.testing.rendering import mapping

# By the type of the step: what is created, what it is described by, and the member that SageMaker fills in itself.
_OPERATIONS = {
    "AutoML": ("CreateAutoMLJob", "DescribeAutoMLJob", "AutoMLJobName"),
    "Model": ("CreateModel", "DescribeModel", "ModelName"),
    "Processing": ("CreateProcessingJob", "DescribeProcessingJob", "ProcessingJobName"),
    "RegisterModel": ("CreateModelPackage", "DescribeModelPackage", ""),
    "Training": ("CreateTrainingJob", "DescribeTrainingJob", "TrainingJobName"),
    "Transform": ("CreateTransformJob", "DescribeTransformJob", "TransformJobName"),
    "Tuning": ("CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob", "HyperParameterTuningJobName"),
}
# What the others cannot do without, besides their name.
_MEMBERS = {"Callback": ("SqsQueueUrl",), "Condition": (), "Fail": (), "Lambda": ("FunctionArn",)}
_OTHERS = ("ClarifyCheck", "EMR", "EMRServerless", "QualityCheck")
_DYNAMIC = ("Get", "Std:Join", "Std:JsonGet")
_PART = re.compile(r"\.?(?P<name>[^.\[\]]+)|\[(?P<key>'[^']*'|\"[^\"]*\"|\d+)\]")


def argument_problems(step: Mapping[str, Any], parameters: Mapping[str, Any]) -> Iterator[str]:
    """What the step's API would refuse.

    :param parameters: defaults of the pipeline's parameters.
    """
    kind = step.get("Type")
    arguments = step.get("Arguments")
    if kind not in _OPERATIONS:
        if kind not in _MEMBERS and kind not in _OTHERS:
            known = ", ".join(sorted({*_OPERATIONS, *_MEMBERS, *_OTHERS}))
            yield f"Type {kind} is none. Use one of {known}."
        yield from (f"a {kind} step needs {member}." for member in _MEMBERS.get(str(kind), ()) if not step.get(member))
        return
    if not isinstance(arguments, Mapping):
        yield f"a {kind} step needs Arguments."
        return
    operation, _, name = _OPERATIONS[str(kind)]
    given = {**({name: "run"} if name else {}), **_typed(arguments, parameters)}
    for problem in parameter_problems(given, _model().operation_model(operation).input_shape, optimized=False):
        yield f"{operation}: {problem}."


def answer_problems(step: Mapping[str, Any], path: str) -> Iterator[str]:
    """Why a step does not answer what another asks of it.

    :param path: such as ``ModelArtifacts.S3ModelArtifacts``.
    """
    kind = str(step.get("Type"))
    parts = [match["name"] or match["key"].strip("'\"") for match in _PART.finditer(path)]
    if parts[:1] == ["OutputParameters"] and kind in ("Callback", "Lambda"):
        known = [mapping(each).get("OutputName") for each in items(step.get("OutputParameters"))]
        if parts[1:] and parts[1] not in known:
            yield f"it answers {', '.join(map(str, known)) or 'nothing'}"
    elif kind in _OPERATIONS:
        shape = _model().operation_model(_OPERATIONS[kind][1]).output_shape
        for part in parts:
            members = getattr(shape, "members", None)
            if members is not None and part not in members:
                yield f"{_OPERATIONS[kind][1]} answers {', '.join(members)} there"
                return
            if shape.type_name in ("list", "map"):
                shape = shape.member if shape.type_name == "list" else shape.value
            elif members is not None:
                shape = members[part]
            else:
                yield f"{_OPERATIONS[kind][1]} answers a {shape.type_name} there, without {part}"
                return
    elif kind in ("Condition", "Fail"):
        yield f"a {kind} step answers nothing"


def _typed(value: Any, parameters: Mapping[str, Any]) -> Any:
    """Arguments with defaults for parameters, and the rest of what only the execution knows marked as such."""
    match value:
        case {"Get": str() as reference} if reference.startswith("Parameters."):
            return parameters.get(reference.removeprefix("Parameters."), Dynamic())
        case {"Std:Join": _}:
            return "joined"
        case Mapping():
            if len(value) == 1 and next(iter(value)) in _DYNAMIC:
                return Dynamic()
            return {key: _typed(inner, parameters) for key, inner in value.items()}
        case list():
            return [_typed(inner, parameters) for inner in value]
    return value


@cache
def _model() -> Any:
    with needs("testing", "assert_pipelines_valid"):
        from botocore.session import get_session  # type: ignore[import-untyped]
    return get_session().get_service_model("sagemaker")
