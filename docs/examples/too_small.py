import aws_cdk as cdk

from cdk_ml.facts import images
from cdk_ml.sagemaker import Model, NeuronFit, RealTimeEndpoint, Scaling
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Churn")
tags = CostTags(project="churn", owner="growth-ml", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
image = images.neuron_inference("pytorch", "2.8")
RealTimeEndpoint(
    stack,
    "Endpoint",
    workspace=workspace,
    model=Model.from_artifact(workspace.artifact_bucket, "churn/model.tar.gz", image=image),
    instance_type="ml.inf2.8xlarge",
    neuron=NeuronFit(parameters=7e9, batch_size=4, sequence_length=4096, tensor_parallel_degree=1),
    scaling=Scaling(minimum=4, maximum=2, invocations_per_instance=400),
)
