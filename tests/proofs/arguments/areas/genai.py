"""Models of Bedrock, agents, knowledge bases, guardrails and documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_cdk import aws_secretsmanager as secretsmanager

from cdk_ml.genai import (
    AgentBrowser,
    AgentCode,
    AgentGateway,
    AgentMemory,
    AgentPolicyEngine,
    AgentRuntime,
    ApiKeyCredential,
    AutomatedReasoningPolicy,
    Blueprint,
    ClassicAgent,
    CodeInterpreter,
    CrossRegionProfile,
    DataAutomationProject,
    DataEdge,
    DocumentOutput,
    FoundationModel,
    Guardrail,
    GuardrailBase,
    InputNode,
    InvokableModel,
    KnowledgeBase,
    McpTarget,
    Modality,
    OAuth2Credential,
    OutputNode,
    Prompt,
    ReasoningRule,
    ReasoningVariable,
    S3Source,
    TextTemplate,
)
from cdk_ml.genai.knowledge_bases.base import KnowledgeBaseResource
from cdk_ml.workspace import Workspace
from tests.conftest import ROOT
from tests.proofs.arguments.known import Known

_DISCOVERY = "https://login.example.com/.well-known/openid-configuration"
_PURPOSE = "You help customers of a shop with their orders, and with nothing else."
_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "description": "A letter of a customer",
    "class": "letter",
    "type": "object",
    "properties": {"sender": {"type": "string", "inferenceType": "explicit", "instruction": "Who sends it"}},
}
_OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Stock", "version": "1"},
    "servers": [{"url": "https://stock.example.com"}],
    "paths": {"/items": {"get": {"operationId": "list_items", "responses": {"200": {"description": "Items"}}}}},
}

USUAL: Mapping[str, Sequence[Any]] = {
    "clients": [("churn-app",)],
    "dimensions": [256, 1024],
    "discovery_url": [_DISCOVERY],
    "document": [_OPENAPI],
    "edges": [(DataEdge("Start.document", "End.document"),)],
    "endpoint": ["https://tools.example.com/mcp"],
    "folder": ["stacks/scripts/agent_platform"],
    "instruction": [_PURPOSE],
    "instructions": ["Was it right? {context}"],
    "json_key": ["key"],
    "least": [{"Builtin.Correctness": 0.8}],
    "nodes": [(InputNode(name="Start"), OutputNode(name="End"))],
    "parameters": [{"order": {"type": "string"}}],
    "questions": ["questions.jsonl"],
    "ratings": [{"good": "It is right", "bad": "It is wrong"}],
    "role_arns": [("arn:aws:iam::111111111111:role/churn",)],
    "schema": [{"type": "object"}, _SCHEMA],
    "training": ["train.jsonl"],
}


def _gateway(known: Known) -> AgentGateway:
    target = McpTarget(name="tools", endpoint="https://tools.example.com", credential=known(OAuth2Credential))
    return AgentGateway(known.scope, "Gateway", workspace=known(Workspace), targets=[target])


def _agent(known: Known) -> AgentRuntime:
    return AgentRuntime(
        known.scope,
        "Agent",
        workspace=known(Workspace),
        code=AgentCode(folder=ROOT / "stacks/scripts/agent_platform"),
        model=FoundationModel("amazon.nova-pro-v1:0"),
        guardrail=known(Guardrail),
    )


def _classic(known: Known) -> ClassicAgent:
    return ClassicAgent(
        known.scope,
        "Classic",
        workspace=known(Workspace),
        model=FoundationModel("amazon.nova-pro-v1:0"),
        instruction=_PURPOSE,
        guardrail=known(Guardrail),
        existing_customer=True,
    )


def _reasoning(known: Known) -> AutomatedReasoningPolicy:
    names = ("isFullTime", "mayLeave")
    return AutomatedReasoningPolicy(
        known.scope,
        "Reasoning",
        workspace=known(Workspace),
        rules=[ReasoningRule(rule_id="FULLTIME0001", expression="(=> isFullTime mayLeave)")],
        variables=[ReasoningVariable(name=name, type="BOOL", description=name) for name in names],
    )


def _knowledge_base(known: Known) -> KnowledgeBase:
    return KnowledgeBase(
        known.scope,
        "KnowledgeBase",
        workspace=known(Workspace),
        embedding=FoundationModel("amazon.titan-embed-text-v2:0"),
        sources=[S3Source(name="usual")],
    )


def _login(known: Known) -> OAuth2Credential:
    return OAuth2Credential(
        known.scope,
        "Login",
        workspace=known(Workspace),
        discovery_url=_DISCOVERY,
        client_id="agent",
        secret=known(secretsmanager.ISecret),  # type: ignore[type-abstract]
        json_key="key",
        scopes=["tools"],
    )


def _api_key(known: Known) -> ApiKeyCredential:
    secret = known(secretsmanager.ISecret)  # type: ignore[type-abstract]
    return ApiKeyCredential(known.scope, "ApiKey", workspace=known(Workspace), secret=secret, json_key="key")


def _prompt(known: Known) -> Prompt:
    return Prompt(
        known.scope,
        "Prompt",
        workspace=known(Workspace),
        template=TextTemplate(text="Sum up {{letter}}", variables=["letter"]),
        model=FoundationModel("amazon.nova-lite-v1:0"),
    )


KNOWN: Mapping[type, Callable[[Known], Any]] = {
    AgentBrowser: lambda known: AgentBrowser(known.scope, "Browser", workspace=known(Workspace)),
    AgentGateway: _gateway,
    AgentMemory: lambda known: AgentMemory(known.scope, "Memory", workspace=known(Workspace)),
    AgentPolicyEngine: lambda known: AgentPolicyEngine(known.scope, "Engine", workspace=known(Workspace)),
    AgentRuntime: _agent,
    ApiKeyCredential: _api_key,
    AutomatedReasoningPolicy: _reasoning,
    Blueprint: lambda known: Blueprint(
        known.scope, "Blueprint", workspace=known(Workspace), modality=Modality.DOCUMENT, schema=_SCHEMA
    ),
    ClassicAgent: _classic,
    CodeInterpreter: lambda known: CodeInterpreter(known.scope, "Interpreter", workspace=known(Workspace)),
    CrossRegionProfile: lambda _: CrossRegionProfile("amazon.nova-2-lite-v1:0", "us"),
    DataAutomationProject: lambda known: DataAutomationProject(
        known.scope, "Project", workspace=known(Workspace), documents=DocumentOutput()
    ),
    FoundationModel: lambda _: FoundationModel("amazon.nova-lite-v1:0"),
    Guardrail: lambda known: Guardrail(known.scope, "KnownGuardrail", workspace=known(Workspace)),
    GuardrailBase: lambda known: known(Guardrail),
    InvokableModel: lambda _: FoundationModel("amazon.nova-pro-v1:0"),
    KnowledgeBase: _knowledge_base,
    KnowledgeBaseResource: lambda known: known(KnowledgeBase),
    OAuth2Credential: _login,
    Prompt: _prompt,
}
