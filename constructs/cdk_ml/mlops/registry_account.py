"""A registry and a pipeline in another account: how they are named, and the bus that decisions arrive on.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_events as events
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.names import account_problems, name_problems
from cdk_ml.sagemaker.registry.packages import DECISIONS, ApprovalStatus
from cdk_ml.tokens import is_token

DECIDED = (ApprovalStatus.APPROVED, ApprovalStatus.REJECTED)
"""What a deployment follows: one is brought to the endpoint, the other taken back."""

_LONGEST_PIPELINE = 256
_BUS = re.compile(r"[A-Za-z0-9._-]{1,256}")
_KEY = re.compile(r"[A-Za-z0-9-]{1,256}")
_ROLE = re.compile(r"[\w+=,.@-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAccount:
    """How a deployment reaches a registry in another account.

    :param event_bus_name: name of the event bus that the deployment makes, for the registry's account to send to.
    :param key_id: id of the key that encrypts the artifacts there.
    """

    event_bus_name: str
    key_id: str

    def key_arn(self, account: str | None) -> str:
        """ARN of the key."""
        return f"arn:{Aws.PARTITION}:kms:{Aws.REGION}:{account}:key/{self.key_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePipeline:
    """A pipeline in another account, in the same region.

    :param account: id of the account.
    :param pipeline_name: name of the pipeline.
    :param role_name: role in that account that may start it, which :class:`cdk_ml.mlops.SharedRegistry` makes.
    """

    account: str
    pipeline_name: str
    role_name: str

    @property
    def pipeline_arn(self) -> str:
        """ARN of the pipeline."""
        return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{self.account}:pipeline/{self.pipeline_name}"

    @property
    def role_arn(self) -> str:
        """ARN of the role."""
        return f"arn:{Aws.PARTITION}:iam::{self.account}:role/{self.role_name}"


def registry_bus(scope: Construct, id: str, *, registry: RegistryAccount, account: str | None) -> events.CfnEventBus:
    """A bus that the registry's account may send decisions to, and nothing else."""
    bus = events.CfnEventBus(scope, id, name=registry.event_bus_name)
    events.CfnEventBusPolicy(
        scope,
        f"{id}Policy",
        event_bus_name=bus.ref,
        statement_id="Registry",
        statement={
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{Aws.PARTITION}:iam::{account}:root"},
            "Action": "events:PutEvents",
            "Resource": bus.attr_arn,
            "Condition": {"StringEquals": {"events:source": "aws.sagemaker", "events:detail-type": DECISIONS}},
        },
    )
    return bus


def registry_problems(account: str | None, registry: RegistryAccount | None) -> Iterator[Problem]:
    """Why a registry in ``account`` cannot be deployed from."""
    if account is not None and registry is None:
        rule = f"leaves out how the registry in account {account} is reached: its events and its artifacts"
        fix = "Give RegistryAccount(event_bus_name=..., key_id=...)"
        yield Problem("registry", None, rule, fix)
    if registry is None:
        return
    if account is None:
        fix = "Name its account in ModelPackageGroup.from_model_package_group_name, or leave registry out"
        yield Problem("registry", registry.event_bus_name, "is for a group that is in another account", fix)
    yield from bus_problems("registry.event_bus_name", registry.event_bus_name)
    if not is_token(registry.key_id) and not _KEY.fullmatch(registry.key_id):
        fix = "Copy it from the registry's account, such as 1234abcd-12ab-34cd-56ef-1234567890ab"
        yield Problem("registry.key_id", registry.key_id, "is no id of a key", fix)


def remote_problems(pipeline: RemotePipeline) -> Iterator[Problem]:
    """What is wrong about how a pipeline in another account is named."""
    yield from account_problems("pipeline.account", pipeline.account)
    yield from name_problems("pipeline.pipeline_name", pipeline.pipeline_name, _LONGEST_PIPELINE)
    yield from role_problems("pipeline.role_name", pipeline.role_name)


def role_problems(argument: str, name: str | None) -> Iterator[Problem]:
    """Why IAM would not take ``name`` for a role."""
    if name is not None and not is_token(name) and not _ROLE.fullmatch(name):
        fix = "Use at most 64 letters, digits and +=,.@_-"
        yield Problem(argument, name, "is no name of a role", fix)


def bus_problems(argument: str, name: str) -> Iterator[Problem]:
    """Why EventBridge would not take ``name`` for a bus, or events of another account not arrive there."""
    if is_token(name):
        return
    if name == "default" or name.startswith("aws.") or not _BUS.fullmatch(name):
        fix = "Use at most 256 letters, digits and ._-, not beginning with aws."
        yield Problem(argument, name, "is no name of an event bus of your own", fix)
