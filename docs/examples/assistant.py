"""An assistant over the handbooks, which checks that answers are in them."""

import aws_cdk as cdk

from cdk_ml.genai import (
    CrossRegionProfile,
    FoundationModel,
    Grounding,
    Guardrail,
    KnowledgeAssistant,
    KnowledgeBase,
    Retrieval,
    S3Source,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Support", env=cdk.Environment(region="us-east-1"))
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="support", owner="service-ml", cost_center="4711"),
)
handbooks = KnowledgeBase(
    stack,
    "Handbooks",
    workspace=workspace,
    embedding=FoundationModel("amazon.titan-embed-text-v2:0"),
    sources=[S3Source(name="handbooks", prefix="handbooks/")],
)
assistant = KnowledgeAssistant(
    stack,
    "Assistant",
    workspace=workspace,
    knowledge_base=handbooks,
    model=CrossRegionProfile("amazon.nova-2-lite-v1:0", "us"),
    guardrail=Guardrail(stack, "Guardrail", workspace=workspace, grounding=Grounding(grounding=0.8, relevance=0.6)),
    retrieval=Retrieval(results=8),
    title="Ask the handbooks",
    instructions="You help the service desk. Answer in three sentences at most.",
)
cdk.CfnOutput(stack, "Page", value=assistant.url)
app.synth()
