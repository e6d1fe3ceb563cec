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
    from cdk_ml.genai.guardrails.alarms import GuardrailAlarms
    from cdk_ml.genai.guardrails.applied import GuardrailBase
    from cdk_ml.genai.guardrails.attachment import NoGuardrail, chosen_guardrail, default_guardrail
    from cdk_ml.genai.guardrails.automated_reasoning import (
        AutomatedReasoning,
        AutomatedReasoningPolicy,
        ReasoningRule,
        ReasoningVariable,
    )
    from cdk_ml.genai.guardrails.content_filter import ContentCategory, ContentFilter, FilterModality, FilterStrength
    from cdk_ml.genai.guardrails.cross_region import GuardrailGeography
    from cdk_ml.genai.guardrails.denials import DeniedTopic, GuardrailTier, WordFilter
    from cdk_ml.genai.guardrails.enforced_guardrail import EnforcedGuardrail, Guarding
    from cdk_ml.genai.guardrails.grounding import Grounding
    from cdk_ml.genai.guardrails.guardrail import BlockedMessages, Guardrail
    from cdk_ml.genai.guardrails.sensitive import (
        PiiEntity,
        PiiType,
        PrivatePattern,
        SensitiveAction,
        SensitiveInformation,
    )
    from cdk_ml.genai.knowledge_bases.chunking import (
        Chunking,
        FixedChunks,
        HierarchicalChunks,
        SemanticChunks,
        WholeDocuments,
    )
    from cdk_ml.genai.knowledge_bases.connectors import (
        ConfluenceSource,
        CustomSource,
        SalesforceSource,
        SharePointSource,
    )
    from cdk_ml.genai.knowledge_bases.existing_stores import Aurora, ExistingOpenSearch, NeptuneAnalytics
    from cdk_ml.genai.knowledge_bases.filters import (
        Filter,
        and_all,
        at_least,
        at_most,
        contains,
        equals,
        greater_than,
        in_,
        less_than,
        list_contains,
        not_equals,
        not_in,
        or_all,
        starts_with,
    )
    from cdk_ml.genai.knowledge_bases.ingestion import DataAutomationParsing, Ingestion, ModelParsing, Parsing
    from cdk_ml.genai.knowledge_bases.knowledge_base import KnowledgeBase
    from cdk_ml.genai.knowledge_bases.managed import ManagedConnector, ManagedKnowledgeBase
    from cdk_ml.genai.knowledge_bases.opensearch import OpenSearchServerless
    from cdk_ml.genai.knowledge_bases.patterns import ObjectFilter
    from cdk_ml.genai.knowledge_bases.retrieval import Reranking, Retrieval
    from cdk_ml.genai.knowledge_bases.s3_source import S3Source
    from cdk_ml.genai.knowledge_bases.s3_vectors import S3Vectors
    from cdk_ml.genai.knowledge_bases.source import DataDeletion, DataSource, Source
    from cdk_ml.genai.knowledge_bases.store import VectorStore, VectorType
    from cdk_ml.genai.knowledge_bases.sync import KnowledgeBaseSync
    from cdk_ml.genai.knowledge_bases.web_source import WebSource
    from cdk_ml.genai.models.application_inference_profile import ApplicationInferenceProfile
    from cdk_ml.genai.models.cross_region_profile import CrossRegionProfile
    from cdk_ml.genai.models.foundation_model import FoundationModel
    from cdk_ml.genai.models.geography import Geography
    from cdk_ml.genai.models.invokable import InvokableModel
    from cdk_ml.genai.prompts.prompt import Prompt, PromptAlternative
    from cdk_ml.genai.prompts.template import ChatMessage, ChatRole, ChatTemplate, PromptInference, TextTemplate

__all__ = [
    "ApplicationInferenceProfile",
    "Aurora",
    "AutomatedReasoning",
    "AutomatedReasoningPolicy",
    "BatchInference",
    "BlockedMessages",
    "ChatMessage",
    "ChatRole",
    "ChatTemplate",
    "Chunking",
    "ConfluenceSource",
    "ContentCategory",
    "ContentFilter",
    "ContinuedPreTraining",
    "CrossRegionProfile",
    "CustomModel",
    "CustomSource",
    "DataAutomationParsing",
    "DataDeletion",
    "DataSource",
    "DeniedTopic",
    "Distillation",
    "EnforcedGuardrail",
    "ExistingOpenSearch",
    "Filter",
    "FilterModality",
    "FilterStrength",
    "FineTuning",
    "FixedChunks",
    "FoundationModel",
    "Geography",
    "Grounding",
    "Guarding",
    "Guardrail",
    "GuardrailAlarms",
    "GuardrailBase",
    "GuardrailGeography",
    "GuardrailTier",
    "HierarchicalChunks",
    "Ingestion",
    "InvokableModel",
    "Judge",
    "KnowledgeBase",
    "KnowledgeBaseSync",
    "ManagedConnector",
    "ManagedKnowledgeBase",
    "ModelCustomizationWorkflow",
    "ModelImport",
    "ModelParsing",
    "NeptuneAnalytics",
    "NoGuardrail",
    "ObjectFilter",
    "OpenSearchServerless",
    "Parsing",
    "PiiEntity",
    "PiiType",
    "PrivatePattern",
    "Prompt",
    "PromptAlternative",
    "PromptInference",
    "ReasoningRule",
    "ReasoningVariable",
    "Reranking",
    "Retrieval",
    "S3Source",
    "S3Vectors",
    "SalesforceSource",
    "SemanticChunks",
    "SensitiveAction",
    "SensitiveInformation",
    "SharePointSource",
    "Source",
    "TextTemplate",
    "TokenCeiling",
    "TrainingData",
    "VectorStore",
    "VectorType",
    "WebSource",
    "WholeDocuments",
    "WordFilter",
    "and_all",
    "at_least",
    "at_most",
    "chosen_guardrail",
    "contains",
    "default_guardrail",
    "equals",
    "greater_than",
    "in_",
    "less_than",
    "list_contains",
    "not_equals",
    "not_in",
    "or_all",
    "starts_with",
]

__getattr__ = on_demand(__name__)
