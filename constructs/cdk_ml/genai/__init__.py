"""Generative AI: Bedrock's models, guardrails, prompts and knowledge bases, agents on AgentCore, and customization.

A name is imported when it is asked for: an app that calls a model does not wait for agents. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.genai.customization.batch_inference import BatchInference
    from cdk_ml.genai.customization.custom_model import CustomModel
    from cdk_ml.genai.customization.evaluation import Judge
    from cdk_ml.genai.customization.methods import ContinuedPreTraining, Distillation, FineTuning
    from cdk_ml.genai.customization.model_customization import ModelCustomizationWorkflow, TokenCeiling, TrainingData
    from cdk_ml.genai.customization.model_import import ModelImport
    from cdk_ml.genai.models.application_inference_profile import ApplicationInferenceProfile
    from cdk_ml.genai.models.cross_region_profile import CrossRegionProfile
    from cdk_ml.genai.models.foundation_model import FoundationModel
    from cdk_ml.genai.models.geography import Geography
    from cdk_ml.genai.models.invokable import InvokableModel

__all__ = [
    "ApplicationInferenceProfile",
    "BatchInference",
    "ContinuedPreTraining",
    "CrossRegionProfile",
    "CustomModel",
    "Distillation",
    "FineTuning",
    "FoundationModel",
    "Geography",
    "InvokableModel",
    "Judge",
    "ModelCustomizationWorkflow",
    "ModelImport",
    "TokenCeiling",
    "TrainingData",
]

__getattr__ = on_demand(__name__)
