import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from cdk_ml.facts import images
from cdk_ml.sagemaker import Model, NeuronFit, RealTimeEndpoint
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Churn")
tags = CostTags(project="churn", owner="growth-ml", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
image = images.neuron_inference("pytorch", "2.8")
endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    workspace=workspace,
    model=Model.from_artifact(workspace.artifact_bucket, "churn/model.tar.gz", image=image),
    instance_type="ml.inf2.8xlarge",
    neuron=NeuronFit(parameters=7e9, batch_size=4, sequence_length=4096, tensor_parallel_degree=2),
)

caller = lambda_.Function(
    stack,
    "Caller",
    runtime=lambda_.Runtime.PYTHON_3_13,
    handler="index.handler",
    code=lambda_.Code.from_inline("def handler(event, context): ..."),
    environment={"ENDPOINT": endpoint.endpoint_name},
)
endpoint.grant_invoke(caller)
endpoint.connections.allow_to_any_ipv4(ec2.Port.tcp(443), "Hugging Face, through your proxy")
cloudwatch.Alarm(
    stack,
    "Silence",
    metric=endpoint.metric_invocations(),
    threshold=1,
    comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluation_periods=3,
)
endpoint.cfn_endpoint.add_metadata("runbook", "https://runbooks.example.com/churn")
app.synth()
