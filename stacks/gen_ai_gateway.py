"""A gateway to models: each team asks what it may, pays for itself, and stops where its quota does.

    role "claims-app" ──┐                                     ┌──> profile of claims ──> Nova Lite, Nova Pro
                        ├──(IAM)──> WAF, API ──> function ────┤
    role "search-app" ──┘                  quota? │  guardrail└──> profile of search ──> Nova Micro
                                                  v
          table: used by team and month ──> alarms at 80 %; budget by the tag "team"; dashboard of tokens and USD
    everything that anybody in the account asks ──> invocation log: log group and data bucket

Idle cost: 7 USD a month for the firewall, 3 USD for the dashboard beyond the account's first three, 1 USD for the key,
about 1 USD for the alarms. The production and regulated profiles put the function into the network: two private
endpoints, about 15 USD a month and zone more.

Try it: ``cdk deploy GenAiGateway -c claims-role=arn:aws:iam::111111111111:role/Admin`` with a role of yours, and
activate the cost tags ``project`` and ``team`` in the payer account. Then send a signed request to the address that
the stack prints, as the guide "A gateway to models" does. One account has one setting for the invocation log: where
CodingAssistant or somebody else has set it, the deployment says so.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.genai import FoundationModel, InvocationLogging, ModelGateway, Team, TeamQuota
from cdk_ml.workspace import CostTags, Profile, Workspace


class GenAiGateway(cdk.Stack):
    """Models for two teams: profiles, quotas, budgets, logging, and a dashboard of tokens and cost."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="genai-gateway", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=1_500))
        claims = Team(
            name="claims",
            models=[FoundationModel("amazon.nova-lite-v1:0"), FoundationModel("amazon.nova-pro-v1:0")],
            quota=TeamQuota(usd=800),
            tags=CostTags(project="claims-triage", owner="claims", cost_center="0815"),
            role_arns=[self._role("claims")],
            monthly_limit=MonthlyLimit(usd=1_000),
        )
        search = Team(
            name="search",
            models=[FoundationModel("amazon.nova-micro-v1:0")],
            quota=TeamQuota(tokens=50_000_000),
            tags=CostTags(project="product-search", owner="shop", cost_center="0816"),
            role_arns=[self._role("search")],
            monthly_limit=MonthlyLimit(usd=100),
        )
        gateway = ModelGateway(self, "Gateway", workspace=workspace, teams=[claims, search])
        InvocationLogging(self, "Invocations", workspace=workspace)
        cdk.CfnOutput(self, "Url", value=gateway.url)
        cdk.CfnOutput(self, "ClaimsPolicyArn", value=gateway.policies["claims"].managed_policy_arn)
        cdk.CfnOutput(self, "SearchPolicyArn", value=gateway.policies["search"].managed_policy_arn)

    def _role(self, team: str) -> str:
        given = self.node.try_get_context(f"{team}-role")
        if given is not None:
            return str(given)
        return self.format_arn(service="iam", region="", resource="role", resource_name=f"{team}-app")
