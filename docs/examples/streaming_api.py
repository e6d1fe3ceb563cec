"""People who signed in ask, and read the answer while it is made."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito

from cdk_ml.workflow import CognitoUsers, StreamingApi, StreamingFunction
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Chat")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="chat", owner="growth-ml", cost_center="4711"),
)
users = cognito.UserPool.from_user_pool_id(stack, "Users", "us-east-1_abcdefghi")
chat = StreamingFunction(stack, "Chat", workspace=workspace, code="docs/examples/storyteller")
api = StreamingApi(
    stack,
    "Api",
    workspace=workspace,
    function=chat,
    users=CognitoUsers(user_pool=users, scopes=["chat/ask"]),
    origin="https://chat.example.com",
    schema={
        "type": "object",
        "required": ["question"],
        "properties": {"question": {"type": "string", "maxLength": 4000}},
    },
)
cdk.CfnOutput(stack, "Url", value=api.url)
app.synth()
