"""One language model on GPUs that go away when nobody asks, and the same on Inferentia2 that stays.

    caller ──> component endpoint ──> "chat": two GPUs of an ml.g5.12xlarge a copy, 0..4 copies on 0..2 instances
    caller ──> real-time endpoint ──> ml.inf2.8xlarge x 1..4, one model over two NeuronCores
                   both: no network, no internet, volumes encrypted; alarms send a bad update back and tell a topic

The first fits traffic with pauses: a request that finds no copy fails at once and starts one, ten minutes or so for
instance and model. The second answers day and night for less than a GPU. Both are checked at synth against the memory
of what they run on; compare them with the same questions, and delete the one that loses.

Idle cost: the profile's minimum number of ml.inf2.8xlarge instances, day and night; nothing for GPUs once the first
copy, which shows that the model starts, has gone; 1 USD a month for the key, alarms and a dashboard.

Try it: put a model of 8 billion parameters, as the Hugging Face hub has it, into a folder of a bucket, and the same
compiled for Neuron as a .tar.gz beside it, and ``cdk deploy LlmHosting --parameters ModelBucket=my-models --parameters
ModelFolder=llm --parameters NeuronModelKey=llm-neuron/model.tar.gz``. Your account needs quotas for ml.g5.12xlarge and
ml.inf2.8xlarge endpoints. Ask with ``InferenceComponentName`` as the output says it.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    ComponentEndpoint,
    GpuFit,
    InferenceComponent,
    Model,
    NeuronFit,
    RealTimeEndpoint,
    Scaling,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

_LLAMA: dict[str, Any] = {"parameters": 8e9, "layers": 32, "key_value_heads": 8, "head_size": 128}


class LlmHosting(cdk.Stack):
    """An 8-billion-parameter model on GPUs that scale to zero, and on Inferentia2."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="llm-hosting", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=4_000))
        bucket = cdk.CfnParameter(self, "ModelBucket", description="Bucket that holds the model")
        folder = cdk.CfnParameter(
            self, "ModelFolder", description="Folder of that bucket with the model's files", allowed_pattern=".*[^/]"
        )
        key = cdk.CfnParameter(self, "NeuronModelKey", description="Key of the .tar.gz archive compiled for Neuron")
        models = s3.Bucket.from_bucket_name(self, "Models", bucket.value_as_string)
        lmi = images.deep_learning_container(
            purpose="inference", framework="djl-lmi", version="29.0.0", accelerator="gpu"
        )
        chat = InferenceComponent(
            model=Model.from_artifact(models, f"{folder.value_as_string}/", image=lmi, startup_seconds=1_200),
            memory_mb=65_536,
            accelerators=2,
            gpu=GpuFit(batch_size=16, sequence_length=8_192, tensor_parallel_degree=2, **_LLAMA),
            scaling=Scaling(minimum=0, maximum=4, concurrent_requests_per_copy=16),
        )
        on_gpus = ComponentEndpoint(
            self,
            "OnGpus",
            workspace=workspace,
            components={"chat": chat},
            instance_type="ml.g5.12xlarge",
            maximum_instances=2,
        )
        on_neuron = RealTimeEndpoint(
            self,
            "OnNeuron",
            workspace=workspace,
            model=Model.from_artifact(
                models, key.value_as_string, image=images.neuron_inference("pytorch", "2.8"), startup_seconds=1_200
            ),
            instance_type="ml.inf2.8xlarge",
            neuron=NeuronFit(batch_size=8, sequence_length=8_192, tensor_parallel_degree=2, **_LLAMA),
            scaling=Scaling(minimum=profile.minimum_instances, maximum=4, concurrent_requests_per_instance=8),
        )
        cdk.CfnOutput(self, "GpuEndpointName", value=on_gpus.endpoint_name)
        cdk.CfnOutput(self, "GpuComponentName", value=on_gpus.component_names["chat"])
        cdk.CfnOutput(self, "NeuronEndpointName", value=on_neuron.endpoint_name)
