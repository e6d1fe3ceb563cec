"""A policy about a tool that the gateway does not have: two underscores where AgentCore puts three."""

import aws_cdk as cdk

from cdk_ml import genai
from cdk_ml.workflow import Function
from cdk_ml.workspace import CostTags, Profile, Workspace

stack = cdk.Stack(cdk.App(), "Support")
tags = CostTags(project="support", owner="growth-ml", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
function = Function(stack, "Orders", workspace=workspace, code="docs/examples/greeter")
find = genai.Tool(name="find", description="Finds an order", parameters={"order": {"type": "string"}})
engine = genai.AgentPolicyEngine(stack, "Policies", workspace=workspace)
target = genai.LambdaTarget(name="orders", function=function, tools=[find])
gateway = genai.AgentGateway(stack, "Gateway", workspace=workspace, targets=[target], policy_engine=engine)
engine.add_policy(
    "Find",
    gateway=gateway,
    statement='permit(principal, action == AgentCore::Action::"orders__find", resource is AgentCore::Gateway);',
)
