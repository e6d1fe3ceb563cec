"""CloudFormation types that several rules look at."""

from __future__ import annotations

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
