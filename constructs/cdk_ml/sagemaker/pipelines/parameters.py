"""Parameters of a pipeline: found where they are used, and declared with the type of their default.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.values import Parameter
from cdk_ml.tokens import is_token

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MOST = 200


def parameter_type(parameter: Parameter) -> str:
    """What a pipeline definition calls the type of the parameter's default."""
    match parameter.default:
        case bool():
            return "Boolean"
        case int():
            return "Integer"
        case float():
            return "Float"
    return "String"


def parameter_json(parameter: Parameter) -> dict[str, Any]:
    """The declaration of a parameter."""
    choices = {"EnumValues": [*parameter.choices]} if parameter.choices else {}
    type_ = parameter_type(parameter)
    return {"Name": parameter.name, "Type": type_, "DefaultValue": parameter.default, **choices}


def distinct(parameters: Iterable[Parameter]) -> dict[str, Parameter]:
    """Parameters by name, in their order."""
    found: dict[str, Parameter] = {}
    for parameter in parameters:
        found.setdefault(parameter.name, parameter)
    return dict(sorted(found.items()))


def parameter_problems(parameters: Iterable[Parameter]) -> Iterator[Problem]:
    """What SageMaker would refuse about the parameters that the steps use."""
    found: dict[str, Parameter] = {}
    for parameter in parameters:
        name, default = parameter.name, parameter.default
        first = found.setdefault(name, parameter)
        if first is not parameter:
            if first != parameter or parameter_type(first) != parameter_type(parameter):
                one, other = (f"{each.default!r} ({parameter_type(each)})" for each in (first, parameter))
                rule = f"is declared twice, with the defaults {one} and {other}"
                yield Problem("steps", name, rule, "Make one Parameter and use it in both places")
            continue
        if not _NAME.fullmatch(name):
            fix = "Use at most 256 letters, digits, hyphens and underscores"
            yield Problem("steps", name, "is no name of a parameter", fix)
        if not isinstance(default, str) and is_token(default):
            rule = "is a number that only the deployment knows, so that nobody can tell whether it is whole"
            yield Problem(f"{name}.default", "a token", rule, "Give the number itself")
        elif isinstance(default, float) and not math.isfinite(default):
            yield Problem(f"{name}.default", default, "is no number that JSON has", "Use a finite number")
        if parameter.choices and default not in parameter.choices:
            fix = f"Use one of {', '.join(map(str, parameter.choices))}"
            yield Problem(f"{name}.default", default, "is not among the choices", fix)
    if len(found) > _MOST:
        yield Problem("steps", len(found), "are more parameters than an execution takes", f"Use at most {_MOST}")


def start_problems(given: Mapping[str, str | float], known: Mapping[str, Parameter]) -> Iterator[Problem]:
    """Why an execution cannot be started with the parameters that are given."""
    for name, value in given.items():
        if name not in known:
            fix = f"The pipeline has {', '.join(known) or 'none'}"
            yield Problem("parameters", name, "is no parameter of the pipeline", fix)
            continue
        type_, kind = parameter_type(known[name]), parameter_type(Parameter(name, value))
        if not is_token(value) and kind != type_ and (kind, type_) != ("Integer", "Float"):
            fix = f"Give a value like its default, {known[name].default!r}"
            yield Problem(f"parameters[{name!r}]", value, f"is not of its type, {type_}", fix)
        elif known[name].choices and value not in known[name].choices:
            fix = f"Use one of {', '.join(map(str, known[name].choices))}"
            yield Problem(f"parameters[{name!r}]", value, "is not among the choices", fix)


def start_options(given: Mapping[str, str | float]) -> dict[str, Any]:
    """The target options with which Scheduler and EventBridge start an execution with parameters."""
    if not given:
        return {}
    values = [{"name": name, "value": parameter_text(value)} for name, value in given.items()]
    return {"sageMakerPipelineParameters": {"pipelineParameterList": values}}


def parameter_text(value: object) -> str:
    """A value as an execution is started with it, whatever starts it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
