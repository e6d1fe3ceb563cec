"""Generative AI: Bedrock's models, guardrails, prompts and knowledge bases, agents on AgentCore, and customization.

A name is imported when it is asked for: an app that calls a model does not wait for agents. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
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
    from cdk_ml.genai.guardrails.alarms import GuardrailAlarms
    from cdk_ml.genai.guardrails.applied import GuardrailBase
    from cdk_ml.genai.guardrails.attachment import NoGuardrail, chosen_guardrail, default_guardrail
    from cdk_ml.genai.guardrails.automated_reasoning import (
        AutomatedReasoning,
        AutomatedReasoningPolicy,
        ReasoningRule,
        ReasoningVariable,
    )
    from cdk_ml.genai.guardrails.content_filter import (
        ContentCategory,
        ContentFilter,
        FilterModality,
        FilterStrength,
    )
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
    from cdk_ml.genai.models.foundation_model import FoundationModel
    from cdk_ml.genai.models.invokable import InvokableModel
    from cdk_ml.genai.prompts.prompt import Prompt, PromptAlternative
    from cdk_ml.genai.prompts.template import ChatMessage, ChatRole, ChatTemplate, PromptInference, TextTemplate

__all__ = [
    "AudioFinding",
    "AudioOutput",
    "AutomatedReasoning",
    "AutomatedReasoningPolicy",
    "BlockedMessages",
    "Blueprint",
    "ChatMessage",
    "ChatRole",
    "ChatTemplate",
    "CollectorNode",
    "ConditionEdge",
    "ConditionNode",
    "ContentCategory",
    "ContentFilter",
    "DataAutomationGeography",
    "DataAutomationProject",
    "DataAutomationWorkflow",
    "DataEdge",
    "DeniedTopic",
    "DocumentGranularity",
    "DocumentOutput",
    "EnforcedGuardrail",
    "FilterModality",
    "FilterStrength",
    "Flow",
    "FlowNode",
    "FlowPort",
    "FlowType",
    "FoundationModel",
    "FunctionNode",
    "Grounding",
    "Guarding",
    "Guardrail",
    "GuardrailAlarms",
    "GuardrailBase",
    "GuardrailGeography",
    "GuardrailTier",
    "ImageFinding",
    "ImageOutput",
    "InlineCodeNode",
    "InputNode",
    "InvokableModel",
    "IteratorNode",
    "KnowledgeBaseNode",
    "Modality",
    "NoGuardrail",
    "OutputNode",
    "PiiEntity",
    "PiiType",
    "PrivatePattern",
    "Prompt",
    "PromptAlternative",
    "PromptInference",
    "PromptNode",
    "ReasoningRule",
    "ReasoningVariable",
    "RetrievalNode",
    "SensitiveAction",
    "SensitiveInformation",
    "StorageNode",
    "TextFormat",
    "TextTemplate",
    "VideoFinding",
    "VideoOutput",
    "WordFilter",
    "chosen_guardrail",
    "default_guardrail",
]

__getattr__ = on_demand(__name__)
