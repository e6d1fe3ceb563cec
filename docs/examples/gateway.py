"""Two teams at one gateway: one pays in USD and keeps to the address, the other has tools that ask Bedrock directly."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from cdk_ml.cost import MonthlyLimit
from cdk_ml.genai import (
    CallLimit,
    CrossRegionProfile,
    FoundationModel,
    InvocationLogging,
    ModelGateway,
    Team,
    TeamQuota,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Models", env=cdk.Environment(account="111111111111", region="us-east-1"))
tags = CostTags(project="models", owner="ml-platform", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)

triage = iam.Role(stack, "Triage", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
claims = Team(
    name="claims",
    models=[FoundationModel("amazon.nova-lite-v1:0"), FoundationModel("amazon.nova-pro-v1:0")],
    quota=TeamQuota(usd=800, alarm_percent=75),
    tags=CostTags(project="claims-triage", owner="claims", cost_center="0815"),
    role_arns=[triage.role_arn],
    monthly_limit=MonthlyLimit(usd=1_000, notify=["claims@example.com"]),
)
developers = Team(
    name="developers",
    models=[CrossRegionProfile("anthropic.claude-sonnet-4-6", "us")],
    quota=TeamQuota(tokens=100_000_000),
    tags=CostTags(project="coding", owner="engineering", cost_center="0817"),
    role_arns=["arn:aws:iam::111111111111:role/Developers"],
    direct=True,
)
gateway = ModelGateway(
    stack, "Gateway", workspace=workspace, teams=[claims, developers], call=CallLimit(max_tokens=8_192)
)
gateway.grant_call(triage)
InvocationLogging(stack, "Invocations", workspace=workspace)
cdk.CfnOutput(stack, "Url", value=gateway.url)
cdk.CfnOutput(stack, "DevelopersPolicy", value=gateway.policies["developers"].managed_policy_arn)

app.synth()
