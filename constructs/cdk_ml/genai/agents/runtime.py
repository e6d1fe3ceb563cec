"""A runtime: where an agent runs, a machine for each session, and what it may touch from there.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agents-tools-runtime.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.genai.agents.agent_code import AgentCode, bind_code, code_problems
from cdk_ml.genai.agents.alarms import agent_alarms
from cdk_ml.genai.agents.authorizer import JwtAuthorizer, grant_signed, jwt_problems, render_authorizer
from cdk_ml.genai.agents.browser import AgentBrowser
from cdk_ml.genai.agents.code_interpreter import CodeInterpreter
from cdk_ml.genai.agents.environment import tool_kind_problems, variable_problems, variables
from cdk_ml.genai.agents.gateway import AgentGateway
from cdk_ml.genai.agents.guarded import ask_guarded
from cdk_ml.genai.agents.memory import AgentMemory
from cdk_ml.genai.agents.names import PRINCIPAL, unique_word
from cdk_ml.genai.agents.network import network_configuration
from cdk_ml.genai.agents.sessions import Sessions, session_problems
from cdk_ml.genai.agents.statements import identify, observe
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.guardrails.attachment import NoGuardrail, chosen_guardrail
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.models.endpoints import reach_bedrock
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.container_image import EcrImage
from cdk_ml.workspace import Statement, Workspace

LIVE = "live"
"""The endpoint that callers use: it moves to a new version when the version is there."""

_DEFAULT = "DEFAULT"
_LOGS = "/aws/bedrock-agentcore/runtimes"
_INVOKE = ("bedrock-agentcore:InvokeAgentRuntime",)
_ALARMS = ("SystemErrors", "Throttles")


class AgentRuntime(Construct):
    """An agent that runs on AgentCore, and may ask one model, and use the parts that it is given, and nothing else.

    Creates the runtime and an endpoint ``live`` that follows its versions; a role with exactly the permissions of
    ``model``, the guardrail, ``memory``, ``gateway`` and ``tools``; log groups under the workspace's key; and alarms on
    errors and throttling. The agent finds in its environment ``MODEL_ID``, ``GUARDRAIL_ID`` and ``GUARDRAIL_VERSION``,
    and ``MEMORY_ID``, ``GATEWAY_URL``, ``BROWSER_ID`` and ``CODE_INTERPRETER_ID`` for the parts that it has. Callers
    sign with IAM, and :meth:`grant_invoke` lets them, unless ``authorizer`` says whose tokens they show.

    The model answers the role only when the guardrail is named: IAM refuses every other prompt, whatever the code does.
    The role has no action with which an agent could claim to be any user (``GetWorkloadAccessTokenForUserId``).

    Idle cost: the alarms, 0.20 USD a month; nothing runs between sessions. In the workspace's network (``private``),
    its endpoints are about 7 USD a month and zone each. What AWS charges for a session is not among our facts.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import AgentCode, AgentRuntime, FoundationModel
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> agent = AgentRuntime(
    ...     stack,
    ...     "Agent",
    ...     workspace=workspace,
    ...     code=AgentCode(folder="stacks/scripts/agent_platform"),
    ...     model=FoundationModel("amazon.nova-lite-v1:0"),
    ... )

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html

    :ivar role: what the agent may do.
    :ivar guardrail: what its prompts and answers are held against, if anything is.
    :ivar cfn_runtime: the runtime.
    :ivar cfn_endpoint: the endpoint ``live``.
    :ivar log_groups: what the agent prints, by endpoint.
    :ivar cfn_alarms: the alarms by metric.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        code: AgentCode | EcrImage,
        model: InvokableModel,
        guardrail: GuardrailBase | NoGuardrail | None = None,
        memory: AgentMemory | None = None,
        gateway: AgentGateway | None = None,
        tools: Sequence[AgentBrowser | CodeInterpreter] = (),
        authorizer: JwtAuthorizer | None = None,
        sessions: Sessions = Sessions(),
        private: bool = False,
        environment: Mapping[str, str] | None = None,
        statements: Iterable[Statement] = (),
    ) -> None:
        """
        :param workspace: network, key, alerts, tags and profile.
        :param code: a folder, or an image for arm64.
        :param model: what it may ask.
        :param guardrail: what prompts and answers are held against; without one, the workspace's.
        :param memory: what it remembers with.
        :param gateway: where its tools are. A gateway whose callers show tokens gives no permission; the agent has to
            come by a token itself.
        :param tools: at most one browser and one code interpreter.
        :param authorizer: whose tokens callers show; without it they sign with IAM.
        :param sessions: protocol and life of sessions.
        :param private: be in the workspace's network, and not on the internet.
        :param environment: further environment variables.
        :param statements: what else it may do.
        :raises cdk_ml.errors.ConfigurationError: for code without its entry point, for what AgentCore would refuse, or
            where the region has no runtimes.
        """
        super().__init__(scope, id)
        given = {} if environment is None else environment
        region = Stack.of(self).region
        types = ("AWS::BedrockAgentCore::Runtime", "AWS::BedrockAgentCore::RuntimeEndpoint")
        reject(
            self,
            [
                *region_problems(region, *types),
                *model_problems(model, region, gives="text", streams=True),
                *code_problems(code),
                *session_problems(sessions),
                *jwt_problems(authorizer),
                *tool_kind_problems(tools),
                *variable_problems(given),
            ],
        )
        workspace.adopt(self)
        self._name = unique_word(self)
        self._by_iam = authorizer is None
        self.guardrail = chosen_guardrail(workspace, guardrail)
        bound = bind_code(self, code)
        used = [part for part in (memory, *tools) if part is not None]
        self.role = workspace.role(
            self,
            "Role",
            service=PRINCIPAL,
            statements=[
                *bound.statements,
                *observe(f"{_LOGS}/{self._name}"),
                identify(self._name),
                *ask_guarded(model, self.guardrail),
                *(statement for part in used for statement in part.use_statements()),
                *([gateway.invoke_statement()] if gateway is not None and gateway.caller == "IamEntity" else []),
                *statements,
            ],
        )
        if private:
            _reach(workspace, image=isinstance(code, EcrImage))
        self.cfn_runtime = agentcore.CfnRuntime(
            self,
            "Resource",
            agent_runtime_name=self._name,
            agent_runtime_artifact=bound.artifact,
            role_arn=self.role.role_arn,
            network_configuration=network_configuration(
                self, workspace, private=private, otherwise="PUBLIC", key="networkModeConfig"
            ),
            protocol_configuration=sessions.protocol,
            lifecycle_configuration={
                "idleRuntimeSessionTimeout": sessions.idle_seconds,
                "maxLifetime": sessions.longest_seconds,
            },
            authorizer_configuration=render_authorizer(authorizer),
            environment_variables={**variables(model, self.guardrail, memory, gateway, tools), **given},
        )
        self.cfn_endpoint = agentcore.CfnRuntimeEndpoint(
            self,
            "Endpoint",
            agent_runtime_id=self.cfn_runtime.attr_agent_runtime_id,
            # The version is what moves the endpoint on; without it, it stays where it was made.
            agent_runtime_version=self.cfn_runtime.attr_agent_runtime_version,
            name=LIVE,
        )
        self.log_groups = {
            name: workspace.log_group(
                self, f"{name.capitalize()}Log", name=f"{_LOGS}/{self.cfn_runtime.attr_agent_runtime_id}-{name}"
            )
            for name in (LIVE, _DEFAULT)
        }
        self.cfn_alarms = agent_alarms(
            self, metrics={name: self.metric(name) for name in _ALARMS}, topic_arn=workspace.alert_topic.topic_arn
        )

    @property
    def runtime_arn(self) -> str:
        """ARN of the runtime, as ``InvokeAgentRuntime`` takes it, with ``live`` as the qualifier."""
        return self.cfn_runtime.attr_agent_runtime_arn

    @property
    def service_name(self) -> str:
        """What its traces call it."""
        return f"{self._name}.{LIVE}"

    def invoke_statement(self) -> Statement:
        """What callers that sign with IAM need."""
        arns = [self.runtime_arn, self.cfn_endpoint.attr_agent_runtime_endpoint_arn]
        return Statement(actions=_INVOKE, resources=arns)

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` call the agent, through the endpoint ``live``.

        :raises cdk_ml.errors.ConfigurationError: where callers show tokens, which IAM knows nothing of.
        """
        return grant_signed(self, grantee, self.invoke_statement(), signs=self._by_iam, kind="runtime")

    def metric(self, name: str, *, statistic: str = "Sum") -> cloudwatch.Metric:
        """A metric of the endpoint ``live``, such as ``Invocations``, ``UserErrors`` or ``Latency``."""
        return cloudwatch.Metric(
            namespace="AWS/Bedrock-AgentCore",
            metric_name=name,
            statistic=statistic,
            dimensions_map={
                "Operation": "InvokeAgentRuntime",
                "Name": f"{self._name}::{LIVE}",
                "Resource": self.runtime_arn,
            },
        )


def _reach(workspace: Workspace, *, image: bool) -> None:
    # Asked for here and not at import: the CDK's services are read from Node.
    service = ec2.InterfaceVpcEndpointAwsService
    services = {
        "BedrockAgentCore": service.BEDROCK_AGENTCORE,
        "BedrockAgentCoreGateway": service.BEDROCK_AGENTCORE_GATEWAY,
        "CloudWatchLogs": service.CLOUDWATCH_LOGS,
        "XRay": service.XRAY,
    }
    if image:
        services |= {"EcrApi": service.ECR, "EcrDocker": service.ECR_DOCKER}
    reach_bedrock(workspace)
    for id, endpoint in services.items():
        workspace.add_interface_endpoint(id, endpoint)
