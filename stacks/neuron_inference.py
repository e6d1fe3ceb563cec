"""A language model on Inferentia2, behind a private real-time endpoint.

    caller with grant_invoke ──> endpoint ──> ml.inf2.8xlarge x 1..4, one model over two NeuronCores
                                    │             (no network, no internet, volumes under the workspace's key)
                                    ├── canary updates, sent back by alarms on errors and latency
                                    ├── captured requests ──> data bucket
                                    └── alarms, budget ──> alert topic

Idle cost: the profile's minimum number of ml.inf2.8xlarge instances, day and night, plus 1 USD a month for the key.

Try it: compile a model for Neuron, pack it as the AWS Deep Learning Container expects, put it into a bucket, and
``cdk deploy NeuronInference --parameters ModelBucket=my-models --parameters ModelKey=llama/model.tar.gz``.
Your account needs a quota for ml.inf2.8xlarge endpoints.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.facts import images
from cdk_ml.sagemaker import Model, NeuronFit, RealTimeEndpoint, Scaling
from cdk_ml.workspace import CostTags, Profile, Workspace


class NeuronInference(cdk.Stack):
    """A 7-billion-parameter model on Inferentia2, with its budget and its alarms."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        workspace = Workspace(
            self,
            "Workspace",
            profile=profile,
            tags=CostTags(project="neuron-inference", owner="ml-platform", cost_center="ml"),
            monthly_limit=MonthlyLimit(usd=3_000),
        )
        bucket = cdk.CfnParameter(self, "ModelBucket", description="Bucket that holds the compiled model")
        key = cdk.CfnParameter(self, "ModelKey", description="Key of the model's .tar.gz archive in that bucket")
        endpoint = RealTimeEndpoint(
            self,
            "Endpoint",
            workspace=workspace,
            model=Model.from_artifact(
                s3.Bucket.from_bucket_name(self, "Models", bucket.value_as_string),
                key.value_as_string,
                image=images.neuron_inference("pytorch", "2.8"),
                startup_seconds=900,
            ),
            instance_type="ml.inf2.8xlarge",
            neuron=NeuronFit(
                parameters=7e9, dtype="bf16", batch_size=4, sequence_length=4096, tensor_parallel_degree=2
            ),
            scaling=Scaling(minimum=profile.minimum_instances, maximum=4, concurrent_requests_per_instance=4),
        )
        cdk.CfnOutput(self, "EndpointName", value=endpoint.endpoint_name)
