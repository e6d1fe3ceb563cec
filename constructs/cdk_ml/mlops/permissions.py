"""What deploying, serving, taking down and retraining may do: named by the endpoint and by what its models are called.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.mlops.serving import Serving
from cdk_ml.sagemaker.container_image import pullable
from cdk_ml.sagemaker.execution_role import pull_images, use_volume_key
from cdk_ml.sagemaker.hosting.capture import write_capture
from cdk_ml.sagemaker.jobs.data import read_statements
from cdk_ml.sagemaker.registry.packages import ModelPackageGroupBase
from cdk_ml.workspace import ANYTHING, Statement
from cdk_ml.workspace.statements import pass_role

_LIST = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html"
_NAMED_LATER = (
    f"Models and configurations are named when a version is deployed; the beginning is this endpoint's. {_LIST}"
)


def deploy_statements(
    models: ModelPackageGroupBase,
    *,
    endpoint_arn: str,
    name_prefix: str,
    role_arn: str,
    table_arn: str,
    topic_arn: str,
    alarm_arns: Sequence[str],
    key_arn: str | None,
) -> Iterator[Statement]:
    """What the state machine that deploys may do."""
    model, config = _made("model", name_prefix), _made("endpoint-config", name_prefix)
    yield from models.approve_statements()
    yield Statement(
        actions=["sagemaker:AddTags", "sagemaker:CreateModel", "sagemaker:DeleteModel"],
        resources=[model],
        wildcard=_NAMED_LATER,
    )
    yield Statement(
        actions=["sagemaker:AddTags", "sagemaker:CreateEndpointConfig", "sagemaker:DeleteEndpointConfig"],
        resources=[config],
        wildcard=_NAMED_LATER,
    )
    yield Statement(
        actions=["sagemaker:AddTags", "sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint"],
        resources=[endpoint_arn],
    )
    yield Statement(
        actions=["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"],
        resources=[endpoint_arn, config],
        wildcard=_NAMED_LATER,
    )
    yield pass_role(role_arn, to="sagemaker.amazonaws.com")
    yield Statement(actions=["dynamodb:GetItem", "dynamodb:UpdateItem"], resources=[table_arn])
    yield Statement(actions=["sns:Publish"], resources=[topic_arn])
    # SageMaker looks at the alarms as who asked for the update.
    yield Statement(actions=["cloudwatch:DescribeAlarms"], resources=[*alarm_arns])
    if key_arn is not None:
        yield from use_volume_key(key_arn)


def serve_statements(
    scope: Construct,
    serving: Serving,
    *,
    capture_arn: str | None,
    key_arn: str,
    artifact_key_arn: str | None,
    volume_key_arn: str | None,
) -> list[Statement]:
    """What the execution role of the models may do, besides what every model may."""
    image = pullable(scope, "Registry", serving.image)
    statements = [*pull_images([image.repository_arn]), *read_statements(serving.artifacts)]
    if artifact_key_arn is not None:
        statements.append(Statement(actions=["kms:Decrypt"], resources=[artifact_key_arn]))
    if capture_arn is not None:
        statements.extend(write_capture(capture_arn, key_arn))
    if volume_key_arn is not None:
        statements.extend(use_volume_key(volume_key_arn))
    return statements


def tear_down_statements(endpoint_arn: str, name_prefix: str, machine: sfn.CfnStateMachine) -> list[Statement]:
    """What takes an endpoint down with its stack may do."""
    executions = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:execution:{machine.attr_name}:*"
    return [
        Statement(actions=["states:ListExecutions"], resources=[machine.ref]),
        Statement(
            actions=["states:StopExecution"],
            resources=[executions],
            wildcard="Executions are named by EventBridge; the state machine is named. "
            "https://docs.aws.amazon.com/step-functions/latest/dg/concept-create-iam-advanced.html",
        ),
        Statement(actions=["sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint"], resources=[endpoint_arn]),
        Statement(
            actions=["sagemaker:DeleteEndpointConfig", "sagemaker:DeleteModel"],
            resources=[_made("endpoint-config", name_prefix), _made("model", name_prefix)],
            wildcard=_NAMED_LATER,
        ),
        Statement(
            actions=["sagemaker:ListEndpointConfigs", "sagemaker:ListModels"],
            resources=ANYTHING,
            wildcard=f"The actions that list models and configurations take no resource. {_LIST}",
        ),
    ]


def retrain_statement(pipeline_arn: str) -> Statement:
    """What starts a pipeline that does not run already."""
    actions = ["sagemaker:ListPipelineExecutions", "sagemaker:StartPipelineExecution"]
    return Statement(actions=actions, resources=[pipeline_arn])


def _made(resource: str, name_prefix: str) -> str:
    return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}/{name_prefix}-*"
