"""What each mode of deployment scales, and what its scaling can follow.

https://docs.aws.amazon.com/autoscaling/application/userguide/services-that-can-integrate-sagemaker.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalable:
    """What a mode of deployment scales, and what it can follow.

    :param dimension: what Application Auto Scaling calls the capacity.
    :param resource: what it calls the resource, with the endpoint's name and its own.
    :param name_dimension: dimension of the metrics of the resource alone.
    :param what: what has the capacity, in messages.
    :param unit: the capacity, in messages.
    :param fewest: least that the mode can keep.
    :param targets: targets of :class:`~cdk_ml.sagemaker.Scaling` that it can follow, the most usual first.
    :param wake_metric: metric that says, at zero, that there is something to do.
    """

    dimension: str
    resource: str
    name_dimension: str
    what: str
    unit: str
    fewest: int
    targets: tuple[str, ...]
    wake_metric: str = ""


INSTANCES = Scalable(
    dimension="sagemaker:variant:DesiredInstanceCount",
    resource="endpoint/{endpoint}/variant/{name}",
    name_dimension="EndpointName",
    what="an endpoint of models (not of inference components)",
    unit="instances",
    fewest=1,
    targets=("invocations_per_instance", "concurrent_requests_per_instance", "accelerator_utilization"),
)
QUEUE = Scalable(
    dimension="sagemaker:variant:DesiredInstanceCount",
    resource="endpoint/{endpoint}/variant/{name}",
    name_dimension="EndpointName",
    what="an asynchronous endpoint",
    unit="instances",
    fewest=0,
    targets=("backlog_per_instance", "accelerator_utilization"),
    wake_metric="HasBacklogWithoutCapacity",
)
PROVISIONED = Scalable(
    dimension="sagemaker:variant:DesiredProvisionedConcurrency",
    resource="endpoint/{endpoint}/variant/{name}",
    name_dimension="EndpointName",
    what="a serverless endpoint",
    unit="units of provisioned concurrency",
    fewest=1,
    targets=("provisioned_utilization",),
)
COPIES = Scalable(
    dimension="sagemaker:inference-component:DesiredCopyCount",
    resource="inference-component/{name}",
    name_dimension="InferenceComponentName",
    what="an inference component",
    unit="copies",
    fewest=0,
    targets=("concurrent_requests_per_copy", "invocations_per_copy"),
    wake_metric="NoCapacityInvocationFailures",
)
