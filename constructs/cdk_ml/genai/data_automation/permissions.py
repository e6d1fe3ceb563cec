"""Where data automation may work, and what a role needs to have it work.

https://docs.aws.amazon.com/bedrock/latest/userguide/bda-cris.html
https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-bda.html
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from aws_cdk import Aws
from aws_cdk import aws_s3 as s3

from cdk_ml.errors import Problem
from cdk_ml.facts import bedrock_profiles
from cdk_ml.genai.data_automation.project import DataAutomationProject
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Statement

_PAGE = "https://docs.aws.amazon.com/bedrock/latest/userguide/bda-using-api.html"
_CONTEXT = "kms:EncryptionContext:aws:bedrock:data-automation-customer-account-id"


class DataAutomationGeography(StrEnum):
    """Where Bedrock may work on files; they are stored in the region of the stack only."""

    APAC = "apac"
    EU = "eu"
    US = "us"
    US_GOV = "us-gov"


def automation_profile_arn(geography: str, region: str) -> str:
    """ARN of a data automation profile, which every account has in every region that it routes to."""
    account = f"arn:{Aws.PARTITION}:bedrock:{region}:{Aws.ACCOUNT_ID}"
    return f"{account}:data-automation-profile/{geography}.data-automation-v1"


def automate(project: DataAutomationProject, geography: str, region: str) -> Iterator[Statement]:
    """Start jobs of a project, and look at them."""
    regions = [Aws.REGION, *bedrock_profiles.destinations("data_automation", geography, region)]
    profiles = [automation_profile_arn(geography, each) for each in regions]
    yield Statement(actions=["bedrock:InvokeDataAutomationAsync"], resources=[project.project_arn, *profiles])
    yield Statement(
        actions=["bedrock:GetDataAutomationStatus"],
        resources=[f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}:{Aws.ACCOUNT_ID}:data-automation-invocation/*"],
        wildcard=f"A job has its id when it is started. {_PAGE}",
    )


def use_objects(bucket: s3.IBucket, prefix: str, results_prefix: str) -> Iterator[Statement]:
    """Read what arrives, and write what is found."""
    for action, place in (("s3:GetObject", prefix), ("s3:PutObject", results_prefix)):
        yield Statement(
            actions=[action],
            resources=[bucket.arn_for_objects(f"{place}*")],
            wildcard=f"Files are called as whoever delivers them likes; where they are is known. {_PAGE}",
        )


def encrypt_jobs(key_arn: str) -> Iterator[Statement]:
    """Have jobs keep what they work on under a key."""
    # What a job keeps while it runs is encrypted by a grant that Bedrock has for as long:
    # https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-bda.html
    yield Statement(actions=["kms:DescribeKey"], resources=[key_arn])
    yield Statement(
        actions=["kms:CreateGrant"],
        resources=[key_arn],
        conditions={
            "StringEquals": {_CONTEXT: Aws.ACCOUNT_ID},
            "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "DescribeKey", "GenerateDataKey"]},
        },
    )


def automation_geography_problems(geography: DataAutomationGeography, region: str) -> Iterator[Problem]:
    """Why Bedrock would not work on files of ``region`` there."""
    if is_token(region) or region in bedrock_profiles.sources("data_automation", geography):
        return
    known = bedrock_profiles.geographies("data_automation")
    fits = [each for each in known if region in bedrock_profiles.sources("data_automation", each)]
    fix = f"Use {' or '.join(fits)}" if fits else "Deploy the stack to another region, such as us-east-1"
    yield Problem("geography", str(geography), f"has no data automation in {region}", fix)
