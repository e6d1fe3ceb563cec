"""Questions answered from your own documents, with citations, by a model that a guardrail stands around.

    documents in S3 ──> synchronized when they arrive and every night ──> knowledge base on S3 Vectors
                                                                              │ passages
    browser ──> sign-in with a second factor ──> page ──> firewall ──> streaming API ──> chat
                                                                              │ guardrail: attacks, secrets, grounding
                                                                              └──> model, through a cross-region profile

Nobody is let in who was not invited; nothing that is asked or answered is kept. What goes wrong is said to the person
in words, and to the alert topic where somebody has to look.

Idle cost: about 10 USD a month in a sandbox, of which the firewall is 7; about 40 in production, where the chat reaches
Bedrock through private endpoints in two zones. Itemised in the guide, by the prices of each resource.

Try it: ``cdk deploy RagAssistant`` in us-east-1, us-east-2 or us-west-2; put PDF, Word, HTML or text files under
``documents/`` of the data bucket, invite yourself to the user pool, and open the address that the stack prints. Your
account has to have access to Amazon Nova 2 Lite and Titan Text Embeddings V2.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.genai import (
    CrossRegionProfile,
    FoundationModel,
    Grounding,
    Guardrail,
    KnowledgeAssistant,
    KnowledgeBase,
    KnowledgeBaseSync,
    S3Source,
)
from cdk_ml.workspace import CostTags, Profile, Workspace


class RagAssistant(cdk.Stack):
    """A guarded chat over documents, for people who were invited."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="rag-assistant", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=200))
        documents = KnowledgeBase(
            self,
            "Documents",
            workspace=workspace,
            embedding=FoundationModel("amazon.titan-embed-text-v2:0"),
            sources=[S3Source(name="documents", prefix="documents/")],
            description="Documents of the company",
        )
        KnowledgeBaseSync(
            self,
            "Sync",
            workspace=workspace,
            knowledge_base=documents,
            source="documents",
            schedule="cron(0 3 * * ? *)",
            on_arrival=True,
        )
        guardrail = Guardrail(self, "Guardrail", workspace=workspace, grounding=Grounding(grounding=0.7, relevance=0.5))
        assistant = KnowledgeAssistant(
            self,
            "Assistant",
            workspace=workspace,
            knowledge_base=documents,
            model=CrossRegionProfile("amazon.nova-2-lite-v1:0", "us"),
            guardrail=guardrail,
            title="Ask our documents",
        )
        cdk.CfnOutput(self, "Page", value=assistant.url)
        cdk.CfnOutput(self, "DocumentBucket", value=workspace.data_bucket.bucket_name)
        cdk.CfnOutput(self, "UserPoolId", value=assistant.site.cfn_user_pool.ref)
