"""Proves that SageMaker pipelines run: CloudFormation takes definitions that fail at their first execution.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.values import items
from cdk_ml.testing.pipeline_steps import answer_problems, argument_problems
from cdk_ml.testing.rendering import mapping, render
from cdk_ml.testing.state_machines import pseudo_parameters
from cdk_ml.testing.subject import assembly_of, expect_none

if TYPE_CHECKING:
    from cdk_ml.testing.subject import Subject

    Place = tuple[str, ...]

_BODY = "PipelineDefinitionBody"
_VERSION = "2020-12-01"
_EXECUTION = (
    *("CurrentDateTime", "PipelineArn", "PipelineExecutionArn", "PipelineExecutionId", "PipelineName"),
    *("ProcessingJobName", "StartDateTime", "TrainingJobName"),
)
_TYPES = {"String": str, "Integer": int, "Float": float, "Boolean": bool}
_LONGEST = 1_048_576


def assert_pipelines_valid(subject: Subject) -> int:
    """Fail when a SageMaker pipeline of the templates cannot run as it is written.

    Definitions are rendered, with names in place of what only deployment knows. Steps have names of their own; what
    they wait for and what they take something of is a step that is there, outside every branch or in the same one; no
    steps wait for each other; parameters are declared; conditions look into files that a step writes; what is asked of
    an answer is in botocore's model of it; and arguments are what botocore's model of the API operation takes. Checks
    of quality and bias, and steps on EMR, are judged by their graph only. Needs the ``testing`` extra.

    >>> import json
    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_sagemaker as sagemaker
    >>> from cdk_ml.testing import assert_pipelines_valid
    >>> stack = cdk.Stack(cdk.App(), "Training")
    >>> step = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "There is nothing to do"}}
    >>> pipeline = sagemaker.CfnPipeline(
    ...     stack,
    ...     "Pipeline",
    ...     pipeline_name="training",
    ...     role_arn="arn:aws:iam::111111111111:role/pipeline",
    ...     pipeline_definition={"PipelineDefinitionBody": json.dumps({"Version": "2020-12-01", "Steps": [step]})},
    ... )
    >>> assert_pipelines_valid(stack)
    1

    :param subject: a stack, an app, an assembly or the path of one.
    :returns: how many pipelines there are, so that a test may insist on some.
    :raises AssertionError: one line for each problem: pipeline, step, what is wrong, what to do.
    """
    found = [
        (template, pipeline)
        for template in assembly_of(subject).templates
        for pipeline in template.of_type("AWS::SageMaker::Pipeline")
    ]
    problems = (
        f"{resource.path or resource.logical_id}: {problem}"
        for template, resource in found
        for problem in _problems(template, resource)
    )
    expect_none(problems, "Pipelines are valid")
    return len(found)


def definition(template: Template, resource: Resource) -> Mapping[str, Any] | str:
    """The definition of a pipeline, or what is wrong with it as a whole."""
    written = mapping(resource.properties.get("PipelineDefinition"))
    if _BODY not in written:
        return f"the definition is in S3, where it cannot be read. Use {_BODY}."
    text = render(written[_BODY], pseudo_parameters(template))
    if len(text) > _LONGEST:
        return f"the definition has {len(text)} characters. SageMaker takes {_LONGEST}."
    try:
        parsed = json.loads(text)
    except ValueError as error:
        return f"the definition is no JSON: {error}."
    return parsed if isinstance(parsed, dict) else "the definition is no JSON object."


def placed(steps: object, place: Place = ()) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """Every step, with the condition and the branch that it is in."""
    for step in map(mapping, items(steps)):
        yield step, place
        if step.get("Type") == "Condition":
            for branch in ("IfSteps", "ElseSteps"):
                inside = mapping(step.get("Arguments")).get(branch)
                yield from placed(inside, (*place, str(step.get("Name")), branch))


def _problems(template: Template, resource: Resource) -> Iterator[str]:
    whole = definition(template, resource)
    if isinstance(whole, str):
        yield whole
        return
    if whole.get("Version") != _VERSION:
        yield f"Version {whole.get('Version')} is none. Use {_VERSION}."
    parameters = {str(each.get("Name")): each for each in map(mapping, items(whole.get("Parameters")))}
    for name, parameter in parameters.items():
        type_, default = _TYPES.get(str(parameter.get("Type"))), parameter.get("DefaultValue")
        if type_ is None:
            yield f"Parameters: Type {parameter.get('Type')} of {name} is none. Use one of {', '.join(_TYPES)}."
        elif default is not None and type(default) is not type_ and (type_, type(default)) != (float, int):
            yield f"Parameters: the default {default!r} of {name} is no {parameter.get('Type')}."
    steps = [*placed(whole.get("Steps"))]
    if not steps:
        yield "there are no steps."
    places = {str(step.get("Name")): (step, place) for step, place in steps}
    defaults = {name: parameter.get("DefaultValue", "given") for name, parameter in parameters.items()}
    names = [str(step.get("Name")) for step, _ in steps]
    for name in places:
        if names.count(name) > 1:
            yield f"{name}: {names.count(name)} steps have this name. Name each differently."
    for step, place in steps:
        own = f"{step.get('Name')}: "
        yield from (f"{own}{problem}" for problem in _references(step, place, places, parameters))
        yield from (f"{own}{problem}" for problem in argument_problems(step, defaults))
    yield from _circle({name: [*_awaited(step)] for name, (step, _) in places.items()})


def _references(
    step: Mapping[str, Any], place: Place, places: Mapping[str, Any], parameters: Mapping[str, Any]
) -> Iterator[str]:
    for name in map(str, items(step.get("DependsOn"))):
        yield from (f"DependsOn: {problem}" for problem in _out_of_reach(name, place, places))
    for reference in _gets(_own(step)):
        root, _, rest = reference.partition(".")
        name, _, path = rest.partition(".")
        if root == "Parameters":
            if rest not in parameters:
                yield f"{reference}: no such parameter. There are {', '.join(parameters) or 'none'}."
        elif root == "Execution":
            if rest not in _EXECUTION:
                yield f"{reference}: an execution has no such value. Use one of {', '.join(_EXECUTION)}."
        elif root != "Steps":
            yield f"{reference}: nothing is called so. Use Parameters, Execution or Steps."
        else:
            missing = [*_out_of_reach(name, place, places)]
            yield from (f"{reference}: {problem}" for problem in missing)
            if not missing:
                yield from (f"{reference}: {problem}." for problem in _unanswered(places[name][0], path))


def _out_of_reach(name: str, place: Place, places: Mapping[str, Any]) -> Iterator[str]:
    if name not in places:
        yield f"{name} is no step. There are {', '.join(places)}."
    elif places[name][1] not in ((), place):
        yield f"{name} is in {'.'.join(places[name][1])}, where nothing outside can wait for it."


def _unanswered(step: Mapping[str, Any], path: str) -> Iterator[str]:
    if not path.startswith("PropertyFiles."):
        yield from answer_problems(step, path)
        return
    file = path.removeprefix("PropertyFiles.")
    files = {mapping(each).get("PropertyFileName"): mapping(each) for each in items(step.get("PropertyFiles"))}
    if file not in files:
        yield f"no such property file. There are {', '.join(map(str, files)) or 'none'}"
        return
    outputs = mapping(mapping(step.get("Arguments")).get("ProcessingOutputConfig")).get("Outputs")
    written = [mapping(output).get("OutputName") for output in items(outputs)]
    if files[file].get("OutputName") not in written:
        yield f"it is in {files[file].get('OutputName')}, which the step does not write"


def _own(step: Mapping[str, Any]) -> Any:
    """A step without those in its branches."""
    arguments = mapping(step.get("Arguments"))
    return {**step, "Arguments": {key: arguments[key] for key in arguments if key not in ("IfSteps", "ElseSteps")}}


def _gets(value: Any) -> Iterator[str]:
    match value:
        case {"Get": str() as reference}:
            yield reference
        case Mapping():
            for inner in value.values():
                yield from _gets(inner)
        case list():
            for inner in value:
                yield from _gets(inner)


def _awaited(step: Mapping[str, Any]) -> Iterator[str]:
    """What a step waits for, for itself and for what is inside it."""
    inside = {str(each.get("Name")) for each, place in placed([step]) if place}
    for each, _ in placed([step]):
        asked = (reference.split(".")[1] for reference in _gets(_own(each)) if reference.startswith("Steps."))
        yield from (name for name in (*map(str, items(each.get("DependsOn"))), *asked) if name not in inside)


def _circle(awaited: Mapping[str, list[str]]) -> Iterator[str]:
    left = dict(awaited)
    while left:
        free = [name for name, names in left.items() if not any(each in left for each in names)]
        if not free:
            yield f"{', '.join(sorted(left))} wait for each other, or for those that do."
            return
        for name in free:
            del left[name]
