"""What a data scientist may do from Studio: work with the workspace's data, run jobs in its network, and rule over apps
and spaces of one's own.

Follows the policy that AWS gives as an example for users of Studio, without its wildcards for whole services.
https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-iam-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Aws

from cdk_ml.sagemaker.execution_role import (
    WRITE_LOGS,
    JobLogs,
    attach_to_network,
    publish_metrics,
    use_volume_key,
    write_job_logs,
)
from cdk_ml.workspace import ANYTHING, Statement, Workspace
from cdk_ml.workspace.statements import pass_role, use_key

READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
WRITE_OBJECTS = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")
CREATE_JOBS = ("sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob")
MANAGE_JOBS = (
    "sagemaker:DescribeProcessingJob",
    "sagemaker:DescribeTrainingJob",
    "sagemaker:StopProcessingJob",
    "sagemaker:StopTrainingJob",
)
LIST = (
    "sagemaker:ListApps",
    "sagemaker:ListDomains",
    "sagemaker:ListProcessingJobs",
    "sagemaker:ListSpaces",
    "sagemaker:ListTrainingJobs",
    "sagemaker:ListUserProfiles",
    "sagemaker:Search",
)
CHANGE_SPACES = ("sagemaker:CreateSpace", "sagemaker:DeleteSpace", "sagemaker:UpdateSpace")
READ_LOGS = ("logs:FilterLogEvents", "logs:GetLogEvents")
_JOBS: tuple[JobLogs, ...] = ("ProcessingJobs", "TrainingJobs")

_POLICIES = "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-iam-policies.html"
# SageMaker fills these in from the session in which the role is used.
_DOMAIN, _PROFILE = "${sagemaker:DomainId}", "${sagemaker:UserProfileName}"


def data_scientist(
    workspace: Workspace, *, security_group_id: str, instance_types: Sequence[str]
) -> Iterator[Statement]:
    """What the users of a domain may do.

    :param security_group_id: of the domain; jobs may be in it, too.
    :param instance_types: the only ones that apps may be started on; all when empty.
    """
    yield from work_with_data(workspace)
    yield from _jobs(workspace, security_group_id)
    yield from _logs()
    yield from publish_metrics()
    yield from _studio(instance_types)


def pass_itself(role_arn: str) -> list[Statement]:
    """Hand the role to the jobs that a user runs. It can only be named once the role is there."""
    return [pass_role(role_arn, to="sagemaker.amazonaws.com")]


def work_with_data(workspace: Workspace) -> Iterator[Statement]:
    """What whoever explores needs: the workspace's buckets, and its key for objects and volumes."""
    buckets = [workspace.data_bucket.bucket_arn, workspace.artifact_bucket.bucket_arn]
    yield Statement(
        actions=[*READ_OBJECTS, *WRITE_OBJECTS],
        resources=[f"{bucket}/*" for bucket in buckets],
        wildcard="What data scientists read and write in the workspace's own buckets is theirs to name; versions keep "
        "what they overwrite. https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    )
    yield Statement(actions=["s3:GetBucketLocation", "s3:ListBucket"], resources=buckets)
    yield from use_key(workspace.key.key_arn)
    yield from use_volume_key(workspace.key.key_arn)


def _jobs(workspace: Workspace, security_group_id: str) -> Iterator[Statement]:
    jobs = [_arn(kind, "*") for kind in ("processing-job", "training-job")]
    yield Statement(
        actions=CREATE_JOBS,
        resources=jobs,
        # A job that names no subnet would run outside of the network.
        conditions={
            "ForAllValues:StringEquals": {"sagemaker:VpcSubnets": workspace.subnet_ids},
            "Null": {"sagemaker:VpcSubnets": "false"},
        },
        wildcard="Jobs are named by whoever starts them; the condition keeps them in the workspace's subnets. "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html",
    )
    yield Statement(
        actions=MANAGE_JOBS,
        resources=jobs,
        wildcard=f"Jobs are named by whoever starts them. {_POLICIES}",
    )
    yield from attach_to_network(workspace.subnet_ids, security_group_id)


def _logs() -> Iterator[Statement]:
    for kind in _JOBS:
        yield from write_job_logs(kind)
    groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws/sagemaker"
    yield Statement(
        actions=["logs:CreateLogGroup", *WRITE_LOGS],
        resources=[f"{groups}/studio:*"],
        wildcard="Studio writes what apps print to one log group of the account, in streams that it names after them. "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html",
    )
    yield Statement(
        actions=READ_LOGS,
        resources=[f"{groups}/{name}:*" for name in (*_JOBS, "studio")],
        wildcard="Streams of a log group are named after jobs and apps that nobody knows beforehand. "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html",
    )


def _studio(instance_types: Sequence[str]) -> Iterator[Statement]:
    yield Statement(
        actions=LIST,
        resources=ANYTHING,
        wildcard="SageMaker's actions that list take no resource. "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html",
    )
    yield Statement(
        actions=["sagemaker:DescribeDomain"],
        resources=[_arn("domain", _DOMAIN)],
    )
    yield Statement(
        actions=["sagemaker:DescribeApp", "sagemaker:DescribeSpace", "sagemaker:DescribeUserProfile"],
        resources=[_arn(kind, f"{_DOMAIN}/*") for kind in ("app", "space", "user-profile")],
        wildcard=f"Studio shows the apps, spaces and users of the user's own domain. {_POLICIES}",
    )
    yield Statement(
        actions=["sagemaker:CreatePresignedDomainUrl"], resources=[_arn("user-profile", f"{_DOMAIN}/{_PROFILE}")]
    )
    yield Statement(
        actions=["sagemaker:AddTags"],
        resources=[
            *(_arn(kind, f"{_DOMAIN}/*") for kind in ("app", "space")),
            *(_arn(kind, "*") for kind in ("processing-job", "training-job")),
        ],
        # Only while something is made: tags of what is there are not the user's to change.
        conditions={"Null": {"sagemaker:TaggingAction": "false"}},
        wildcard=f"What users make is named by them; the condition admits tags only while it is made. {_POLICIES}",
    )
    yield Statement(
        actions=CHANGE_SPACES,
        resources=[_arn("space", f"{_DOMAIN}/*")],
        conditions={
            "ArnLike": {"sagemaker:OwnerUserProfileArn": _arn("user-profile", f"{_DOMAIN}/{_PROFILE}")},
            "StringEquals": {"sagemaker:SpaceSharingType": ["Private", "Shared"]},
        },
        wildcard=f"Users name their spaces; the condition admits only spaces that the user owns. {_POLICIES}",
    )
    yield from _apps(instance_types)


def _apps(instance_types: Sequence[str]) -> Iterator[Statement]:
    allowed = {"ForAllValues:StringEquals": {"sagemaker:InstanceTypes": [*instance_types]}} if instance_types else {}
    own = {"sagemaker:OwnerUserProfileArn": _arn("user-profile", f"{_DOMAIN}/{_PROFILE}")}
    private: dict[str, dict[str, Any]] = {
        "ArnLike": own,
        "StringEquals": {"sagemaker:SpaceSharingType": ["Private"]},
    }
    shared: dict[str, dict[str, Any]] = {"StringEquals": {"sagemaker:SpaceSharingType": ["Shared"]}}
    for sharing, whose in ((private, "that the user owns"), (shared, "that are shared")):
        wildcard = f"Studio names apps after their spaces; the condition admits spaces {whose}. {_POLICIES}"
        apps = [_arn("app", f"{_DOMAIN}/*")]
        yield Statement(
            actions=["sagemaker:CreateApp"], resources=apps, conditions={**sharing, **allowed}, wildcard=wildcard
        )
        yield Statement(actions=["sagemaker:DeleteApp"], resources=apps, conditions=sharing, wildcard=wildcard)


def _arn(kind: str, name: str) -> str:
    return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}/{name}"
