"""What approved versions run on, and what they are made of.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.container_image import ContainerImage, image_problems
from cdk_ml.sagemaker.hosting.updates import AllAtOnce, Canary, Update, update_problems
from cdk_ml.sagemaker.hosting.variant import instance_problems
from cdk_ml.sagemaker.jobs.data import Data, data_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace.profile import Profile

_MOST_INSTANCES = 1_000
_MOST_ALARMS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What approved versions run on, and what they are made of.

    :param image: the image that versions are registered with.
    :param artifacts: where their artifacts are, such as ``train.model`` of a training job.
    :param instance_type: such as ``ml.m5.large``.
    :param instance_count: how many; the profile's minimum when not given.
    :param network_isolation: cut the container off from every network; SageMaker still brings artifact and requests.
    """

    image: ContainerImage
    artifacts: Data
    instance_type: str
    instance_count: int | None = None
    network_isolation: bool = True

    def count(self, profile: Profile) -> int:
        """How many instances run."""
        return profile.minimum_instances if self.instance_count is None else self.instance_count


def usual_update(count: int) -> Update:
    """A canary, or all at once where a single instance has no part to go first."""
    return Canary() if count > 1 else AllAtOnce()


def serving_problems(serving: Serving, region: str) -> Iterator[Problem]:
    """What SageMaker would refuse about ``serving``, or could not run."""
    wrong = [*instance_problems(serving.instance_type)]
    yield from wrong
    if not wrong:
        yield from image_problems(serving.image, serving.instance_type, region, argument="serving.image")
    yield from data_problems("serving.artifacts", serving.artifacts)
    count = serving.instance_count
    if count is not None and outside(count, 1, _MOST_INSTANCES):
        rule = "is not a number of instances that an endpoint runs on"
        yield Problem("serving.instance_count", count, rule, f"Use 1 to {_MOST_INSTANCES}")


def shift_problems(update: Update, count: int, instance_type: str) -> Iterator[Problem]:
    """Why an endpoint of ``count`` instances cannot be updated like that.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    """
    yield from update_problems(update)
    if isinstance(update, AllAtOnce):
        return
    if not is_token(count) and count < 2:
        rule = f"is a {type(update).__name__} over {count} instance, of which no part can go first"
        yield Problem("update", update, rule, "Use AllAtOnce, or serving.instance_count=2 or more")
    if not is_token(instance_type) and instance_type.startswith("ml.inf1."):
        rule = f"is a {type(update).__name__} on {instance_type}, which SageMaker updates all at once"
        yield Problem("update", update, rule, "Use AllAtOnce, or an inf2 instance type")


def rollback_problems(alarms: Sequence[object]) -> Iterator[Problem]:
    """Why SageMaker would not take so many alarms that send a version back."""
    # The endpoint brings two of its own.
    if len(alarms) > _MOST_ALARMS - 2:
        rule = f"are {len(alarms)}, and with the endpoint's own two SageMaker takes {_MOST_ALARMS}"
        yield Problem("rollback_alarms", len(alarms), rule, "Combine some in a composite alarm")
