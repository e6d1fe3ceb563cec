import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from cdk_ml.genai import (
    DeniedTopic,
    FoundationModel,
    Guardrail,
    PiiEntity,
    PiiType,
    PrivatePattern,
    SensitiveAction,
    SensitiveInformation,
)
from cdk_ml.genai.guardrails.sensitive import SECRETS
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Assistant")
tags = CostTags(project="assistant", owner="banking", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
guardrail = Guardrail(
    stack,
    "Guardrail",
    workspace=workspace,
    topics=[
        DeniedTopic(
            name="Investment advice",
            definition="Recommendations to buy, hold or sell particular shares, funds or currencies",
            examples=["Which shares should I buy?"],
        )
    ],
    sensitive=SensitiveInformation(
        entities=[*SECRETS, PiiEntity(type=PiiType.EMAIL, on_output=SensitiveAction.BLOCK)],
        patterns=[PrivatePattern(name="contract", pattern=r"C-[0-9]{8}")],
    ),
)
# A role of your own: what it may do, and what it hands to Converse as guardrailConfig.
role = iam.Role(stack, "Chat", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
guardrail.grant_apply(role)
FoundationModel("amazon.nova-lite-v1:0").grant_invoke(role)
cdk.CfnOutput(stack, "GuardrailIdentifier", value=guardrail.guardrail_id)
cdk.CfnOutput(stack, "GuardrailVersion", value=guardrail.version)
app.synth()
