"""What several rules look at, and show in their examples."""

from __future__ import annotations

from typing import Any

COMPUTE_TYPES = (
    "AWS::Comprehend::DocumentClassifierEndpoint",
    "AWS::Comprehend::EntityRecognizerEndpoint",
    "AWS::EMR::Cluster",
    "AWS::SageMaker::Cluster",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::InferenceComponent",
    "AWS::SageMaker::NotebookInstance",
)
"""Types that cost money by the hour as long as they exist, or hold what does, and can be tagged."""

VARIANT: dict[str, Any] = {
    "VariantName": "A",
    "ModelName": "m",
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 2,
}
"""A production variant, for the examples of rules on endpoint configurations."""
