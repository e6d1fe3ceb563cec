import aws_cdk as cdk

from cdk_ml.cost import MonthlyLimit
from cdk_ml.facts import images
from cdk_ml.sagemaker import Model, NeuronFit, RealTimeEndpoint, Scaling
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Churn")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    monthly_limit=MonthlyLimit(usd=2_000, notify=["ml-oncall@example.com"]),
)
endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    workspace=workspace,
    model=Model.from_artifact(
        workspace.artifact_bucket, "churn/model.tar.gz", image=images.neuron_inference("pytorch", "2.8")
    ),
    instance_type="ml.inf2.8xlarge",
    neuron=NeuronFit(parameters=7e9, batch_size=4, sequence_length=4096, tensor_parallel_degree=2),
    scaling=Scaling(minimum=1, maximum=6, invocations_per_instance=400),
)
app.synth()
