"""Documents in a bucket and on a web site, found by their meaning, and kept up to date."""

import json

import aws_cdk as cdk

from cdk_ml.genai import (
    Filter,
    FoundationModel,
    HierarchicalChunks,
    Ingestion,
    KnowledgeBase,
    KnowledgeBaseSync,
    Reranking,
    Retrieval,
    S3Source,
    WebSource,
)
from cdk_ml.workflow import Function
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Handbooks")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="claims", owner="claims-ml", cost_center="4711"),
)
knowledge_base = KnowledgeBase(
    stack,
    "Handbooks",
    workspace=workspace,
    embedding=FoundationModel("amazon.titan-embed-text-v2:0"),
    description="Handbooks and public help of the claims team",
    sources=[
        S3Source(name="handbooks", ingestion=Ingestion(chunking=HierarchicalChunks())),
        WebSource(name="help", seeds=["https://help.example.com/claims/"], max_pages=500),
    ],
)
KnowledgeBaseSync(
    stack,
    "Arrivals",
    workspace=workspace,
    knowledge_base=knowledge_base,
    source="handbooks",
    on_arrival=True,
)
KnowledgeBaseSync(
    stack,
    "Weekly",
    workspace=workspace,
    knowledge_base=knowledge_base,
    source="help",
    schedule="cron(0 3 ? * SUN *)",
    tolerated_failures=5,
)
asked = Retrieval(
    results=20,
    filter=Filter.all_of(Filter.equals("language", "en"), Filter.at_least("valid_from", 20260101)),
    reranking=Reranking(model=FoundationModel("cohere.rerank-v3-5:0"), results=5),
)
Function(
    stack,
    "Chat",
    workspace=workspace,
    code="docs/examples/greeter",
    statements=knowledge_base.retrieve_statements(asked),
    environment={
        "KNOWLEDGE_BASE_ID": knowledge_base.knowledge_base_id,
        "RETRIEVAL": json.dumps(knowledge_base.retrieval_configuration(asked)),
    },
)
app.synth()
