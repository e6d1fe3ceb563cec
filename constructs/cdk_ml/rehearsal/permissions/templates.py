"""What CloudFormation needs besides the handlers: values it looks up, templates it reads, providers it calls.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cdk_ml.assembly import Template
from cdk_ml.checks.values import literals
from cdk_ml.rehearsal.permissions.arns import Arns
from cdk_ml.rehearsal.permissions.environment import UNKNOWN, Environment, Place
from cdk_ml.rehearsal.permissions.model import Need

_NESTED = "AWS::CloudFormation::Stack"
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):((?:arn:[^}]*?:secret:)?[^:}]+)")
_ENVIRONMENT = "${AWS::Region}:${AWS::AccountId}"
_ANY_FUNCTION = f"arn:${{AWS::Partition}}:lambda:{_ENVIRONMENT}:function:*"


def template_needs(template: Template, environment: Environment, arns: Arns) -> Iterator[Need]:
    """What a template needs as a whole: values from Parameter Store and Secrets Manager, nested templates."""
    for parameter in template.parameters.values():
        type_ = str(parameter.get("Type", "")) if isinstance(parameter, Mapping) else ""
        if type_.startswith("AWS::SSM::Parameter::"):
            name = str(parameter.get("Default") or UNKNOWN)
            yield _need(
                template,
                "ssm:GetParameters",
                f"arn:${{AWS::Partition}}:ssm:{_ENVIRONMENT}:parameter/{name.lstrip('/')}",
            )
    for text in literals(template.raw.get("Resources")):
        for service, name in _DYNAMIC.findall(text):
            yield _dynamic(template, service, name)
    for resource in template.of_type(_NESTED):
        url = environment.render(template, resource.properties.get("TemplateURL"), arns.named)
        bucket, _, key = re.sub(r"^https://s3[^/]*/", "", url).partition("/")
        arn = f"arn:${{AWS::Partition}}:s3:::{bucket}/{key or UNKNOWN}" if url.startswith("https://s3") else UNKNOWN
        if arn == UNKNOWN:
            arn = "arn:${AWS::Partition}:s3:::*/*"
        yield Need(template.path, resource.logical_id, resource.path, resource.type, (), "s3:GetObject", (arn,))


def provider_needs(place: Place, environment: Environment, arns: Arns) -> Need:
    """What calling the provider of a custom resource needs: its function, or its topic."""
    token = place.resource.properties.get("ServiceToken")
    text = environment.render(place.template, token, arns.named)
    is_topic = ":sns:" in text
    target = environment.target(place.template, token)
    if target is not None:
        is_topic = target.resource.type == "AWS::SNS::Topic"
        text = arns.named(target, "Arn")
    action = "sns:Publish" if is_topic else "lambda:InvokeFunction"
    known = text if text.startswith("arn:") else UNKNOWN
    if known == UNKNOWN:
        known = f"arn:${{AWS::Partition}}:sns:{_ENVIRONMENT}:*" if is_topic else _ANY_FUNCTION
    return Need(
        place.template.path,
        place.resource.logical_id,
        place.resource.path,
        place.resource.type,
        (),
        action,
        (known,),
    )


def _dynamic(template: Template, service: str, name: str) -> Need:
    if service == "secretsmanager":
        # Secrets Manager adds a hyphen and six characters to the name.
        arn = (
            name
            if name.startswith("arn:")
            else f"arn:${{AWS::Partition}}:secretsmanager:{_ENVIRONMENT}:secret:{name}-*"
        )
        return _need(template, "secretsmanager:GetSecretValue", arn)
    arn = f"arn:${{AWS::Partition}}:ssm:{_ENVIRONMENT}:parameter/{name.lstrip('/')}"
    return _need(template, "ssm:GetParameters", arn)


def _need(template: Template, action: str, arn: str) -> Need:
    bound = {"${AWS::Region}": template.region, "${AWS::AccountId}": template.account}
    for placeholder, value in bound.items():
        arn = arn.replace(placeholder, value or placeholder)
    return Need(template.path, "", "", "", (), action, (arn,))
