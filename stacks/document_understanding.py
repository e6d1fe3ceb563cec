"""Letters and invoices that are read, taken apart and answered: fields for a system, a draft for a person.

    incoming/*.pdf ──> data automation ──> fields by a blueprint of your own, in results/
                          │ cannot be read: dead letter queue, alarm
    application ──> flow ──> prompt: what does it want? ──> a refund? ── yes ──> a person
                               behind the guardrail            └── no ───> prompt: a draft of an answer

The draft is asked of a prompt router, which takes the small model where it does as well as the large one. Prompts are
published in versions, and the flow's alias moves with them.

Idle cost: 1 USD a month for the key and 0.70 USD for alarms.

Try it: ``cdk deploy DocumentUnderstanding`` in us-east-1 or us-west-2; put a PDF under ``incoming/`` of the bucket that
the stack prints and look under ``results/``; ask the flow with ``aws bedrock-agent-runtime invoke-flow`` and its alias.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml import genai
from cdk_ml.cost import MonthlyLimit
from cdk_ml.genai import ConditionEdge, DataEdge
from cdk_ml.workspace import CostTags, Profile, Workspace

INVOICE = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "description": "An invoice of a supplier",
    "class": "invoice",
    "type": "object",
    "properties": {
        "supplier": {"type": "string", "inferenceType": "explicit", "instruction": "Who sends it"},
        "total": {"type": "number", "inferenceType": "explicit", "instruction": "What is to be paid"},
    },
}
REFUND = {"refund": 'refund == "yes"'}


class DocumentUnderstanding(cdk.Stack):
    """Data automation for files that arrive, and a flow of published prompts for letters."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="document-understanding", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=100))
        document = genai.Modality.DOCUMENT
        invoice = genai.Blueprint(self, "Invoice", workspace=workspace, modality=document, schema=INVOICE)
        project = genai.DataAutomationProject(
            self, "Project", workspace=workspace, documents=genai.DocumentOutput(), blueprints=[invoice]
        )
        us = genai.DataAutomationGeography.US
        reading = genai.DataAutomationWorkflow(self, "Reading", workspace=workspace, project=project, geography=us)
        small, large = (genai.CrossRegionProfile(f"amazon.nova-{size}-v1:0", "us") for size in ("lite", "pro"))
        router = genai.PromptRouter(self, "Router", workspace=workspace, model=large, fallback=small)
        texts: dict[str, tuple[str, genai.InvokableModel]] = {
            "Intent": ("Is this about a refund? Say yes or no. {{letter}}", small),
            "Draft": ("Answer kindly, and promise nothing: {{letter}}", router),
        }
        templates = {name: genai.TextTemplate(text=text, variables=["letter"]) for name, (text, _) in texts.items()}
        prompts = {
            name: genai.Prompt(self, name, workspace=workspace, template=templates[name], model=model)
            for name, (_, model) in texts.items()
        }
        letters = genai.Flow(
            self,
            "Letters",
            workspace=workspace,
            nodes=[
                genai.InputNode(name="Start"),
                *(genai.PromptNode(name=name, prompt=prompt) for name, prompt in prompts.items()),
                genai.ConditionNode(name="Route", inputs=[genai.FlowPort("refund")], conditions=REFUND),
                genai.OutputNode(name="Drafted"),
                genai.OutputNode(name="ToPeople"),
            ],
            edges=[
                DataEdge("Start.document", "Intent.letter"),
                DataEdge("Intent.modelCompletion", "Route.refund"),
                ConditionEdge("Route.refund", "ToPeople"),
                ConditionEdge("Route.default", "Draft"),
                DataEdge("Start.document", "Draft.letter"),
                DataEdge("Draft.modelCompletion", "Drafted.document"),
                DataEdge("Start.document", "ToPeople.document"),
            ],
        )
        cdk.CfnOutput(self, "Bucket", value=reading.bucket.bucket_name)
        cdk.CfnOutput(self, "FlowAliasArn", value=letters.alias_arn)
