"""The closed loop: what is approved is deployed, what is deployed is watched, what is unwell is trained again.

https://docs.aws.amazon.com/wellarchitected/latest/machine-learning-lens/machine-learning-lens.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk.interfaces import aws_cloudwatch as watched
from constructs import Construct

from cdk_ml.mlops.model_deployment import ModelDeployment
from cdk_ml.mlops.registry_account import RegistryAccount, RemotePipeline
from cdk_ml.mlops.retraining_loop import RetrainingLoop
from cdk_ml.mlops.serving import Serving
from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms
from cdk_ml.sagemaker.hosting.capture import DataCapture
from cdk_ml.sagemaker.hosting.updates import Update
from cdk_ml.sagemaker.pipelines.pipeline import Pipeline
from cdk_ml.sagemaker.registry.packages import ModelPackageGroupBase
from cdk_ml.workflow import EventTrigger
from cdk_ml.workspace import Workspace


class ClosedLoop(Construct):
    """From an approval to an endpoint, from an alarm to a new version that waits for approval, and back when it fails.

    Creates a :class:`ModelDeployment` and a :class:`RetrainingLoop`, in one account or, with ``registry`` and a
    :class:`RemotePipeline`, for a registry and a pipeline in another one, where a :class:`SharedRegistry` is the other
    half. Alarms that start retraining are given to :meth:`retrain_on`, because most of them watch the endpoint that
    the loop makes.

    Idle cost: the instances of the endpoint, day and night, once a version is approved; alarms 0.80 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.mlops import ClosedLoop, RegistryAccount, RemotePipeline, Serving
    >>> from cdk_ml.sagemaker import Data, ModelPackageGroup
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> models = ModelPackageGroup.from_model_package_group_name(
    ...     stack, "Models", "churn", workspace=workspace, account="111111111111"
    ... )
    >>> loop = ClosedLoop(
    ...     stack,
    ...     "Loop",
    ...     workspace=workspace,
    ...     models=models,
    ...     serving=Serving(
    ...         image=images.built_in_algorithm("xgboost"),
    ...         artifacts=Data(cdk.aws_s3.Bucket.from_bucket_name(stack, "Artifacts", "churn-artifacts"), "churn/"),
    ...         instance_type="ml.m5.large",
    ...     ),
    ...     pipeline=RemotePipeline(account="111111111111", pipeline_name="churn", role_name="churn-retrain"),
    ...     registry=RegistryAccount(event_bus_name="churn-registry", key_id="1234abcd-12ab-34cd-56ef-1234567890ab"),
    ... )
    >>> trigger = loop.retrain_on("Errors", loop.deployment.cfn_alarms[0])

    See https://docs.aws.amazon.com/wellarchitected/latest/machine-learning-lens/machine-learning-lens.html

    :ivar deployment: the endpoint that follows the registry.
    :ivar retraining: what starts the pipeline.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        models: ModelPackageGroupBase,
        serving: Serving,
        pipeline: Pipeline | RemotePipeline,
        parameters: Mapping[str, str | float] | None = None,
        cool_down_hours: int = 24,
        update: Update | None = None,
        alarms: EndpointAlarms = EndpointAlarms(),
        rollback_alarms: Sequence[watched.IAlarmRef] = (),
        capture: DataCapture | None = None,
        registry: RegistryAccount | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, queue, tags and profile.
        :param models: the group whose approved versions are served, and that the pipeline registers in.
        :param serving: what versions run on, and what they are made of.
        :param pipeline: what retrains; it ends in a version that waits for approval.
        :param parameters: values by the name of the pipeline's parameter; the others have their defaults.
        :param cool_down_hours: hours from the start of an execution of the pipeline to that of the next, 1 to 720.
        :param update: how a version takes over the traffic: see :class:`ModelDeployment`.
        :param alarms: when the endpoint is unwell.
        :param rollback_alarms: alarms of your own that send a version back, too.
        :param capture: which requests are kept; without it the profile's share of them.
        :param registry: how the group is reached that is in another account.
        :raises cdk_ml.errors.ConfigurationError: what the two halves refuse.
        """
        super().__init__(scope, id)
        workspace.adopt(self)
        self.deployment = ModelDeployment(
            self,
            "Deployment",
            workspace=workspace,
            models=models,
            serving=serving,
            update=update,
            alarms=alarms,
            rollback_alarms=rollback_alarms,
            capture=capture,
            registry=registry,
        )
        self.retraining = RetrainingLoop(
            self,
            "Retraining",
            workspace=workspace,
            pipeline=pipeline,
            parameters=parameters,
            cool_down_hours=cool_down_hours,
        )

    def retrain_on(self, id: str, alarm: watched.IAlarmRef) -> EventTrigger:
        """Retrain when ``alarm`` is raised.

        :param id: id of the trigger, such as ``Drift``.
        :param alarm: any alarm of the stack's account and region.
        :raises cdk_ml.errors.ConfigurationError: more alarms than one loop takes.
        """
        return self.retraining.start_on(id, alarm)
