"""Proves that templates work in the region and partition they are for: China and GovCloud have names of their own.

https://docs.aws.amazon.com/general/latest/gr/rande.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.extra import needs
from cdk_ml.checks.values import get, items
from cdk_ml.rehearsal.names import partition, suffix
from cdk_ml.testing.iam_statements import statements
from cdk_ml.testing.rendering import UNKNOWN, render, rendered_strings
from cdk_ml.testing.subject import assembly_of, expect_none

if TYPE_CHECKING:
    from cdk_ml.testing.subject import Subject

_ARN = re.compile(r"\barn:(aws[a-z-]*):")
_REGION = re.compile(r"\.([a-z]{2,4}(?:-[a-z]+)+-\d)\.")
_EVERYWHERE = "amazonaws.com"
# CDK's own marker resource, left out by CDK where it cannot exist.
_BUILT_IN = "AWS::CDK::Metadata"


def assert_portable(subject: Subject) -> None:
    """Fail when a template cannot work in the region its stack is bound to, or, bound to none, in every partition.

    ARNs name no other partition, service principals belong to the partition and region, and CloudFormation has every
    resource type in the region (for a stack without a region, in us-east-1). Needs the ``check`` extra.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_sns as sns
    >>> from cdk_ml.testing import assert_portable
    >>> stack = cdk.Stack(cdk.App(), "Topics", env=cdk.Environment(region="cn-north-1"))
    >>> topic = sns.CfnTopic(stack, "Topic", kms_master_key_id="arn:aws:kms:cn-north-1:111111111111:key")
    >>> assert_portable(stack)
    Traceback (most recent call last):
    AssertionError: Templates fit their regions: 1 problem
    - Topics/Topic: arn:aws:kms:cn-north-1:111111111111:key is in aws, but the stack is in aws-cn. Use Aws.PARTITION.

    :param subject: a stack, an app, an assembly or the path of one.
    :raises AssertionError: one line for each problem: where, what is wrong, what to do.
    """
    problems = (
        f"{resource.path or resource.logical_id}: {problem}"
        for template in assembly_of(subject).templates
        for resource in template.resources.values()
        for problem in (*_arns(resource, template), *_principals(resource, template), *_missing(resource, template))
    )
    expect_none(problems, "Templates fit their regions")


def _arns(resource: Resource, template: Template) -> Iterator[str]:
    expected = partition(template.region) if template.region else None
    for text in dict.fromkeys(rendered_strings(resource.properties)):
        for found in _ARN.finditer(text):
            if found[1] != expected:
                place = f"in {expected}" if expected else "in no region, so it may be in any"
                yield f"{text} is in {found[1]}, but the stack is {place}. Use Aws.PARTITION."


def _principals(resource: Resource, template: Template) -> Iterator[str]:
    region = template.region
    here = suffix(partition(region)) if region else _EVERYWHERE
    known = {"AWS::URLSuffix": here, **({"AWS::Region": region} if region else {})}
    own = replace(template, resources={resource.logical_id: resource})
    for statement in statements(own):
        for principal in items(get(statement.body.get("Principal"), "Service")):
            text = render(principal, known)
            if UNKNOWN.fullmatch(text):
                continue
            if not text.endswith((f".{_EVERYWHERE}", f".{here}")):
                yield f"{text} is no service principal here. Use <service>.{_EVERYWHERE}."
            named = _REGION.search(text)
            if named and named[1] != region:
                yield f"{text} is in {named[1]}, but the stack is in {region or 'no region'}. Use Aws.REGION."


def _missing(resource: Resource, template: Template) -> Iterator[str]:
    with needs("check", "assert_portable"):
        from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]
    region = template.region or "us-east-1"
    type_ = resource.type
    if (
        type_ == _BUILT_IN
        or type_.startswith("Custom::")
        or type_ in PROVIDER_SCHEMA_MANAGER.get_resource_types(region)
    ):
        return
    yield f"CloudFormation has no {type_} in {region}. Leave it out there, or refuse the region at synth."
