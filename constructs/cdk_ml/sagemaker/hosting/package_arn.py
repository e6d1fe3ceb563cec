"""A model package: a model that somebody else has put together, in AWS Marketplace or in a registry.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-mkt-find-subscribe.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_cdk import CfnMapping, Stack
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_ARN = re.compile(
    r"arn:aws[a-z\-]*:sagemaker:(?P<region>[a-z0-9\-]+):[0-9]{12}:model-package/[a-zA-Z0-9][a-zA-Z0-9-]{0,62}(/[0-9]{1,9})?"
)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]")


@dataclass(frozen=True, slots=True)
class PackageArn:
    """A model package, in one region or in several.

    :param arn: ARN of the package, or ARNs by region: a product of AWS Marketplace has another one in each.
    """

    arn: str | Mapping[str, str]


def package_problems(package: PackageArn, region: str | None) -> Iterator[Problem]:
    """What SageMaker would refuse about ``package`` in ``region``, where that is known."""
    known = None if region is None or is_token(region) else region
    by_region = package.arn if isinstance(package.arn, Mapping) else {"": package.arn}
    for where, arn in by_region.items():
        if is_token(arn):
            continue
        found = _ARN.fullmatch(arn)
        if found is None:
            fix = "Copy it from the product's page, such as arn:aws:sagemaker:eu-west-1:123456789012:model-package/name"
            yield Problem("model.image.arn", arn, "is no ARN of a model package", fix)
        elif where and (where != found["region"] or not _REGION.fullmatch(where)):
            fix = f"Give the ARN that the product has in {where}"
            yield Problem("model.image.arn", arn, f"is not in {where}", fix)
        elif not where and known not in (None, found["region"]):
            fix = f"Give the ARN that the product has in {known}, or ARNs by region"
            yield Problem("model.image.arn", arn, f"is in {found['region']}, but the stack is in {known}", fix)
    if isinstance(package.arn, Mapping) and (not package.arn or (known is not None and known not in package.arn)):
        fix = f"Add the ARN that the product has in {known or 'each region that you deploy to'}"
        yield Problem("model.image.arn", sorted(package.arn), "has nothing for the region of the stack", fix)


def resolved_arn(scope: Construct, id: str, package: PackageArn) -> str:
    """The package's ARN in the region of ``scope``; where that is not known, through a mapping made under ``id``."""
    if not isinstance(package.arn, Mapping):
        return package.arn
    region = Stack.of(scope).region
    if not is_token(region):
        return package.arn[region]
    mapping = {name: {"arn": arn} for name, arn in sorted(package.arn.items())}
    return CfnMapping(scope, id, mapping=mapping).find_in_map(region, "arn")
