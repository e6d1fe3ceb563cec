"""An endpoint for inference components: models that share instances, each with a part of its own, down to none.

https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.execution_role import WRITE_LOGS
from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms, alarm_problems, component_alarms
from cdk_ml.sagemaker.hosting.hosted_endpoint import InstanceEndpoint
from cdk_ml.sagemaker.hosting.inference_component import (
    InferenceComponent,
    component_name_problems,
    component_problems,
    component_variant,
    served,
    specification,
)
from cdk_ml.sagemaker.hosting.scalable import COPIES
from cdk_ml.sagemaker.hosting.scaling_policies import scale
from cdk_ml.sagemaker.hosting.updates import Rolling, deployment_config, update_problems
from cdk_ml.sagemaker.hosting.variant import PRIMARY, Variant, instance_problems
from cdk_ml.sagemaker.names import name_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement, Workspace, acknowledge
from cdk_ml.workspace.statements import write_logs

_TYPE = "AWS::SageMaker::InferenceComponent"
_INSTEAD = "Deploy to another region, or use RealTimeEndpoint or AsyncEndpoint"
_MOST = 1_000


class ComponentEndpoint(InstanceEndpoint):
    """A SageMaker endpoint whose models share instances, scale one by one, and leave no instance while nobody asks.

    Creates a model and an inference component for each of ``components``, an endpoint configuration and the endpoint;
    one execution role; a security group; log groups under the workspace's key; alarms on errors and latency of each
    component that tell the workspace's topic and send a bad update of it back; and scaling of its copies. SageMaker
    adds instances as copies need them, and takes away those without a copy.

    A request names its component as ``InferenceComponentName``. While a component has no copy, requests to it fail at
    once, and the first of them starts one: ten minutes with a large model, less while its instance still runs.

    Idle cost: nothing for instances at ``minimum_instances=0`` once no component has a copy, otherwise their price, day
    and night; alarms 0.20 USD a month and component, or 0.30 USD where it scales to zero.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import ComponentEndpoint, InferenceComponent, Model
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> vllm = images.deep_learning_container(
    ...     purpose="inference", framework="vllm", version="0.30.0", accelerator="gpu"
    ... )
    >>> endpoint = ComponentEndpoint(
    ...     stack,
    ...     "Endpoint",
    ...     workspace=workspace,
    ...     instance_type="ml.g5.12xlarge",
    ...     maximum_instances=2,
    ...     components={
    ...         "chat": InferenceComponent(
    ...             model=Model.from_artifact(workspace.artifact_bucket, "chat/", image=vllm),
    ...             memory_mb=65_536,
    ...             accelerators=2,
    ...         ),
    ...     },
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html

    :ivar cfn_components: the inference components, by the name they were given.
    :ivar component_names: what requests call them, by the name they were given.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        components: Mapping[str, InferenceComponent],
        instance_type: str,
        maximum_instances: int,
        minimum_instances: int = 0,
        network_isolation: bool = True,
        update: Rolling = Rolling(),
        alarms: EndpointAlarms = EndpointAlarms(),
        role: iam.IRole | None = None,
        endpoint_name: str | None = None,
    ) -> None:
        """
        :param workspace: network, key, topic, tags and profile.
        :param components: models and what they take, by name.
        :param instance_type: what they share, such as ``ml.g5.12xlarge``.
        :param maximum_instances: most instances.
        :param minimum_instances: fewest instances, whether they hold a copy or not.
        :param network_isolation: cut the containers off from every network; each model has to say the same.
        :param update: how many copies of a changed component are replaced at a time.
        :param alarms: when a component is unwell.
        :param role: an execution role of your own, which is granted nothing: see
            :mod:`cdk_ml.sagemaker.execution_role`.
        :param endpoint_name: a name of your own; callers outside this app may rely on it.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, what no instance could hold, or a region
            without the type: every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace, endpoint_name=endpoint_name)
        region = Stack.of(self).region
        wrong_instance = [*instance_problems(instance_type)]
        placed = None if wrong_instance else instance_type
        reject(
            self,
            [
                *region_problems(region, _TYPE, instead=_INSTEAD),
                *wrong_instance,
                *_bounds_problems(minimum_instances, maximum_instances),
                *component_name_problems(components),
                *(
                    problem
                    for name, component in components.items()
                    for problem in component_problems(
                        name, component, placed, region, network_isolation=network_isolation
                    )
                ),
                *update_problems(update),
                *alarm_problems(alarms),
                *name_problems("endpoint_name", endpoint_name),
            ],
        )
        own = self.node.addr[-8:]
        self.component_names = {name: f"{name}-{own}" for name in components}
        shared = [
            Variant(name=name, model=item.model, instance_type=instance_type) for name, item in components.items()
        ]
        groups = {name: self._component_logs(name) for name in components}
        self._models = self._host(
            {name: served(component) for name, component in components.items()},
            statements=[*self._volume_statements(shared), *_write_all(groups)],
            role=role,
        )
        self.cfn_endpoint_config = self._config(
            instance_type, minimum_instances, maximum_instances, network_isolation, self._volume_key(shared)
        )
        self.cfn_endpoint = self._endpoint(None)
        every_alarm = {name: self._component_alarms(name, alarms) for name in components}
        self.cfn_alarms = [alarm for found in every_alarm.values() for alarm in found]
        self.cfn_components = {
            name: self._component(name, component, update, every_alarm[name], groups[name])
            for name, component in components.items()
        }
        for name, component in components.items():
            self._scale_copies(name, component)
        self._acknowledge_volumes(shared)
        acknowledge(
            self.cfn_endpoint,
            "The endpoint has no model of its own that an update could spoil: each component is updated in batches, "
            "and goes back when its own alarms are raised. "
            "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InferenceComponentDeploymentConfig.html",
            "ML-EndpointRollback",
        )

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` call every component, answers in one piece or as a stream, and nothing else."""
        return self._grant(grantee, [*self.component_names])

    def grant_invoke_component(self, grantee: iam.IGrantable, name: str) -> iam.Grant:
        """Let ``grantee`` call one of the components.

        :param name: the name that it was given.
        """
        return self._grant(grantee, [name])

    def metric_component(self, name: str, component: str, **options: Any) -> cloudwatch.Metric:
        """A metric of a component, by SageMaker's name.

        :param name: such as ``ConcurrentRequestsPerCopy``.
        :param component: the name that the component was given.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        dimensions = {"InferenceComponentName": self.component_names[component]}
        return cloudwatch.Metric(namespace="AWS/SageMaker", metric_name=name, dimensions_map=dimensions, **options)

    def _grant(self, grantee: iam.IGrantable, names: list[str]) -> iam.Grant:
        # The action is judged on the endpoint and on the component that the request names.
        components = [self.cfn_components[name].attr_inference_component_arn for name in names]
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=[*self._invoke], resource_arns=[self.endpoint_arn, *components]
        )

    def _config(
        self, instance_type: str, minimum: int, maximum: int, network_isolation: bool, key_arn: str | None
    ) -> sagemaker.CfnEndpointConfig:
        assert self._models.security_group is not None
        return sagemaker.CfnEndpointConfig(
            self,
            "Config",
            production_variants=[component_variant(PRIMARY, instance_type, minimum, maximum)],
            execution_role_arn=self.role.role_arn,
            enable_network_isolation=network_isolation,
            vpc_config={
                "securityGroupIds": [self._models.security_group.security_group_id],
                "subnets": self._workspace.subnet_ids,
            },
            kms_key_id=key_arn,
        )

    def _component_logs(self, name: str) -> logs.CfnLogGroup:
        group = f"/aws/sagemaker/InferenceComponents/{self.component_names[name]}"
        return self._workspace.log_group(self, f"{name}Logs", name=group)

    def _component_alarms(self, name: str, alarms: EndpointAlarms) -> list[cloudwatch.CfnAlarm]:
        return component_alarms(
            self,
            name,
            alarms=alarms,
            component_name=self.component_names[name],
            topic_arn=self._workspace.alert_topic.topic_arn,
        )

    def _component(
        self,
        name: str,
        component: InferenceComponent,
        update: Rolling,
        alarms: list[cloudwatch.CfnAlarm],
        group: logs.CfnLogGroup,
    ) -> sagemaker.CfnInferenceComponent:
        made = sagemaker.CfnInferenceComponent(
            self,
            f"{name}Component",
            inference_component_name=self.component_names[name],
            endpoint_name=self.cfn_endpoint.attr_endpoint_name,
            variant_name=PRIMARY,
            specification=specification(component, model_name=self.cfn_models[name].attr_model_name),
            # With no copy at first, nobody would know whether it starts.
            runtime_config={"copyCount": component.scaling.minimum or 1},
            deployment_config=deployment_config(update, alarm_names=[alarm.ref for alarm in alarms]),
        )
        made.add_resource_dependency(group)
        return made

    def _scale_copies(self, name: str, component: InferenceComponent) -> None:
        target = scale(
            self,
            f"{name}Scaling",
            scalable=COPIES,
            scaling=component.scaling,
            endpoint_name=self.endpoint_name,
            resource_name=self.component_names[name],
        )
        target.add_resource_dependency(self.cfn_components[name])


def _write_all(groups: Mapping[str, logs.CfnLogGroup]) -> Iterator[Statement]:
    for group in groups.values():
        yield from write_logs(group.attr_arn, actions=WRITE_LOGS)


def _bounds_problems(minimum: int, maximum: int) -> Iterator[Problem]:
    if outside(minimum, 0, _MOST):
        yield Problem("minimum_instances", minimum, "is no number of instances", f"Use 0 to {_MOST}")
    elif outside(maximum, 1 if is_token(minimum) else max(1, minimum), _MOST):
        rule = f"is no upper bound to minimum_instances={minimum}"
        yield Problem("maximum_instances", maximum, rule, f"Use {max(1, minimum)} to {_MOST}")
