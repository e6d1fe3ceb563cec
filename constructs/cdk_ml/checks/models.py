"""Finds the foundation models that a resource names, wherever in its properties.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_ml.assembly import Resource
from cdk_ml.checks.values import literals
from cdk_ml.facts.foundation_models import ModelFacts, ModelState, find

CALLER_TYPES = (
    "AWS::Bedrock::Agent",
    "AWS::Bedrock::ApplicationInferenceProfile",
    "AWS::Bedrock::DataSource",
    "AWS::Bedrock::Flow",
    "AWS::Bedrock::FlowVersion",
    "AWS::Bedrock::IntelligentPromptRouter",
    "AWS::Bedrock::KnowledgeBase",
    "AWS::Bedrock::Prompt",
    "AWS::BedrockAgentCore::Runtime",
    "AWS::ECS::TaskDefinition",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::SSM::Parameter",
    "AWS::StepFunctions::StateMachine",
)
"""Types that name models: what calls one, what may call one, and where an id is kept."""

SOURCE = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html"

# An id, after a geography or an ARN: provider, dot, model, and versions after colons.
_ID = re.compile(
    r"(?<![\w-])(?:us-gov|us|eu|apac|au|jp|ca|in|global)?\.?([a-z0-9]+\.[a-z][a-z0-9.-]*(?::\d+)*(?::\d+k)?)"
)


def named(resource: Resource, state: ModelState) -> Iterator[ModelFacts]:
    """The models in that state that a resource names, each once."""
    found = {match for text in literals(resource.properties) if "." in text for match in _ID.findall(text)}
    models = {known.id: known for id in found if (known := find(id)) is not None and known.state is state}
    yield from (models[id] for id in sorted(models))
