"""A private assistant for programmers, in place of CodeWhisperer: your account, your guardrail, your tools.

    IDE, CLI ──(IAM: with this guardrail only)──> profile "developers" ──> coding model, in the regions of a geography
        │                                              └── tagged, in the budget, in the invocation log
        ├──(IAM)──> WAF, API: the same model up to the team's quota, for whatever speaks to the gateway
        └──(MCP, IAM)──> gateway of tools ──> function ──> guidelines in the data bucket
    guardrail: attacks on the prompt; credentials, keys and personal numbers masked in what is sent and answered

Idle cost: 7 USD a month for the firewall, 3 USD for the dashboard beyond the account's first three, 1 USD for the key,
less than 2 USD for the alarms. The production and regulated profiles put the gateway's function into the network: two
private endpoints, about 15 USD a month and zone more. What tools cost when they are called is not among our facts.

Try it: ``cdk deploy CodingAssistant -c developers-role=arn:aws:iam::111111111111:role/Developers -c geography=us``, put
guidelines as ``guidelines/python.md`` into the data bucket, attach the policy that the stack prints to the role, and
follow the guide "A gateway to models" for your IDE. One account has one setting for the invocation log: where
GenAiGateway or somebody else has set it, the deployment says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml import genai
from cdk_ml.cost import MonthlyLimit
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.workflow import Function
from cdk_ml.workspace import CostTags, Profile, Workspace

SCRIPTS = Path(__file__).parent / "scripts"
MODEL = "anthropic.claude-sonnet-4-6"
TOPIC = {"topic": {"type": "string", "description": "Name of a guideline, such as python"}}
TOOLS = [
    genai.Tool(name="list_guidelines", description="Lists what there are guidelines about", parameters={}),
    genai.Tool(name="read_guideline", description="Reads a guideline", parameters=TOPIC, required=["topic"]),
]
SECRETS = {
    "github-token": "gh[pousr]_[A-Za-z0-9]{36}",
    "private-key": "-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "bearer-token": "eyJ[A-Za-z0-9_-]{10,}[.][A-Za-z0-9_-]{10,}[.][A-Za-z0-9_-]{10,}",
}


class CodingAssistant(cdk.Stack):
    """A model, a guardrail, a log and tools for the team of developers."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="coding-assistant", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=2_000))
        patterns = [genai.PrivatePattern(name=name, pattern=pattern) for name, pattern in SECRETS.items()]
        guardrail = genai.Guardrail(
            self, "Guardrail", workspace=workspace, sensitive=genai.SensitiveInformation(patterns=patterns)
        )
        role, geography = (self.node.try_get_context(name) for name in ("developers-role", "geography"))
        default = self.format_arn(service="iam", region="", resource="role", resource_name="developers")
        developers = genai.Team(
            name="developers",
            models=[genai.CrossRegionProfile(MODEL, "us" if geography is None else geography)],
            quota=genai.TeamQuota(usd=1_000),
            tags=tags,
            role_arns=[default if role is None else role],
            direct=True,
            monthly_limit=MonthlyLimit(usd=1_500),
        )
        gateway = genai.ModelGateway(self, "Gateway", workspace=workspace, teams=[developers], guardrail=guardrail)
        genai.InvocationLogging(self, "Invocations", workspace=workspace)
        bucket = workspace.data_bucket
        guidelines = Function(
            self,
            "Guidelines",
            workspace=workspace,
            code=SCRIPTS / "coding_tools",
            environment={"BUCKET": bucket.bucket_name},
            statements=read_objects(bucket.bucket_arn, "guidelines/"),
        )
        target = genai.LambdaTarget(name="guidelines", function=guidelines, tools=TOOLS)
        tools = genai.AgentGateway(self, "Tools", workspace=workspace, targets=[target])
        tools.grant_invoke(policy := gateway.policies["developers"])
        shown = {"ModelArn": gateway.profiles["developers"][MODEL].profile_arn, "GuardrailId": guardrail.guardrail_id}
        shown |= {"GuardrailVersion": guardrail.version, "Url": gateway.url, "ToolsUrl": tools.url}
        for name, value in {**shown, "PolicyArn": policy.managed_policy_arn}.items():
            cdk.CfnOutput(self, name, value=value)
