"""Scaling as resources: the target, a policy for each thing that it follows, and a step that leads out of zero.

https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_ml.facts.accelerators import instance, is_accelerated
from cdk_ml.sagemaker.hosting.scalable import INSTANCES, Scalable
from cdk_ml.sagemaker.hosting.scaling import Scaling, reaches_zero, targets
from cdk_ml.tokens import is_token


def scale(
    scope: Construct,
    id: str,
    *,
    scalable: Scalable = INSTANCES,
    scaling: Scaling,
    endpoint_name: str,
    resource_name: str,
    instance_type: str = "",
) -> autoscaling.CfnScalableTarget:
    """Register a resource with Application Auto Scaling, under the service-linked role of SageMaker endpoints.

    :param resource_name: name of the variant or the component.
    """
    target = autoscaling.CfnScalableTarget(
        scope,
        id,
        service_namespace="sagemaker",
        scalable_dimension=scalable.dimension,
        resource_id=scalable.resource.format(endpoint=endpoint_name, name=resource_name),
        min_capacity=scaling.minimum,
        max_capacity=scaling.maximum,
        scheduled_actions=[
            {
                "scheduledActionName": f"schedule-{index + 1}",
                "schedule": item.schedule,
                "timezone": item.timezone,
                "scalableTargetAction": {"minCapacity": item.minimum, "maxCapacity": item.maximum},
            }
            for index, item in enumerate(scaling.schedules)
        ]
        or None,
    )
    for name, value in targets(scaling).items():
        autoscaling.CfnScalingPolicy(
            scope,
            f"{id}{''.join(word.capitalize() for word in name.split('_'))}",
            policy_name=name.replace("_", "-"),
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration={
                **_metric(name, value, endpoint_name, resource_name, instance_type),
                "scaleInCooldown": scaling.scale_in_seconds,
                "scaleOutCooldown": scaling.scale_out_seconds,
            },
        )
    if scalable.wake_metric and reaches_zero(scaling):
        _wake(scope, id, target, scalable, scaling, endpoint_name, resource_name)
    return target


def _wake(
    scope: Construct,
    id: str,
    target: autoscaling.CfnScalableTarget,
    scalable: Scalable,
    scaling: Scaling,
    endpoint_name: str,
    resource_name: str,
) -> None:
    # A target for each of no instances cannot be followed: at zero, only a step leads out.
    # https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
    step = autoscaling.CfnScalingPolicy(
        scope,
        f"{id}Wake",
        policy_name="wake",
        policy_type="StepScaling",
        scaling_target_id=target.ref,
        step_scaling_policy_configuration={
            "adjustmentType": "ChangeInCapacity",
            "metricAggregationType": "Maximum",
            "cooldown": scaling.scale_in_seconds,
            "stepAdjustments": [{"metricIntervalLowerBound": 0, "scalingAdjustment": 1}],
        },
    )
    name = endpoint_name if scalable.name_dimension == "EndpointName" else resource_name
    cloudwatch.CfnAlarm(
        scope,
        f"{id}Waiting",
        alarm_description=f"There is something to do for {name}, and nothing that could do it",
        namespace="AWS/SageMaker",
        metric_name=scalable.wake_metric,
        dimensions=[{"name": scalable.name_dimension, "value": name}],
        statistic="Maximum",
        period=60,
        evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        treat_missing_data="notBreaching",
        alarm_actions=[step.ref],
    )


_PREDEFINED = {
    "invocations_per_instance": "SageMakerVariantInvocationsPerInstance",
    "concurrent_requests_per_instance": "SageMakerVariantConcurrentRequestsPerModelHighResolution",
    "invocations_per_copy": "SageMakerInferenceComponentInvocationsPerCopy",
    "concurrent_requests_per_copy": "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
    "provisioned_utilization": "SageMakerVariantProvisionedConcurrencyUtilization",
}


def _metric(name: str, value: float, endpoint_name: str, variant_name: str, instance_type: str) -> dict[str, Any]:
    if name in _PREDEFINED:
        predefined = {"predefinedMetricType": _PREDEFINED[name]}
        # The one utilization among them is a share of 1.
        target = value / 100 if name == "provisioned_utilization" else value
        return {"targetValue": target, "predefinedMetricSpecification": predefined}
    endpoint = {"name": "EndpointName", "value": endpoint_name}
    if name == "backlog_per_instance":
        specification = {
            "namespace": "AWS/SageMaker",
            "metricName": "ApproximateBacklogSizePerInstance",
            "statistic": "Average",
            "dimensions": [endpoint],
        }
        return {"targetValue": value, "customizedMetricSpecification": specification}
    # SageMaker adds up the GPUs of an instance: four of them, all busy, are 400 percent.
    known = not is_token(instance_type) and is_accelerated(instance_type)
    gpus = instance(instance_type).accelerators if known else 1
    return {
        "targetValue": value * gpus,
        "customizedMetricSpecification": {
            "namespace": "/aws/sagemaker/Endpoints",
            "metricName": "GPUUtilization",
            "statistic": "Average",
            "dimensions": [endpoint, {"name": "VariantName", "value": variant_name}],
        },
    }
