"""What every endpoint that is made here has in common: its models, its alarms, and how an update takes over.

https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model-options.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.sagemaker.execution_role import use_volume_key
from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms, endpoint_alarms
from cdk_ml.sagemaker.hosting.hosted_models import HostedModels
from cdk_ml.sagemaker.hosting.invocation import EndpointBase
from cdk_ml.sagemaker.hosting.model import Model
from cdk_ml.sagemaker.hosting.scalable import INSTANCES, Scalable
from cdk_ml.sagemaker.hosting.scaling_policies import scale
from cdk_ml.sagemaker.hosting.updates import Update, deployment_config
from cdk_ml.sagemaker.hosting.variant import PRIMARY, Variant, production_variant
from cdk_ml.sagemaker.volumes import takes_volume_key
from cdk_ml.workspace import Statement, Workspace, acknowledge


class HostedEndpoint(EndpointBase):
    """An endpoint with its models, its log group and its alarms.

    :ivar cfn_endpoint_config: the endpoint configuration.
    :ivar cfn_endpoint: the endpoint.
    :ivar cfn_alarms: the alarms that send an update back.
    """

    cfn_endpoint_config: sagemaker.CfnEndpointConfig
    cfn_endpoint: sagemaker.CfnEndpoint
    cfn_alarms: Sequence[cloudwatch.CfnAlarm]
    _models: HostedModels

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace, endpoint_name: str | None) -> None:
        super().__init__(scope, id, endpoint_name=endpoint_name, variant_name=PRIMARY)
        workspace.adopt(self)
        self._workspace = workspace

    @staticmethod
    def from_endpoint_name(
        scope: Construct, id: str, endpoint_name: str, *, variant_name: str = PRIMARY
    ) -> EndpointBase:
        """An endpoint that exists, to grant and to watch."""
        return EndpointBase(scope, id, endpoint_name=endpoint_name, variant_name=variant_name)

    @property
    def cfn_models(self) -> Mapping[str, sagemaker.CfnModel]:
        """The models, by the name of their variant."""
        return self._models.cfn_models

    @property
    def role(self) -> iam.IRole:
        """The execution role of the models."""
        return self._models.role

    def _host(
        self,
        models: Mapping[str, Model],
        *,
        statements: Iterable[Statement],
        role: iam.IRole | None,
        networked: bool = True,
    ) -> HostedModels:
        return HostedModels(
            self,
            "Models",
            workspace=self._workspace,
            models=models,
            log_group_name=f"/aws/sagemaker/Endpoints/{self.endpoint_name}",
            statements=statements,
            role=role,
            networked=networked,
        )

    def _watch(self, alarms: EndpointAlarms, variant_names: Iterable[str]) -> list[cloudwatch.CfnAlarm]:
        return [
            alarm
            for name in variant_names
            for alarm in endpoint_alarms(
                self,
                alarms=alarms,
                endpoint_name=self.endpoint_name,
                variant_name=name,
                topic_arn=self._workspace.alert_topic.topic_arn,
            )
        ]

    def _endpoint(self, update: Update | None, **options: Any) -> sagemaker.CfnEndpoint:
        """The endpoint; without an update, one that has no model of its own to be sent back."""
        if update is not None:
            alarm_names = [alarm.ref for alarm in self.cfn_alarms]
            options["deployment_config"] = deployment_config(update, alarm_names=alarm_names)
        endpoint = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=self.endpoint_name,
            endpoint_config_name=self.cfn_endpoint_config.attr_endpoint_config_name,
            **options,
        )
        # SageMaker makes the log group itself, without a key and for ever, unless it is there first.
        assert self._models.log_group is not None
        endpoint.add_resource_dependency(self._models.log_group)
        return endpoint


class InstanceEndpoint(HostedEndpoint):
    """An endpoint on instances: they have volumes, a place in the network, and a number that scales."""

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of the models."""
        assert self._models.security_group is not None
        return self._models.security_group.connections

    def _volume_key(self, variants: Sequence[Variant]) -> str | None:
        """ARN of the key of the instances' volumes; none where an instance type has disks of its own."""
        encrypted = all(takes_volume_key(variant.instance_type) for variant in variants)
        return self._workspace.key.key_arn if encrypted else None

    def _volume_statements(self, variants: Sequence[Variant]) -> Iterator[Statement]:
        key_arn = self._volume_key(variants)
        if key_arn is not None:
            yield from use_volume_key(key_arn)

    def _production_variants(self, variants: Sequence[Variant], counts: Sequence[int]) -> list[dict[str, Any]]:
        return [
            production_variant(variant, model_name=self.cfn_models[variant.name].attr_model_name, instance_count=count)
            for variant, count in zip(variants, counts, strict=True)
        ]

    def _scale(self, variants: Iterable[Variant], scalable: Scalable = INSTANCES) -> None:
        for variant in variants:
            if variant.scaling is None:
                continue
            target = scale(
                self,
                f"{variant.name}Scaling",
                scalable=scalable,
                scaling=variant.scaling,
                endpoint_name=self.endpoint_name,
                resource_name=variant.name,
                instance_type=variant.instance_type,
            )
            target.add_resource_dependency(self.cfn_endpoint)

    def _acknowledge_volumes(self, variants: Sequence[Variant]) -> None:
        if self._volume_key(variants) is None:
            acknowledge(
                self.cfn_endpoint_config,
                "SageMaker refuses a key for instances with disks of their own, which the hardware encrypts: "
                "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html",
                "NIST.800.53.R5-SageMakerEndpointConfigurationKMSKeyConfigured",
                "HIPAA.Security-SageMakerEndpointConfigurationKMSKeyConfigured",
                "PCI.DSS.321-SageMakerEndpointConfigurationKMSKeyConfigured",
            )


RETAINED: Mapping[str, Any] = {
    # An update keeps the number of instances that scaling has reached; weights and capture are as written.
    "retain_all_variant_properties": True,
    "exclude_retained_variant_properties": [
        {"variantPropertyType": "DesiredWeight"},
        {"variantPropertyType": "DataCaptureConfig"},
    ],
}
"""What an update keeps of an endpoint on instances."""
