"""The nearest thing in a peer library: a SageMaker endpoint that serves an archive on ``ml.inf2.8xlarge``.

It makes neither network nor key, budget, alarms, dashboard or capture, so its template has fewer resources.

https://github.com/awslabs/generative-ai-cdk-constructs/tree/main/src/patterns/gen-ai/aws-model-deployment-sagemaker
"""

from __future__ import annotations

import aws_cdk as cdk
from cdklabs.generative_ai_cdk_constructs import sagemaker_deployment as peer

if __name__ == "__main__":
    app = cdk.App()
    stack = cdk.Stack(app, "NeuronInference")
    peer.CustomSageMakerEndpoint(
        stack,
        "Endpoint",
        model_id="llama",
        endpoint_name="llama",
        instance_type=peer.SageMakerInstanceType.of("ml.inf2.8xlarge"),
        container=peer.DeepLearningContainerImage.from_deep_learning_container_image(
            "pytorch-inference-neuronx", "2.8.0-neuronx-py311-sdk2.26.1-ubuntu22.04"
        ),
        model_data_url="s3://models/llama/model.tar.gz",
        environment={"NEURON_RT_NUM_CORES": "2"},
        instance_count=2,
        max_capacity=4,
    )
    app.synth()
