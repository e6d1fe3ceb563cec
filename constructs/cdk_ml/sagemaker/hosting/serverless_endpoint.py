"""Serverless inference: a model that runs while it is asked, and costs nothing while it is not.

https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.execution_role import use_volume_key
from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms, alarm_problems
from cdk_ml.sagemaker.hosting.dashboard import SERVERLESS_CHARTS, endpoint_dashboard
from cdk_ml.sagemaker.hosting.hosted_endpoint import HostedEndpoint
from cdk_ml.sagemaker.hosting.model import Model, has_package, model_problems
from cdk_ml.sagemaker.hosting.scalable import PROVISIONED
from cdk_ml.sagemaker.hosting.scaling import Scaling, scaling_problems
from cdk_ml.sagemaker.hosting.scaling_policies import scale
from cdk_ml.sagemaker.hosting.updates import AllAtOnce, Rolling, Update, update_problems
from cdk_ml.sagemaker.hosting.variant import PRIMARY
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Workspace, acknowledge

_MEMORY_MB = range(1024, 6145, 1024)
_MOST_CONCURRENT = 200
_ELSEWHERE = "use RealTimeEndpoint or AsyncEndpoint"


class ServerlessEndpoint(HostedEndpoint):
    """A SageMaker endpoint without instances: for models on CPUs, and traffic with pauses in it.

    Creates a model, an endpoint configuration and the endpoint; an execution role; a log group under the workspace's
    key; alarms on errors and latency that tell the workspace's topic and send a bad update back; a dashboard; and a
    scaling target where provisioned concurrency scales.

    SageMaker runs it outside the workspace's network, so the container may reach the internet: the model has to say
    ``network_isolation=False``. There is no capture, no second variant, and no accelerator. The first requests after a
    pause wait until the container has started, which takes seconds, or a minute for a large one; with
    ``provisioned_concurrency`` none does. A request may be 4 MB and take 60 seconds.

    Idle cost: nothing for the endpoint, alarms 0.20 USD and a dashboard beyond the account's third 3 USD a month;
    provisioned concurrency is paid by its memory, day and night.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Model, ServerlessEndpoint
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> endpoint = ServerlessEndpoint(
    ...     stack,
    ...     "Endpoint",
    ...     workspace=workspace,
    ...     model=Model.from_artifact(
    ...         workspace.artifact_bucket,
    ...         "churn/model.tar.gz",
    ...         image=images.built_in_algorithm("sklearn"),
    ...         network_isolation=False,
    ...     ),
    ...     memory_mb=2048,
    ...     max_concurrency=10,
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html

    :ivar cfn_dashboard: the dashboard.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        model: Model,
        memory_mb: int = 2048,
        max_concurrency: int = 20,
        provisioned_concurrency: int | None = None,
        scaling: Scaling | None = None,
        update: Update = AllAtOnce(),
        alarms: EndpointAlarms = EndpointAlarms(),
        role: iam.IRole | None = None,
        endpoint_name: str | None = None,
    ) -> None:
        """
        :param workspace: key, topic, tags and profile.
        :param model: what is served, with ``network_isolation=False``.
        :param memory_mb: MB of memory, 1024 to 6144 in steps of 1024; CPUs come in proportion.
        :param max_concurrency: requests that are served at the same time, 1 to 200; what is more is throttled.
        :param provisioned_concurrency: requests that never wait for a start; at most ``max_concurrency``.
        :param scaling: bounds, and a target or a schedule, of the provisioned concurrency.
        :param update: how changes take over the traffic.
        :param alarms: when the endpoint is unwell.
        :param role: an execution role of your own, which is granted nothing: see
            :mod:`cdk_ml.sagemaker.execution_role`.
        :param endpoint_name: a name of your own; callers outside this app may rely on it.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse: every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace, endpoint_name=endpoint_name)
        reject(
            self,
            [
                *serverless_model_problems(model, Stack.of(self).region),
                *_concurrency_problems(memory_mb, max_concurrency, provisioned_concurrency, scaling),
                *_update_problems(update),
                *alarm_problems(alarms),
                *name_problems("endpoint_name", endpoint_name),
            ],
        )
        key_arn = workspace.key.key_arn
        self._models = self._host({PRIMARY: model}, statements=use_volume_key(key_arn), role=role, networked=False)
        serverless = {"memorySizeInMb": memory_mb, "maxConcurrency": max_concurrency}
        if provisioned_concurrency is not None:
            serverless["provisionedConcurrency"] = provisioned_concurrency
        self.cfn_endpoint_config = sagemaker.CfnEndpointConfig(
            self, "Config", production_variants=[self._variant(serverless)], kms_key_id=key_arn
        )
        self.cfn_alarms = self._watch(alarms, [PRIMARY])
        self.cfn_endpoint = self._endpoint(update)
        if scaling is not None:
            target = scale(
                self,
                "Scaling",
                scalable=PROVISIONED,
                scaling=scaling,
                endpoint_name=self.endpoint_name,
                resource_name=PRIMARY,
            )
            target.add_resource_dependency(self.cfn_endpoint)
        self.cfn_dashboard = endpoint_dashboard(
            self,
            "Dashboard",
            endpoint_name=self.endpoint_name,
            variant_names=[PRIMARY],
            charts=SERVERLESS_CHARTS,
        )
        acknowledge(
            self.cfn_models[PRIMARY],
            "Serverless endpoints take neither a VPC nor network isolation; the model was said to do without. "
            "https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html",
            "ML-ModelInVpc",
            "ML-ModelNetworkIsolation",
        )

    def _variant(self, serverless: dict[str, int]) -> dict[str, Any]:
        return {
            "variantName": PRIMARY,
            "modelName": self.cfn_models[PRIMARY].attr_model_name,
            "initialVariantWeight": 1,
            "serverlessConfig": serverless,
        }


def serverless_model_problems(model: Model, region: str) -> Iterator[Problem]:
    """Why ``model`` cannot run without an instance of its own."""
    if has_package(model) or model.containers:
        what = "a model package" if has_package(model) else "several containers"
        rule = f"is {what}, which serverless endpoints do not take"
        yield Problem("model", [*model.containers] or model.image, rule, _ELSEWHERE[0].upper() + _ELSEWHERE[1:])
        return
    yield from model_problems(model, "a serverless endpoint", region)
    if model.network_isolation:
        rule = "and a VPC are what serverless endpoints have not"
        fix = f"Say network_isolation=False where the container may reach the internet; otherwise {_ELSEWHERE}"
        yield Problem("model.network_isolation", model.network_isolation, rule, fix)
    for name in ("startup_seconds", "download_seconds"):
        if getattr(model, name) is not None:
            rule = "is a time that SageMaker waits for an instance, and there is none"
            fix = f"Leave it out, or {_ELSEWHERE} for a model that takes its time"
            yield Problem(f"model.{name}", getattr(model, name), rule, fix)


def _concurrency_problems(
    memory_mb: int, max_concurrency: int, provisioned_concurrency: int | None, scaling: Scaling | None
) -> Iterator[Problem]:
    if not is_token(memory_mb) and memory_mb not in _MEMORY_MB:
        fix = f"Use one of {', '.join(map(str, _MEMORY_MB))}"
        yield Problem("memory_mb", memory_mb, "is no memory that serverless endpoints have", fix)
    if outside(max_concurrency, 1, _MOST_CONCURRENT):
        rule = "is no concurrency that one serverless endpoint has"
        yield Problem("max_concurrency", max_concurrency, rule, f"Use 1 to {_MOST_CONCURRENT}")
        return
    most = _MOST_CONCURRENT if is_token(max_concurrency) else max_concurrency
    if provisioned_concurrency is not None and outside(provisioned_concurrency, 1, most):
        rule = f"is not a part of max_concurrency={max_concurrency}"
        yield Problem("provisioned_concurrency", provisioned_concurrency, rule, f"Use 1 to {most}")
    if scaling is None:
        return
    if provisioned_concurrency is None:
        rule = "scales provisioned concurrency, of which there is none; what is on demand scales by itself"
        yield Problem("scaling", scaling, rule, "Give provisioned_concurrency as well, or leave scaling out")
    yield from scaling_problems(scaling, "a serverless endpoint", PROVISIONED, most=most)


def _update_problems(update: Update) -> Iterator[Problem]:
    yield from update_problems(update)
    if isinstance(update, Rolling):
        rule = "replaces instances in batches, and a serverless endpoint has none"
        yield Problem("update", update, rule, "Use AllAtOnce, Canary or Linear")
