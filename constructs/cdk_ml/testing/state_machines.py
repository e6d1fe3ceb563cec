"""Proves that state machines run: CloudFormation and the emulators take definitions that fail at their first execution.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.rehearsal.names import partition, suffix
from cdk_ml.testing.asl_graph import graph_problems, machines
from cdk_ml.testing.asl_integrations import integration
from cdk_ml.testing.asl_parameters import parameter_problems
from cdk_ml.testing.rendering import mapping, render
from cdk_ml.testing.subject import assembly_of, expect_none

if TYPE_CHECKING:
    from cdk_ml.testing.subject import Subject

_TYPES = ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine")


def assert_state_machines_valid(subject: Subject) -> int:
    """Fail when a state machine of the templates cannot run as it is written.

    Definitions are rendered, with names in place of what only deployment knows. Every StartAt, Next, Default and Catch
    names a state, every state is reached, and the execution can end; every service integration exists, with its
    pattern; and what a task sends is what botocore's model of the operation takes. Amazon EKS, Amazon EMR, API Gateway,
    Bedrock and HTTP tasks send what Step Functions defines for them: their parameters are not judged. Needs the
    ``testing`` extra.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_stepfunctions as sfn
    >>> from cdk_ml.testing import assert_state_machines_valid
    >>> stack = cdk.Stack(cdk.App(), "Retraining")
    >>> chain = sfn.Pass(stack, "Prepare").next(sfn.Succeed(stack, "Done"))
    >>> machine = sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(chain))
    >>> assert_state_machines_valid(stack)
    1

    :param subject: a stack, an app, an assembly or the path of one.
    :returns: how many state machines there are, so that a test may insist on some.
    :raises AssertionError: one line for each problem: machine, state, what is wrong, what to do.
    """
    found = [
        (template, machine) for template in assembly_of(subject).templates for machine in template.of_type(*_TYPES)
    ]
    problems = (
        f"{resource.path or resource.logical_id}: {problem}"
        for template, resource in found
        for problem in _problems(template, resource)
    )
    expect_none(problems, "State machines are valid")
    return len(found)


def _problems(template: Template, resource: Resource) -> Iterator[str]:
    definition = _definition(template, resource)
    if isinstance(definition, str):
        yield definition
        return
    for place, machine in machines(definition):
        yield from (f"{place}{problem}" for problem in graph_problems(machine))
        for name, state in mapping(machine.get("States")).items():
            if mapping(state).get("Type") == "Task":
                for problem in _of_task(state, machine):
                    yield f"{place}{name}: {problem}"


def _definition(template: Template, resource: Resource) -> Mapping[str, Any] | str:
    properties = resource.properties
    known = pseudo_parameters(template)
    variables = mapping(properties.get("DefinitionSubstitutions"))
    substitutions = {name: render(value, known) for name, value in variables.items()}
    literal = properties.get("Definition")
    if literal is None and "DefinitionString" not in properties:
        return "the definition is in S3, where it cannot be read. Use DefinitionString or Definition."
    text = (
        json.dumps(rendered(literal, known)) if literal is not None else render(properties["DefinitionString"], known)
    )
    for name, value in substitutions.items():
        text = text.replace(f"${{{name}}}", value)
    try:
        parsed = json.loads(text)
    except ValueError as error:
        return f"the definition is no JSON: {error}."
    return parsed if isinstance(parsed, dict) else "the definition is no JSON object."


def pseudo_parameters(template: Template) -> dict[str, str]:
    """Texts for the pseudo parameters of the template's account and region."""
    region = template.region or "us-east-1"
    return {
        "AWS::AccountId": template.account or "111111111111",
        "AWS::Partition": partition(region),
        "AWS::Region": region,
        "AWS::URLSuffix": suffix(partition(region)),
    }


def rendered(value: object, known: Mapping[str, str]) -> Any:
    """An object definition with its intrinsic functions rendered."""
    if isinstance(value, list):
        return [rendered(inner, known) for inner in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
        return render(value, known)
    return {name: rendered(inner, known) for name, inner in value.items()}


def _of_task(state: Mapping[str, Any], machine: Mapping[str, Any]) -> Iterator[str]:
    language = state.get("QueryLanguage", machine.get("QueryLanguage", "JSONPath"))
    field, foreign = ("Arguments", "Parameters") if language == "JSONata" else ("Parameters", "Arguments")
    if foreign in state:
        yield f"{foreign} is not for {language}. Use {field}."
    resource = state.get("Resource")
    if not isinstance(resource, str):
        yield "a Task state needs a Resource."
        return
    # A function, an activity, or what only deployment knows.
    if ":states:" not in resource or ":activity:" in resource:
        return
    called = integration(resource)
    if isinstance(called, str):
        yield called
        return
    given = state.get(field, {})
    if called.shape is None or not isinstance(given, Mapping):
        return
    for problem in parameter_problems(given, called.shape, optimized=called.optimized):
        yield f"{called.name}: {problem}."
