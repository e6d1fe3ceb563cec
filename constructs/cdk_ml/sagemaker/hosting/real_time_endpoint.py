"""Real-time inference: models on instances that are always there, behind an HTTPS endpoint.

https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms, alarm_problems
from cdk_ml.sagemaker.hosting.capture import (
    CapturedRequests,
    DataCapture,
    capture_config,
    capture_problems,
    captured_requests,
    write_capture,
)
from cdk_ml.sagemaker.hosting.dashboard import endpoint_dashboard
from cdk_ml.sagemaker.hosting.gpu import GpuFit
from cdk_ml.sagemaker.hosting.hosted_endpoint import RETAINED, InstanceEndpoint
from cdk_ml.sagemaker.hosting.model import Model
from cdk_ml.sagemaker.hosting.neuron import NeuronFit
from cdk_ml.sagemaker.hosting.scaling import Scaling
from cdk_ml.sagemaker.hosting.updates import Update, update_problems
from cdk_ml.sagemaker.hosting.variant import (
    PRIMARY,
    Variant,
    instance_count,
    package_update_problems,
    served_model,
    shadow_problems,
    usual_update,
    variants_problems,
)
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.workspace import Statement, Workspace


class RealTimeEndpoint(InstanceEndpoint):
    """A SageMaker endpoint that answers at once, private, encrypted, scaled, watched, and updated without a gap.

    Creates a model for each variant, an endpoint configuration and the endpoint; an execution role with the permissions
    that these need; a security group; a log group under the workspace's key; alarms on errors and latency that tell the
    workspace's topic and send a bad update back; scaling targets; and a dashboard.

    Models and configurations have no names, so that each change makes new ones beside the old. The endpoint has one,
    made of its path: its alarms carry it and it carries its alarms, and nothing else ever replaces it.

    Idle cost: the instances, day and night, so ``minimum`` times the price of ``instance_type``; alarms 0.20 USD a
    variant and a dashboard beyond the account's third 3 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Model, NeuronFit, RealTimeEndpoint, Scaling
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> endpoint = RealTimeEndpoint(
    ...     stack,
    ...     "Endpoint",
    ...     workspace=workspace,
    ...     model=Model.from_artifact(
    ...         workspace.artifact_bucket, "churn/model.tar.gz", image=images.neuron_inference("pytorch", "2.8")
    ...     ),
    ...     instance_type="ml.inf2.8xlarge",
    ...     neuron=NeuronFit(parameters=7e9, batch_size=4, sequence_length=4096, tensor_parallel_degree=2),
    ...     scaling=Scaling(minimum=1, maximum=6, invocations_per_instance=400),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html

    :ivar cfn_models: the models, by the name of their variant.
    :ivar cfn_endpoint_config: the endpoint configuration.
    :ivar cfn_endpoint: the endpoint.
    :ivar cfn_alarms: the alarms that send an update back.
    :ivar cfn_shadow_alarms: alarms of the shadow variant, which tell the topic and send nothing back.
    :ivar cfn_dashboard: the dashboard.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        model: Model,
        instance_type: str,
        neuron: NeuronFit | None = None,
        gpu: GpuFit | None = None,
        scaling: Scaling | None = None,
        capture: DataCapture | None = None,
        update: Update | None = None,
        alarms: EndpointAlarms = EndpointAlarms(),
        variants: Sequence[Variant] = (),
        shadow: Variant | None = None,
        role: iam.IRole | None = None,
        endpoint_name: str | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param model: what the variant ``Primary`` serves.
        :param instance_type: what it runs on, such as ``ml.inf2.8xlarge``.
        :param neuron: what is served on Neuron instances, to be checked against their memory.
        :param gpu: what is served on GPU instances, to be checked against their memory.
        :param scaling: bounds and targets; without it the profile's minimum number of instances runs.
        :param capture: which requests are kept; without it the profile's share of them.
        :param update: how changes take over the traffic; without it a canary, or all at once where there is a single
            instance, of which no part can go first.
        :param alarms: when the endpoint is unwell.
        :param variants: further variants, for A/B tests.
        :param shadow: a variant that gets copies of the requests and whose answers nobody gets: to be compared in the
            metrics and in what is captured. Its weight is the share of the requests, up to 1.
        :param role: an execution role of your own, which is granted nothing: see
            :mod:`cdk_ml.sagemaker.execution_role`.
        :param endpoint_name: a name of your own; callers outside this app may rely on it.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or what could not run: every problem at
            once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace, endpoint_name=endpoint_name)
        primary = Variant(
            name=PRIMARY, model=model, instance_type=instance_type, neuron=neuron, gpu=gpu, scaling=scaling
        )
        production = (primary, *variants)
        shadows = () if shadow is None else (shadow,)
        every = (*production, *shadows)
        captured = DataCapture(percentage=workspace.profile.capture_percentage) if capture is None else capture
        counts = [instance_count(variant, workspace.profile) for variant in every]
        chosen = usual_update(production, counts) if update is None else update
        reject(
            self,
            [
                *variants_problems(every, Stack.of(self).region),
                *shadow_problems(production, shadow),
                *capture_problems(captured),
                *update_problems(chosen),
                *package_update_problems(every, chosen),
                *alarm_problems(alarms),
                *name_problems("endpoint_name", endpoint_name),
            ],
        )
        self._capture = captured
        names = [variant.name for variant in every]
        self._models = self._host(
            {variant.name: served_model(variant) for variant in every},
            statements=[*self._capture_statements(captured), *self._volume_statements(every)],
            role=role,
        )
        self.cfn_endpoint_config = sagemaker.CfnEndpointConfig(
            self,
            "Config",
            production_variants=self._production_variants(production, counts[: len(production)]),
            shadow_production_variants=self._production_variants(shadows, counts[len(production) :]) or None,
            data_capture_config=self._capture_config(captured) if captured.enabled else None,
            kms_key_id=self._volume_key(every),
        )
        self.cfn_alarms = self._watch(alarms, [variant.name for variant in production])
        self.cfn_shadow_alarms = self._watch(alarms, [variant.name for variant in shadows])
        self.cfn_endpoint = self._endpoint(chosen, **RETAINED)
        self._scale(every)
        self.cfn_dashboard = endpoint_dashboard(
            self, "Dashboard", endpoint_name=self.endpoint_name, variant_names=names
        )
        self._acknowledge_volumes(every)

    @property
    def captured(self) -> CapturedRequests | None:
        """What the first variant was asked and answered; ``None`` where nothing is captured."""
        return self.captured_of(PRIMARY)

    def captured_of(self, variant_name: str) -> CapturedRequests | None:
        """What a variant was asked and answered, as SageMaker files it; ``None`` where nothing is captured.

        :param variant_name: the shadow's has one, too.
        """
        return captured_requests(
            self._capture,
            bucket=self._workspace.data_bucket,
            prefix=self._capture_prefix,
            endpoint_name=self.endpoint_name,
            variant_name=variant_name,
        )

    @property
    def _capture_prefix(self) -> str:
        return f"capture/{self.endpoint_name}"

    def _capture_statements(self, captured: DataCapture) -> Iterator[Statement]:
        if captured.enabled:
            prefix_arn = self._workspace.data_bucket.arn_for_objects(self._capture_prefix)
            yield from write_capture(prefix_arn, self._workspace.key.key_arn)

    def _capture_config(self, captured: DataCapture) -> dict[str, Any]:
        return capture_config(
            captured, bucket=self._workspace.data_bucket, prefix=self._capture_prefix, key=self._workspace.key
        )
