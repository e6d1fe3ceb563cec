"""A browser that an agent drives, in the cloud and recorded.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/browser-tool.html
"""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.genai.agents.names import PRINCIPAL, unique_word
from cdk_ml.genai.agents.network import network_configuration
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

_USE = (
    "bedrock-agentcore:GetBrowserSession",
    "bedrock-agentcore:StartBrowserSession",
    "bedrock-agentcore:StopBrowserSession",
    "bedrock-agentcore:UpdateBrowserStream",
    "bedrock-agentcore:ConnectBrowserAutomationStream",
)
_RECORD = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
_PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/browser-session-recording.html"


class AgentBrowser(Construct):
    """A browser for agents. What they do in it is recorded in the workspace's data bucket.

    Creates the browser, and a role that writes recordings under one prefix and does nothing else. It reaches the
    internet, which is what a browser is for; ``private`` puts it into the workspace's network instead, for applications
    that are there. Pages are input like any other: what they say to the agent is no order from its user.

    Idle cost: nothing. What AWS charges for the seconds of a session is not among our facts.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import AgentBrowser
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> browser = AgentBrowser(stack, "Browser", workspace=workspace)

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/browser-creating.html

    :ivar role: what records sessions.
    :ivar cfn_browser: the browser.
    """

    def __init__(
        self, scope: Construct, id: str, *, workspace: Workspace, private: bool = False, recorded: bool = True
    ) -> None:
        """
        :param workspace: network, bucket, key and tags.
        :param private: reach the workspace's network, and not the internet.
        :param recorded: record each session: its pages, and what was done on them.
        :raises cdk_ml.errors.ConfigurationError: where the region has no browsers of your own.
        """
        super().__init__(scope, id)
        reject(self, region_problems(Stack.of(self).region, "AWS::BedrockAgentCore::BrowserCustom"))
        workspace.adopt(self)
        name = unique_word(self)
        bucket, prefix = workspace.data_bucket, f"browser-sessions/{name}/"
        self.role = workspace.role(
            self,
            "Role",
            service=PRINCIPAL,
            statements=[
                Statement(
                    actions=_RECORD,
                    resources=[bucket.arn_for_objects(f"{prefix}*")],
                    wildcard=f"Recordings are named after sessions, which nobody knows before. {_PAGE}",
                ),
                *use_key(workspace.key.key_arn),
            ],
        )
        self.cfn_browser = agentcore.CfnBrowserCustom(
            self,
            "Resource",
            name=name,
            network_configuration=network_configuration(self, workspace, private=private, otherwise="PUBLIC"),
            execution_role_arn=self.role.role_arn,
            recording_config={"enabled": recorded, "s3Location": {"bucket": bucket.bucket_name, "prefix": prefix}},
        )

    @property
    def browser_id(self) -> str:
        """Id of the browser, which a session is started with."""
        return self.cfn_browser.attr_browser_id

    def use_statements(self) -> list[Statement]:
        """What an agent needs to drive the browser."""
        return [Statement(actions=_USE, resources=[self.cfn_browser.attr_browser_arn])]

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` drive the browser."""
        arn = self.cfn_browser.attr_browser_arn
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*_USE], resource_arns=[arn])
