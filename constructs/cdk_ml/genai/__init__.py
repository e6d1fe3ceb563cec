"""Generative AI: Bedrock's models, guardrails, prompts and knowledge bases, agents on AgentCore, and customization.

A name is imported when it is asked for: an app that calls a model does not wait for agents. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.genai.agents.agent_code import AgentCode
    from cdk_ml.genai.agents.authorizer import JwtAuthorizer
    from cdk_ml.genai.agents.browser import AgentBrowser
    from cdk_ml.genai.agents.classic_agent import ActionGroup, ClassicAgent, Collaborator
    from cdk_ml.genai.agents.code_interpreter import CodeInterpreter, CodeNetwork
    from cdk_ml.genai.agents.credentials import ApiKeyCredential, OAuth2Credential
    from cdk_ml.genai.agents.evaluation import AgentEvaluation
    from cdk_ml.genai.agents.gateway import AgentGateway
    from cdk_ml.genai.agents.judge import AgentJudge, BuiltinEvaluator
    from cdk_ml.genai.agents.memory import AgentMemory, MemoryStrategy, StrategyType
    from cdk_ml.genai.agents.policy_engine import AgentPolicyEngine
    from cdk_ml.genai.agents.rate_limit import RateLimit
    from cdk_ml.genai.agents.runtime import AgentRuntime
    from cdk_ml.genai.agents.sessions import Sessions
    from cdk_ml.genai.agents.targets import LambdaTarget, McpTarget, OpenApiTarget
    from cdk_ml.genai.agents.tools import Tool
    from cdk_ml.genai.assistants.knowledge_assistant import KnowledgeAssistant
    from cdk_ml.genai.customization.batch_inference import BatchInference
    from cdk_ml.genai.customization.custom_model import CustomModel
    from cdk_ml.genai.customization.evaluation import Judge
    from cdk_ml.genai.customization.methods import ContinuedPreTraining, Distillation, FineTuning
    from cdk_ml.genai.customization.model_customization import ModelCustomizationWorkflow, TokenCeiling, TrainingData
    from cdk_ml.genai.customization.model_import import ModelImport
    from cdk_ml.genai.data_automation.blueprint import Blueprint
    from cdk_ml.genai.data_automation.permissions import DataAutomationGeography
    from cdk_ml.genai.data_automation.project import DataAutomationProject
    from cdk_ml.genai.data_automation.standard_output import (
        AudioFinding,
        AudioOutput,
        DocumentGranularity,
        DocumentOutput,
        ImageFinding,
        ImageOutput,
        Modality,
        TextFormat,
        VideoFinding,
        VideoOutput,
    )
    from cdk_ml.genai.data_automation.workflow import DataAutomationWorkflow
    from cdk_ml.genai.flows.data_nodes import (
        FunctionNode,
        InlineCodeNode,
        KnowledgeBaseNode,
        PromptNode,
        RetrievalNode,
        StorageNode,
    )
    from cdk_ml.genai.flows.flow import Flow
    from cdk_ml.genai.flows.graph import ConditionEdge, DataEdge
    from cdk_ml.genai.flows.logic_nodes import CollectorNode, ConditionNode, InputNode, IteratorNode, OutputNode
    from cdk_ml.genai.flows.node import FlowNode, FlowPort, FlowType
    from cdk_ml.genai.gateway.ended import CodeWhisperer
    from cdk_ml.genai.gateway.function import CallLimit
    from cdk_ml.genai.gateway.model_gateway import ModelGateway
    from cdk_ml.genai.gateway.team import Team, TeamQuota, TokenPrice
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
    from cdk_ml.genai.knowledge_bases.filters import Filter
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
    from cdk_ml.genai.models.invocation_logging import InvocationLogging, LoggedData
    from cdk_ml.genai.models.invokable import InvokableModel
    from cdk_ml.genai.models.prompt_router import PromptRouter
    from cdk_ml.genai.models.provisioned_throughput import Commitment, ProvisionedThroughput
    from cdk_ml.genai.models.token_alarms import TokenAlarms
    from cdk_ml.genai.prompts.prompt import Prompt, PromptAlternative
    from cdk_ml.genai.prompts.template import ChatMessage, ChatRole, ChatTemplate, PromptInference, TextTemplate

__all__ = [
    "ActionGroup",
    "AgentBrowser",
    "AgentCode",
    "AgentEvaluation",
    "AgentGateway",
    "AgentJudge",
    "AgentMemory",
    "AgentPolicyEngine",
    "AgentRuntime",
    "ApiKeyCredential",
    "ApplicationInferenceProfile",
    "AudioFinding",
    "AudioOutput",
    "Aurora",
    "AutomatedReasoning",
    "AutomatedReasoningPolicy",
    "BatchInference",
    "BlockedMessages",
    "Blueprint",
    "BuiltinEvaluator",
    "CallLimit",
    "ChatMessage",
    "ChatRole",
    "ChatTemplate",
    "Chunking",
    "ClassicAgent",
    "CodeInterpreter",
    "CodeNetwork",
    "CodeWhisperer",
    "Collaborator",
    "CollectorNode",
    "Commitment",
    "ConditionEdge",
    "ConditionNode",
    "ConfluenceSource",
    "ContentCategory",
    "ContentFilter",
    "ContinuedPreTraining",
    "CrossRegionProfile",
    "CustomModel",
    "CustomSource",
    "DataAutomationGeography",
    "DataAutomationParsing",
    "DataAutomationProject",
    "DataAutomationWorkflow",
    "DataDeletion",
    "DataEdge",
    "DataSource",
    "DeniedTopic",
    "Distillation",
    "DocumentGranularity",
    "DocumentOutput",
    "EnforcedGuardrail",
    "ExistingOpenSearch",
    "Filter",
    "FilterModality",
    "FilterStrength",
    "FineTuning",
    "FixedChunks",
    "Flow",
    "FlowNode",
    "FlowPort",
    "FlowType",
    "FoundationModel",
    "FunctionNode",
    "Geography",
    "Grounding",
    "Guarding",
    "Guardrail",
    "GuardrailAlarms",
    "GuardrailBase",
    "GuardrailGeography",
    "GuardrailTier",
    "HierarchicalChunks",
    "ImageFinding",
    "ImageOutput",
    "Ingestion",
    "InlineCodeNode",
    "InputNode",
    "InvocationLogging",
    "InvokableModel",
    "IteratorNode",
    "Judge",
    "JwtAuthorizer",
    "KnowledgeAssistant",
    "KnowledgeBase",
    "KnowledgeBaseNode",
    "KnowledgeBaseSync",
    "LambdaTarget",
    "LoggedData",
    "ManagedConnector",
    "ManagedKnowledgeBase",
    "McpTarget",
    "MemoryStrategy",
    "Modality",
    "ModelCustomizationWorkflow",
    "ModelGateway",
    "ModelImport",
    "ModelParsing",
    "NeptuneAnalytics",
    "NoGuardrail",
    "OAuth2Credential",
    "ObjectFilter",
    "OpenApiTarget",
    "OpenSearchServerless",
    "OutputNode",
    "Parsing",
    "PiiEntity",
    "PiiType",
    "PrivatePattern",
    "Prompt",
    "PromptAlternative",
    "PromptInference",
    "PromptNode",
    "PromptRouter",
    "ProvisionedThroughput",
    "RateLimit",
    "ReasoningRule",
    "ReasoningVariable",
    "Reranking",
    "Retrieval",
    "RetrievalNode",
    "S3Source",
    "S3Vectors",
    "SalesforceSource",
    "SemanticChunks",
    "SensitiveAction",
    "SensitiveInformation",
    "Sessions",
    "SharePointSource",
    "Source",
    "StorageNode",
    "StrategyType",
    "Team",
    "TeamQuota",
    "TextFormat",
    "TextTemplate",
    "TokenAlarms",
    "TokenCeiling",
    "TokenPrice",
    "Tool",
    "TrainingData",
    "VectorStore",
    "VectorType",
    "VideoFinding",
    "VideoOutput",
    "WebSource",
    "WholeDocuments",
    "WordFilter",
    "chosen_guardrail",
    "default_guardrail",
]

__getattr__ = on_demand(__name__)
