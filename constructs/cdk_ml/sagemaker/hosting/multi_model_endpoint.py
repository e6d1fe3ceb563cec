"""Multi-model inference: many models of one framework on shared instances, each loaded when it is asked for.

https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms, alarm_problems
from cdk_ml.sagemaker.hosting.dashboard import MULTI_MODEL_CHARTS, endpoint_dashboard
from cdk_ml.sagemaker.hosting.hosted_endpoint import RETAINED, InstanceEndpoint
from cdk_ml.sagemaker.hosting.invocation import INVOKE
from cdk_ml.sagemaker.hosting.model import Model
from cdk_ml.sagemaker.hosting.scaling import Scaling
from cdk_ml.sagemaker.hosting.updates import Update, update_problems
from cdk_ml.sagemaker.hosting.variant import PRIMARY, Variant, instance_count, usual_update, variants_problems
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.workspace import Workspace


class MultiModelEndpoint(InstanceEndpoint):
    """A SageMaker endpoint for many models that are alike, and each asked for now and then.

    Creates one model that stands for all under a prefix, an endpoint configuration and the endpoint; an execution role;
    a security group; a log group under the workspace's key; alarms on errors and latency that tell the workspace's
    topic and send a bad update back; scaling targets; and a dashboard with how often a model was found loaded.

    A request names its model as ``TargetModel``. The first for a model waits until it is loaded. The image has to serve
    several models: those of the built-in algorithms and frameworks do. Models share memory and permissions: what
    must not meet belongs on endpoints of their own.

    Idle cost: the instances, day and night, however many models there are; alarms 0.20 USD and a dashboard beyond the
    account's third 3 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Model, MultiModelEndpoint, Scaling
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> endpoint = MultiModelEndpoint(
    ...     stack,
    ...     "Endpoint",
    ...     workspace=workspace,
    ...     models=Model.from_folder(
    ...         workspace.artifact_bucket, "customers/", image=images.built_in_algorithm("xgboost")
    ...     ),
    ...     instance_type="ml.m5.large",
    ...     scaling=Scaling(minimum=2, maximum=6, invocations_per_instance=600),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html

    :ivar cfn_dashboard: the dashboard.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        models: Model,
        instance_type: str,
        scaling: Scaling | None = None,
        update: Update | None = None,
        alarms: EndpointAlarms = EndpointAlarms(),
        role: iam.IRole | None = None,
        endpoint_name: str | None = None,
    ) -> None:
        """
        :param workspace: network, key, topic, tags and profile.
        :param models: where the models are, see :meth:`~cdk_ml.sagemaker.Model.from_folder`.
        :param instance_type: what they run on; memory decides how many are loaded at the same time.
        :param scaling: bounds and targets; without it the profile's minimum number of instances runs.
        :param update: how changes take over the traffic; without it a canary, or all at once where there is a single
            instance, of which no part can go first.
        :param alarms: when the endpoint is unwell.
        :param role: an execution role of your own, which is granted nothing: see
            :mod:`cdk_ml.sagemaker.execution_role`.
        :param endpoint_name: a name of your own; callers outside this app may rely on it.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or what could not run: every problem at
            once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace, endpoint_name=endpoint_name)
        only = Variant(name=PRIMARY, model=models, instance_type=instance_type, scaling=scaling)
        count = instance_count(only, workspace.profile)
        chosen = usual_update([only], [count]) if update is None else update
        reject(
            self,
            [
                *variants_problems([only], Stack.of(self).region, several=True),
                *update_problems(chosen),
                *alarm_problems(alarms),
                *name_problems("endpoint_name", endpoint_name),
            ],
        )
        self._models = self._host({PRIMARY: models}, statements=self._volume_statements([only]), role=role)
        self.cfn_endpoint_config = sagemaker.CfnEndpointConfig(
            self,
            "Config",
            production_variants=self._production_variants([only], [count]),
            kms_key_id=self._volume_key([only]),
        )
        self.cfn_alarms = self._watch(alarms, [PRIMARY])
        self.cfn_endpoint = self._endpoint(chosen, **RETAINED)
        self._scale([only])
        self.cfn_dashboard = endpoint_dashboard(
            self,
            "Dashboard",
            endpoint_name=self.endpoint_name,
            variant_names=[PRIMARY],
            charts=MULTI_MODEL_CHARTS,
        )
        self._acknowledge_volumes([only])

    def grant_invoke_models(self, grantee: iam.IGrantable, models: Sequence[str]) -> iam.Grant:
        """Let ``grantee`` call some of the models, and nothing else.

        :param models: names as requests give them, such as ``acme.tar.gz``; ``eu/*`` stands for all that begin so.
        """
        return iam.Grant.add_to_principal(
            grantee=grantee,
            # The key is not known for streams: a condition on it would never be met.
            actions=[INVOKE[0]],
            resource_arns=[self.endpoint_arn],
            conditions={"StringLike": {"sagemaker:TargetModel": [*models]}},
        )

    def metric_cache_hits(self, **options: Any) -> cloudwatch.Metric:
        """Share of the requests that found their model loaded."""
        return self.metric("ModelCacheHit", statistic="Average", **options)

    def metric_loading_wait(self, **options: Any) -> cloudwatch.Metric:
        """Time that a request waited for its model, in microseconds, at most."""
        return self.metric("ModelLoadingWaitTime", statistic="Maximum", **options)
