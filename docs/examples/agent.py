"""An agent with tools behind policies, a memory, and an evaluation."""

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager

from cdk_ml import genai
from cdk_ml.workflow import Function
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Support")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
)
refund = genai.Tool(
    name="refund",
    description="Pays back an order that the customer asked to be paid back",
    parameters={"order": {"type": "string"}, "amount": {"type": "integer"}},
    required=["order", "amount"],
)
# What OpenAPI says about an API of the shop; each operation is a tool.
stock = {
    "openapi": "3.1.0",
    "info": {"title": "Stock", "version": "1"},
    "servers": [{"url": "https://stock.example.com"}],
    "paths": {"/items": {"get": {"operationId": "list_items", "responses": {"200": {"description": "What is there"}}}}},
}
key = genai.ApiKeyCredential(
    stack,
    "StockKey",
    workspace=workspace,
    secret=secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "support/stock"),
    json_key="key",
    parameter="X-Api-Key",
)
engine = genai.AgentPolicyEngine(stack, "Policies", workspace=workspace)
gateway = genai.AgentGateway(
    stack,
    "Gateway",
    workspace=workspace,
    targets=[
        genai.LambdaTarget(
            name="orders",
            function=Function(stack, "Orders", workspace=workspace, code="docs/examples/greeter"),
            tools=[refund],
        ),
        genai.OpenApiTarget(name="stock", document=stock, credential=key),
    ],
    policy_engine=engine,
    rate_limit=genai.RateLimit(requests=60),
)
engine.add_policy(
    "SmallRefunds",
    gateway=gateway,
    statement=f"""permit(
        principal is AgentCore::IamEntity,
        action == AgentCore::Action::"orders___refund",
        resource == AgentCore::Gateway::"{gateway.gateway_arn}"
    ) when {{ context.input.amount <= 100 }};""",
)
agent = genai.AgentRuntime(
    stack,
    "Agent",
    workspace=workspace,
    code=genai.AgentCode(folder="stacks/scripts/agent_platform"),
    model=genai.FoundationModel("amazon.nova-lite-v1:0"),
    memory=genai.AgentMemory(
        stack, "Memory", workspace=workspace, strategies=[genai.MemoryStrategy(type=genai.StrategyType.SUMMARY)]
    ),
    gateway=gateway,
)
genai.AgentEvaluation(
    stack, "Evaluation", workspace=workspace, agent=agent, evaluators=[genai.BuiltinEvaluator.HELPFULNESS]
)

app.synth()
