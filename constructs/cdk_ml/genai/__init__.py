"""Generative AI: Bedrock's models, guardrails, prompts and knowledge bases, agents on AgentCore, and customization.

A name is imported when it is asked for: an app that calls a model does not wait for agents. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.genai.agents.agent_code import AgentCode
    from cdk_ml.genai.agents.authorizer import JwtAuthorizer
    from cdk_ml.genai.agents.browser import AgentBrowser
    from cdk_ml.genai.agents.code_interpreter import CodeInterpreter, CodeNetwork
    from cdk_ml.genai.agents.credentials import ApiKeyCredential, OAuth2Credential
    from cdk_ml.genai.agents.evaluation import AgentEvaluation
    from cdk_ml.genai.agents.gateway import AgentGateway
    from cdk_ml.genai.agents.judge import BuiltinEvaluator, Judge
    from cdk_ml.genai.agents.memory import AgentMemory, MemoryStrategy, StrategyType
    from cdk_ml.genai.agents.policy_engine import AgentPolicyEngine
    from cdk_ml.genai.agents.rate_limit import RateLimit
    from cdk_ml.genai.agents.runtime import AgentRuntime
    from cdk_ml.genai.agents.sessions import Sessions
    from cdk_ml.genai.agents.targets import LambdaTarget, McpTarget, OpenApiTarget
    from cdk_ml.genai.agents.tools import Tool
    from cdk_ml.genai.models.foundation_model import FoundationModel
    from cdk_ml.genai.models.invokable import InvokableModel

__all__ = [
    "AgentBrowser",
    "AgentCode",
    "AgentEvaluation",
    "AgentGateway",
    "AgentMemory",
    "AgentPolicyEngine",
    "AgentRuntime",
    "ApiKeyCredential",
    "BuiltinEvaluator",
    "CodeInterpreter",
    "CodeNetwork",
    "FoundationModel",
    "InvokableModel",
    "Judge",
    "JwtAuthorizer",
    "LambdaTarget",
    "McpTarget",
    "MemoryStrategy",
    "OAuth2Credential",
    "OpenApiTarget",
    "RateLimit",
    "Sessions",
    "StrategyType",
    "Tool",
]

__getattr__ = on_demand(__name__)
