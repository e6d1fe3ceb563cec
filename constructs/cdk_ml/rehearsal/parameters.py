"""The values of parameters and pseudo parameters.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.assembly import Template
from cdk_ml.rehearsal.names import Place, partition, suffix
from cdk_ml.rehearsal.outcome import Kind, Problem
from cdk_ml.rehearsal.values import NO_VALUE, Invented, text

_DEFAULT_ACCOUNT = "111111111111"
_SSM = "AWS::SSM::Parameter::Value<"
_TYPE = re.compile(r"String|Number|CommaDelimitedList|List<(String|Number|AWS::[\w:]+)>|AWS::[\w:]+(<.+>)?")


def place(template: Template, region: str) -> Place:
    """Where a stack is deployed; an account and a region that the template leaves open are invented."""
    region = template.region or region
    stack = template.name.rpartition("/")[2]
    return Place(template.account or _DEFAULT_ACCOUNT, region, partition(region), stack, template.path)


def pseudo(template: Template, at: Place) -> dict[str, Any]:
    """The pseudo parameters."""
    uuid = "00000000-0000-4000-a000-000000000000"
    stack = f"arn:{at.partition}:cloudformation:{at.region}:{at.account}:stack/{at.stack}/{uuid}"
    return {
        "AWS::AccountId": at.account if template.account else Invented(at.account, "AWS::AccountId", sure=True),
        "AWS::Region": at.region if template.region else Invented(at.region, "AWS::Region", sure=True),
        "AWS::Partition": at.partition,
        "AWS::URLSuffix": suffix(at.partition),
        "AWS::StackName": at.stack,
        "AWS::StackId": Invented(stack, "AWS::StackId", sure=True),
        "AWS::NotificationARNs": [],
        "AWS::NoValue": NO_VALUE,
    }


def values(template: Template, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The value of each parameter, and what is wrong with them."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, declared in template.parameters.items():
        if not isinstance(declared, Mapping):
            continue
        type_ = str(declared.get("Type", "String"))
        if _TYPE.fullmatch(type_) is None:
            fix = "Use String, Number, CommaDelimitedList, a list, or a type of AWS"
            problems.append(Problem(Kind.UNRESOLVED, f"parameter {name}: there is no parameter type {type_}", fix))
        value = given.get(name, declared.get("Default"))
        if isinstance(value, Mapping):
            fix = f"Give {name} text, a number or a list"
            problems.append(Problem(Kind.INVALID_PROPERTY, f"parameter {name} cannot be a mapping", fix))
            value = Invented(f"<{name}>", name)
        if value is None:
            message = f"parameter {name} has no default, and no value was given"
            fix = f'Give it one: {{"{name}": ...}} in the file for --parameters, or a Default in the template'
            problems.append(Problem(Kind.MISSING_PARAMETER, message, fix))
            value = Invented(f"<{name}>", name)
        elif not isinstance(value, Invented):
            problems += _refused(name, declared, value)
        if type_.startswith(_SSM) and not isinstance(value, list):
            # The value is the name of what holds the value, and that is in the account.
            inner = Invented(f"<ssm:{text(value)}>", f"parameter {name}")
            value = [inner] if "List" in type_[len(_SSM) :] else inner
        elif (type_.startswith("List<") or type_ == "CommaDelimitedList") and not isinstance(value, list):
            value = [value] if isinstance(value, Invented) else [part.strip() for part in text(value).split(",")]
        found[name] = value
    return found, problems


def unknown(template: Template, given: Mapping[str, Any]) -> list[Problem]:
    """Values that are given to parameters that a nested stack does not have."""
    fix = "Remove it, or declare the parameter"
    return [
        Problem(Kind.UNRESOLVED, f"parameter {name} is given, and {template.name} has none of that name", fix)
        for name in given
        if name not in template.parameters
    ]


def _refused(name: str, declared: Mapping[str, Any], value: Any) -> Iterator[Problem]:
    listed = str(declared.get("Type", "")).endswith(("List", ">")) and not isinstance(value, list)
    for one in value if isinstance(value, list) else text(value).split(",") if listed else [text(value)]:
        for rule in _rules(declared, text(one).strip() if listed else text(one)):
            fix = str(declared.get("ConstraintDescription", f"Give {name} a value that the template allows"))
            yield Problem(Kind.INVALID_PROPERTY, f"parameter {name}={text(one)!r} {rule}", fix)


def _options(declared: Mapping[str, Any], allowed: Any) -> list[str]:
    return text(allowed).split(",") if declared.get("Type") == "CommaDelimitedList" else [text(allowed)]


def _rules(declared: Mapping[str, Any], value: str) -> Iterator[str]:
    allowed = declared.get("AllowedValues")
    if isinstance(allowed, list) and value not in [
        part.strip() for each in allowed for part in _options(declared, each)
    ]:
        yield f"is not one of {', '.join(map(text, allowed))}"
    pattern = declared.get("AllowedPattern")
    if isinstance(pattern, str):
        try:
            if re.fullmatch(pattern, value) is None:
                yield f"does not match {pattern}"
        except re.error:
            # Patterns are Java's; one that Python cannot read is left to AWS.
            pass
    if not _limit(declared, "MinLength", 0) <= len(value) <= _limit(declared, "MaxLength", len(value)):
        yield f"has {len(value)} letters, not {declared.get('MinLength', 0)} to {declared.get('MaxLength', 'any')}"
    if declared.get("Type") == "Number":
        try:
            number = float(value)
        except ValueError:
            yield "is not a number"
            return
        if not _limit(declared, "MinValue", number) <= number <= _limit(declared, "MaxValue", number):
            yield f"is not between {declared.get('MinValue', 'any')} and {declared.get('MaxValue', 'any')}"


def _limit(declared: Mapping[str, Any], name: str, otherwise: float) -> float:
    try:
        return float(declared.get(name, otherwise))
    except (TypeError, ValueError):
        # A limit that is no number limits nothing here; CloudFormation says so when it reads the template.
        return otherwise
