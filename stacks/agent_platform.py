"""An agent that helps customers with their orders, and the parts that keep it to that.

    application ──(IAM)──> endpoint "live" ──> agent ──> model, held against the guardrail
                                                 ├────> memory: what was said, and a summary of it
                                                 └────> gateway ──> policies: who may pay back how much?
                                                            └── yes ──> function ──> orders in the data bucket
                 traces ──> evaluation: a tenth of the answers is judged ──> scores in CloudWatch

Idle cost: 1 USD a month for the key and 0.70 USD for the alarms; nothing runs between sessions. What AWS charges for
sessions, calls and memories is not among our facts; tokens of the model come on top.

Try it: ``cp -r stacks/scripts/agent_platform build/agent``, install its ``requirements.txt`` into that folder for Linux
on arm64 (see ``AgentCode``), and ``cdk deploy AgentPlatform -c agent-code=build/agent``. Put an order, ``{"total":
30}``, under ``orders/A7.json`` of the data bucket, and ask about A7 with ``aws bedrock-agentcore invoke-agent-runtime
--qualifier live``; the stack prints bucket and runtime. Scores need CloudWatch's Transaction Search, once an account.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml import genai
from cdk_ml.cost import MonthlyLimit
from cdk_ml.sagemaker.execution_role import read_objects, write_objects
from cdk_ml.workflow import Function
from cdk_ml.workspace import CostTags, Profile, Workspace

SCRIPTS = Path(__file__).parent / "scripts"
ORDER = {"order": {"type": "string", "description": "Number of the order, such as A7"}}
AMOUNT = {"amount": {"type": "integer", "description": "Whole dollars"}}
TOOLS = [
    genai.Tool(name="find_order", description="Finds an order", parameters=ORDER, required=["order"]),
    genai.Tool(
        name="refund_order", description="Pays an order back", parameters=ORDER | AMOUNT, required=["order", "amount"]
    ),
]


class AgentPlatform(cdk.Stack):
    """An agent on AgentCore with tools, memory, policies and evaluation."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="agent-platform", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=200))
        bucket = workspace.data_bucket
        orders = Function(
            self,
            "Orders",
            workspace=workspace,
            code=SCRIPTS / "order_tools",
            environment={"BUCKET": bucket.bucket_name},
            statements=[*read_objects(bucket.bucket_arn, "orders/"), *write_objects(bucket.bucket_arn, "refunds/")],
        )
        engine = genai.AgentPolicyEngine(self, "Policies", workspace=workspace)
        target = genai.LambdaTarget(name="orders", function=orders, tools=TOOLS)
        limit = genai.RateLimit(requests=60)
        gateway = genai.AgentGateway(
            self, "Gateway", workspace=workspace, targets=[target], policy_engine=engine, rate_limit=limit
        )
        here = f'resource == AgentCore::Gateway::"{gateway.gateway_arn}"'
        who = "permit(principal is AgentCore::IamEntity, action == AgentCore::Action::"
        engine.add_policy("Find", gateway=gateway, statement=f'{who}"orders___find_order", {here});')
        small = "when { context.input.amount <= 100 }"
        engine.add_policy("Refund", gateway=gateway, statement=f'{who}"orders___refund_order", {here}) {small};')
        summary = genai.MemoryStrategy(type=genai.StrategyType.SUMMARY)
        code = self.node.try_get_context("agent-code")
        agent = genai.AgentRuntime(
            self,
            "Agent",
            workspace=workspace,
            code=genai.AgentCode(folder=SCRIPTS / "agent_platform" if code is None else code),
            model=genai.FoundationModel("amazon.nova-lite-v1:0"),
            memory=genai.AgentMemory(self, "Memory", workspace=workspace, strategies=[summary]),
            gateway=gateway,
        )
        judged = [genai.BuiltinEvaluator.HELPFULNESS, genai.BuiltinEvaluator.TOOL_SELECTION_ACCURACY]
        genai.AgentEvaluation(self, "Evaluation", workspace=workspace, agent=agent, evaluators=judged)
        cdk.CfnOutput(self, "RuntimeArn", value=agent.runtime_arn)
        cdk.CfnOutput(self, "DataBucket", value=bucket.bucket_name)
