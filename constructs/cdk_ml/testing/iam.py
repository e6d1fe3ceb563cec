"""Proves that policies say what they mean: actions that exist, on resources that they take, under keys that they know.

IAM accepts a misspelt action, an ARN of the wrong type and a condition key that no request has: the statement then
grants nothing, or everything, and only the deployed application shows it.

A statement with a principal belongs to a resource. There ``*`` means the resource itself (keys, endpoints), and
wildcards in ARNs stay inside it, so both are normal. Everywhere else a wildcard needs an argument: an acknowledgement
of AwsSolutions-IAM5 on the policy. A bare ``*`` on an action that takes a resource needs the resource instead. Deny
statements are broad on purpose; in them, only actions and condition keys are checked.

https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from cdk_ml.assembly import Assembly, Template
from cdk_ml.testing import iam_catalog
from cdk_ml.testing.arn_match import fits
from cdk_ml.testing.iam_statements import Statement, statements
from cdk_ml.testing.rendering import mapping
from cdk_ml.testing.subject import assembly_of, expect_none

if TYPE_CHECKING:
    from cdk_ml.testing.iam_catalog import Action
    from cdk_ml.testing.subject import Subject

_WHOLE_REFERENCE = re.compile(r"<([^<>.]+)(?:\.[^<>]*)?>")
_ARGUED = re.compile(r"(?:.*::)?AwsSolutions-IAM5(?:\[(.*)\])?")


def assert_iam_precise(subject: Subject) -> None:
    """Fail when a policy statement of the templates grants something else than it says.

    Needs the ``testing`` extra.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_iam as iam
    >>> from cdk_ml.testing import assert_iam_precise
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    >>> _ = role.add_to_policy(iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]))
    >>> assert_iam_precise(stack)
    >>> _ = role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObjects"], resources=["arn:aws:s3:::churn/model"]))
    >>> assert_iam_precise(stack)
    Traceback (most recent call last):
    AssertionError: Policies are precise: 1 problem
    - Churn/Role/DefaultPolicy/Resource PolicyDocument.Statement[1]: s3:GetObjects does not exist. Did you mean ...?

    :param subject: a stack, an app, an assembly or the path of one.
    :raises AssertionError: one line for each problem: where, what is wrong, what to do.
    """
    assembly = assembly_of(subject)
    problems = (
        f"{statement.where}: {problem}"
        for template in assembly.templates
        for statement in statements(template)
        for problem in _problems(statement, template, assembly)
    )
    expect_none(problems, "Policies are precise")


def _problems(statement: Statement, template: Template, assembly: Assembly) -> Iterator[str]:
    known: list[Action] = []
    for action in statement.actions:
        if action == "*" and (statement.of_resource or not statement.allows):
            continue
        meant = iam_catalog.actions(action)
        known += meant
        yield from _spelling(action, meant)
    yield from _unknown_keys(statement, known)
    if statement.allows:
        yield from _negations(statement)
        yield from _passed_roles(statement, known)
        yield from _misfits(statement, template)
        if not statement.of_resource:
            yield from _wildcards(statement, template, assembly, known)


def _spelling(action: str, meant: tuple[Action, ...]) -> Iterator[str]:
    if action == "*":
        yield "allows every action of every service. Name the actions."
    elif not meant:
        close = iam_catalog.close(action)
        yield f"{action} does not exist.{f' Did you mean {close}?' if close else ''}"
    elif "*" not in action and "?" not in action and meant[0].name != action:
        yield f"{action} is spelt {meant[0].name} by AWS. Write it so: searches and other tools compare letters."


def _negations(statement: Statement) -> Iterator[str]:
    for element in ("NotAction", "NotResource"):
        if element in statement.body:
            yield f"allows everything except what {element} lists. List what is allowed instead."


def _passed_roles(statement: Statement, known: list[Action]) -> Iterator[str]:
    keys = {key.lower() for _, key in statement.conditions}
    if any(action.name == "iam:PassRole" for action in known) and "iam:passedtoservice" not in keys:
        yield (
            "iam:PassRole without a condition on iam:PassedToService lets the role be handed to any service. "
            "Add StringEquals on iam:PassedToService, such as sagemaker.amazonaws.com."
        )


def _unknown_keys(statement: Statement, known: list[Action]) -> Iterator[str]:
    # A key that a request does not have fails its condition, unless the operator asks for that.
    every = statement.allows and not statement.of_resource
    for operator, key in statement.conditions:
        if iam_catalog.is_global(key) or not known:
            continue
        lenient = not every or operator == "Null" or operator.endswith("IfExists")
        without = sorted({action.name for action in known if not _has_key(action, key, statement)})
        if without and not (lenient and len(without) < len({action.name for action in known})):
            verb = "does" if len(without) == 1 else "do"
            yield f"{', '.join(without)} {verb} not have the condition key {key}. Use one that they have."


def _has_key(action: Action, key: str, statement: Statement) -> bool:
    if "Federated" in mapping(statement.body.get("Principal")):
        # The identity provider's own keys, such as token.actions.githubusercontent.com:sub.
        return key.partition(":")[0].lower() not in iam_catalog.services()
    return any(fnmatchcase(key.lower(), pattern) for pattern in action.condition_keys)


def _misfits(statement: Statement, template: Template) -> Iterator[str]:
    resources = statement.resources
    if "*" in resources or not resources:
        return
    takers: dict[str, Action] = {}
    for written in statement.actions:
        meant = iam_catalog.actions(written)
        # A pattern is for those of its actions that take what is named; the others are not granted.
        if meant and not any(_fits(resource, action, template) for action in meant for resource in resources):
            yield _misfit(meant[0] if len(meant) == 1 else None, written, resources)
        takers |= {action.name: action for action in meant if action.resources}
    for resource in resources:
        if takers and not any(_fits(resource, action, template) for action in takers.values()):
            yield f"{resource} is nothing that {', '.join(takers)} takes. Remove it."


def _misfit(action: Action | None, written: str, resources: list[str]) -> str:
    named = ", ".join(resources)
    if action is None:
        return f"no action that {written} means takes what is named: {named}."
    if not action.resources:
        return f'{action.name} takes no resource: this allows nothing. Move it to a statement with "*".'
    return f"{action.name} takes {_types(action)}, but none is named: {named}."


def _fits(resource: str, action: Action, template: Template) -> bool:
    reference = _WHOLE_REFERENCE.match(resource)
    target = template.resources.get(reference[1]) if reference else None
    arn = iam_catalog.resource_arn(target.type) if target else None
    if reference and arn:
        if reference.end() == len(resource) and not arn.endswith("*"):
            return arn in action.resources.values()
        # Names have no slash, so that what follows the reference decides.
        resource = re.sub(r"\$\{[^}]*\}", "x", arn) + resource[reference.end() :]
        return any(fits(_anywhere(resource), pattern) for pattern in action.resources.values())
    return any(fits(resource, pattern) for pattern in action.resources.values())


def _anywhere(arn: str) -> str:
    """``arn`` with its partition, region and account left open."""
    parts = arn.split(":", 5)
    return ":".join([parts[0], "*", parts[2], *("*" if part else "" for part in parts[3:5]), parts[5]])


def _wildcards(statement: Statement, template: Template, assembly: Assembly, known: list[Action]) -> Iterator[str]:
    if "*" in statement.resources:
        unscoped = iam_catalog.SOMETIMES_WITHOUT_RESOURCE
        scopable = {action.name: action for action in known if action.resources and action.name not in unscoped}
        for name, action in sorted(scopable.items()):
            yield f'{name} takes {_types(action)}: name them instead of "*", in a statement of their own.'
    wild = [
        (kind, text)
        for kind, texts in (("Action", statement.actions), ("Resource", statement.resources))
        for text in texts
    ]
    for kind, text in wild:
        if "*" in text and text != "*" and not _argued(f"{kind}::{text}", statement, template, assembly):
            yield f"{text} is a wildcard nobody argues for. Name it, or acknowledge AwsSolutions-IAM5[{kind}::{text}]."


def _argued(finding: str, statement: Statement, template: Template, assembly: Assembly) -> bool:
    path = statement.resource.path
    # Variables of a policy, such as ${aws:username}, are written so in the findings.
    finding = finding.replace("${", "<").replace("}", ">")
    for acknowledgement in assembly.acknowledgements:
        matched = _ARGUED.fullmatch(acknowledgement.rule)
        if not matched or (matched[1] or finding) != finding or (acknowledgement.stack not in ("", template.path)):
            continue
        if acknowledgement.logical_id:
            if acknowledgement.logical_id == statement.resource.logical_id:
                return True
        elif f"{path}/".startswith(f"{acknowledgement.path}/" if acknowledgement.path else ""):
            return True
    return False


def _types(action: Action) -> str:
    return " or ".join(action.resources)
