"""A place where an agent runs the code that it wrote, and where that code reaches nothing.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-interpreter-tool.html
"""

from __future__ import annotations

from enum import StrEnum

from aws_cdk import Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.genai.agents.names import unique_word
from cdk_ml.genai.agents.network import network_configuration
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Statement, Workspace

_USE = (
    "bedrock-agentcore:GetCodeInterpreterSession",
    "bedrock-agentcore:InvokeCodeInterpreter",
    "bedrock-agentcore:StartCodeInterpreterSession",
    "bedrock-agentcore:StopCodeInterpreterSession",
)


class CodeNetwork(StrEnum):
    """What code that an agent wrote may reach.

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-interpreter-tool.html
    """

    SANDBOX = "sandbox"
    """No network that it chooses: Amazon S3 at most, under a role, and this interpreter has none."""
    PUBLIC = "public"
    """The internet."""
    PRIVATE = "private"
    """The workspace's network."""


class CodeInterpreter(Construct):
    """An isolated machine for each session, in which an agent runs code.

    Creates the interpreter, without a role: code that a model wrote, perhaps on the advice of a document that it read,
    has no credentials to misuse. Files come in and go out through the agent.

    Idle cost: nothing. What AWS charges for the seconds of a session is not among our facts.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import CodeInterpreter
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> interpreter = CodeInterpreter(stack, "Interpreter", workspace=workspace)

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-interpreter-create.html

    :ivar cfn_code_interpreter: the interpreter.
    """

    def __init__(
        self, scope: Construct, id: str, *, workspace: Workspace, network: CodeNetwork = CodeNetwork.SANDBOX
    ) -> None:
        """
        :param workspace: network and tags.
        :param network: what the code may reach.
        :raises cdk_ml.errors.ConfigurationError: where the region has no interpreters of your own.
        """
        super().__init__(scope, id)
        reject(self, region_problems(Stack.of(self).region, "AWS::BedrockAgentCore::CodeInterpreterCustom"))
        workspace.adopt(self)
        self.cfn_code_interpreter = agentcore.CfnCodeInterpreterCustom(
            self,
            "Resource",
            name=unique_word(self),
            network_configuration=network_configuration(
                self,
                workspace,
                private=network is CodeNetwork.PRIVATE,
                otherwise="PUBLIC" if network is CodeNetwork.PUBLIC else "SANDBOX",
            ),
        )

    @property
    def code_interpreter_id(self) -> str:
        """Id of the interpreter, which a session is started with."""
        return self.cfn_code_interpreter.attr_code_interpreter_id

    def use_statements(self) -> list[Statement]:
        """What an agent needs to run code."""
        return [Statement(actions=_USE, resources=[self.cfn_code_interpreter.attr_code_interpreter_arn])]

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` run code."""
        arn = self.cfn_code_interpreter.attr_code_interpreter_arn
        return iam.Grant.add_to_principal(grantee=grantee, actions=[*_USE], resource_arns=[arn])
