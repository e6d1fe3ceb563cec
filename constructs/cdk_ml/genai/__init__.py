"""Generative AI: Bedrock's models, guardrails, prompts and knowledge bases, agents on AgentCore, and customization.

A name is imported when it is asked for: an app that calls a model does not wait for agents. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.genai.models.application_inference_profile import ApplicationInferenceProfile
    from cdk_ml.genai.models.cross_region_profile import CrossRegionProfile
    from cdk_ml.genai.models.foundation_model import FoundationModel
    from cdk_ml.genai.models.geography import Geography
    from cdk_ml.genai.models.invocation_logging import InvocationLogging, LoggedData
    from cdk_ml.genai.models.invokable import InvokableModel
    from cdk_ml.genai.models.prompt_router import PromptRouter
    from cdk_ml.genai.models.provisioned_throughput import Commitment, ProvisionedThroughput
    from cdk_ml.genai.models.token_alarms import TokenAlarms

__all__ = [
    "ApplicationInferenceProfile",
    "Commitment",
    "CrossRegionProfile",
    "FoundationModel",
    "Geography",
    "InvocationLogging",
    "InvokableModel",
    "LoggedData",
    "PromptRouter",
    "ProvisionedThroughput",
    "TokenAlarms",
]

__getattr__ = on_demand(__name__)
