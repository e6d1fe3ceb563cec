"""A runtime may ask one model, held against a guardrail, and use its parts, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    AgentBrowser,
    AgentCode,
    AgentGateway,
    AgentMemory,
    AgentRuntime,
    CodeInterpreter,
    FoundationModel,
    JwtAuthorizer,
    NoGuardrail,
    Sessions,
)
from cdk_ml.sagemaker import EcrImage
from cdk_ml.workspace import Statement, Workspace
from tests.conftest import only, resources
from tests.genai.agents.conftest import actions, statements

Make = Callable[..., AgentRuntime]
Synth = Callable[[], Template]
RUNTIME, ENDPOINT = "AWS::BedrockAgentCore::Runtime", "AWS::BedrockAgentCore::RuntimeEndpoint"
DISCOVERY = "https://login.example.com/.well-known/openid-configuration"
ASK = {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}
ALWAYS = {
    "bedrock-agentcore:GetWorkloadAccessToken",
    "bedrock-agentcore:GetWorkloadAccessTokenForJWT",
    "cloudwatch:PutMetricData",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "s3:GetObject",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an agent that needs nothing."""
    (tmp_path / "main.py").write_text("print('agent')\n")
    return tmp_path


@pytest.fixture
def runtime(stack: cdk.Stack, workspace: Workspace, folder: Path) -> Make:
    """Makes a runtime; every argument can be another."""

    def make(**changed: Any) -> AgentRuntime:
        given = {
            "workspace": workspace,
            "code": AgentCode(folder=folder),
            "model": FoundationModel("amazon.nova-lite-v1:0"),
        }
        return AgentRuntime(stack, "Agent", **{**given, **changed})

    return make


def test_code_is_a_zip_file_that_is_started_under_opentelemetry(runtime: Make, template: Synth) -> None:
    runtime()
    code = only(template(), RUNTIME)["AgentRuntimeArtifact"]["CodeConfiguration"]
    assert (code["Runtime"], code["EntryPoint"]) == ("PYTHON_3_13", ["opentelemetry-instrument", "main.py"])
    assert code["Code"]["S3"]["Prefix"].endswith(".zip")


def test_code_may_be_started_without_it(runtime: Make, folder: Path, template: Synth) -> None:
    runtime(code=AgentCode(folder=folder, python="3.12", instrumented=False))
    code = only(template(), RUNTIME)["AgentRuntimeArtifact"]["CodeConfiguration"]
    assert (code["Runtime"], code["EntryPoint"]) == ("PYTHON_3_12", ["main.py"])


def test_code_may_be_an_image(runtime: Make, stack: cdk.Stack, template: Synth) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Repository", "agents")
    runtime(code=EcrImage(repository, "v1"))
    synthesized = template()
    artifact = only(synthesized, RUNTIME)["AgentRuntimeArtifact"]["ContainerConfiguration"]
    assert artifact["ContainerUri"]["Fn::Join"][1][-1] == "/agents:v1"
    allowed = actions(resources(synthesized, "AWS::IAM::ManagedPolicy"), "AgentRole")
    assert "ecr:BatchGetImage" in allowed
    assert "s3:GetObject" not in allowed


def test_packages_that_are_not_there_are_warned_of(runtime: Make, stack: cdk.Stack, folder: Path) -> None:
    (folder / "requirements.txt").write_text("# what it imports\nstrands-agents>=1\nbedrock-agentcore\n")
    (folder / "bedrock_agentcore-1.25.0.dist-info").mkdir()
    runtime()
    # The folder's name and no path: what is said is the same on every machine.
    sentence = f"^{folder.name} does not hold strands-agents of its requirements.txt: the agent will not start"
    Annotations.from_stack(stack).has_warning("/Churn/Agent", Match.string_like_regexp(sentence))


def test_without_parts_it_may_ask_its_model_and_apply_the_guardrail_only(
    runtime: Make, stack: cdk.Stack, template: Synth
) -> None:
    made = runtime()
    policies = resources(template(), "AWS::IAM::ManagedPolicy")
    assert made.guardrail is not None
    assert actions(policies, "AgentRole") == {*ALWAYS, *ASK, "bedrock:ApplyGuardrail", "kms:Decrypt"}
    (ask,) = (s for s in statements(policies, "AgentRole") if "bedrock:InvokeModel" in s["Action"])
    assert ask["Resource"] == stack.resolve(FoundationModel("amazon.nova-lite-v1:0").model_arn)
    # IAM refuses a prompt that does not name the guardrail in its published version.
    named = stack.resolve(f"{made.guardrail.guardrail_arn}:{made.guardrail.version}")
    assert ask["Condition"] == {"StringEquals": {"bedrock:GuardrailIdentifier": named}}
    variables = made.cfn_runtime.environment_variables
    assert {*stack.resolve(variables)} == {"MODEL_ID", "GUARDRAIL_ID", "GUARDRAIL_VERSION"}


def test_a_guardrail_can_be_argued_away(runtime: Make, stack: cdk.Stack, template: Synth) -> None:
    made = runtime(guardrail=NoGuardrail(reason="It answers in numbers that it computes, and nothing else"))
    assert made.guardrail is None
    assert actions(resources(template(), "AWS::IAM::ManagedPolicy"), "AgentRole") == {*ALWAYS, *ASK}
    assert {*stack.resolve(made.cfn_runtime.environment_variables)} == {"MODEL_ID"}


def test_each_part_brings_its_permissions_and_its_address(
    runtime: Make, gateway: Callable[..., AgentGateway], workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = runtime(
        memory=AgentMemory(stack, "Memory", workspace=workspace),
        gateway=gateway(),
        tools=[
            AgentBrowser(stack, "Browser", workspace=workspace),
            CodeInterpreter(stack, "Interpreter", workspace=workspace),
        ],
    )
    allowed = actions(resources(template(), "AWS::IAM::ManagedPolicy"), "AgentRole")
    assert allowed > {
        "bedrock-agentcore:CreateEvent",
        "bedrock-agentcore:InvokeCodeInterpreter",
        "bedrock-agentcore:InvokeGateway",
        "bedrock-agentcore:StartBrowserSession",
    }
    assert not {action for action in allowed if "Delete" in action or "*" in action or "ForUserId" in action}
    assert {*stack.resolve(made.cfn_runtime.environment_variables)} > {
        "BROWSER_ID",
        "CODE_INTERPRETER_ID",
        "GATEWAY_URL",
        "MEMORY_ID",
    }


def test_a_gateway_whose_callers_show_tokens_gives_no_permission(
    runtime: Make, gateway: Callable[..., AgentGateway], template: Synth
) -> None:
    runtime(gateway=gateway(authorizer=JwtAuthorizer(discovery_url=DISCOVERY, clients=["agent"])))
    allowed = actions(resources(template(), "AWS::IAM::ManagedPolicy"), "AgentRole")
    assert "bedrock-agentcore:InvokeGateway" not in allowed


def test_it_may_do_what_else_it_is_given(runtime: Make, template: Synth) -> None:
    topic = "arn:aws:sns:us-east-1:111111111111:orders"
    runtime(statements=[Statement(actions=["sns:Publish"], resources=[topic])], environment={"TOPIC": topic})
    synthesized = template()
    assert "sns:Publish" in actions(resources(synthesized, "AWS::IAM::ManagedPolicy"), "AgentRole")
    assert only(synthesized, RUNTIME)["EnvironmentVariables"]["TOPIC"] == topic


def test_the_endpoint_follows_the_versions(runtime: Make, stack: cdk.Stack, template: Synth) -> None:
    made = runtime()
    endpoint = only(template(), ENDPOINT)
    assert endpoint["Name"] == "live"
    assert endpoint["AgentRuntimeVersion"] == stack.resolve(made.cfn_runtime.attr_agent_runtime_version)


def test_what_it_prints_is_under_the_workspaces_key(
    runtime: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = runtime()
    assert {*made.log_groups} == {"live", "DEFAULT"}
    groups = resources(template(), "AWS::Logs::LogGroup")
    names = [body["Properties"]["LogGroupName"]["Fn::Join"][1] for body in groups.values()]
    assert sorted(name[-1] for name in names) == ["-DEFAULT", "-live"]
    key = stack.resolve(workspace.key.key_arn)
    assert all(body["Properties"]["KmsKeyId"] == key for body in groups.values())


def test_sessions_have_a_protocol_and_an_end(runtime: Make, template: Synth) -> None:
    runtime(sessions=Sessions(protocol="MCP", idle_seconds=60, longest_seconds=3_600))
    found = only(template(), RUNTIME)
    assert found["ProtocolConfiguration"] == "MCP"
    assert found["LifecycleConfiguration"] == {"IdleRuntimeSessionTimeout": 60, "MaxLifetime": 3_600}


def test_it_is_on_the_internet_and_can_be_in_the_workspaces_network(runtime: Make, template: Synth) -> None:
    runtime(private=True)
    synthesized = template()
    network = only(synthesized, RUNTIME)["NetworkConfiguration"]
    assert network["NetworkMode"] == "VPC"
    assert len(network["NetworkModeConfig"]["SecurityGroups"]) == 1
    services = [
        endpoint["Properties"]["ServiceName"] for endpoint in resources(synthesized, "AWS::EC2::VPCEndpoint").values()
    ]
    assert len(services) == 6


def test_without_being_asked_it_makes_no_network(runtime: Make, template: Synth) -> None:
    runtime()
    synthesized = template()
    assert only(synthesized, RUNTIME)["NetworkConfiguration"] == {"NetworkMode": "PUBLIC"}
    synthesized.resource_count_is("AWS::EC2::VPC", 0)


def test_errors_and_throttling_are_alarms_of_the_endpoint(runtime: Make, template: Synth) -> None:
    made = runtime()
    assert {*made.cfn_alarms} == {"SystemErrors", "Throttles"}
    alarms = [
        body["Properties"]
        for body in resources(template(), "AWS::CloudWatch::Alarm").values()
        if body["Properties"].get("Namespace") == "AWS/Bedrock-AgentCore"
    ]
    names = [d["Value"] for alarm in alarms for d in alarm["Dimensions"] if d["Name"] == "Name"]
    assert all(name.endswith("::live") for name in names)
    assert len(names) == 2


def test_who_calls_it_calls_the_endpoint(runtime: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = runtime()
    made.grant_invoke(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "bedrock-agentcore:InvokeAgentRuntime"
    assert statement["Resource"] == stack.resolve([made.runtime_arn, made.cfn_endpoint.attr_agent_runtime_endpoint_arn])
    assert [*made.invoke_statement().resources] == [made.runtime_arn, made.cfn_endpoint.attr_agent_runtime_endpoint_arn]


def test_callers_may_show_tokens_and_then_iam_lets_nobody_in(runtime: Make, stack: cdk.Stack, template: Synth) -> None:
    made = runtime(authorizer=JwtAuthorizer(discovery_url=DISCOVERY, audience=["support"]))
    assert only(template(), RUNTIME)["AuthorizerConfiguration"]["CustomJWTAuthorizer"]["AllowedAudience"] == ["support"]
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    with pytest.raises(ConfigurationError, match="cannot be let in by IAM where tokens are shown"):
        made.grant_invoke(caller)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"code": AgentCode(folder="docs", entry_point="agent.py")},
            "code.folder='docs' has no agent.py. Name the folder",
        ),
        (
            {"sessions": Sessions(idle_seconds=59)},
            "sessions.idle_seconds=59 is not a time that a session may take. Use 60 to 1209600 seconds",
        ),
        (
            {"sessions": Sessions(idle_seconds=900, longest_seconds=600)},
            "sessions.idle_seconds=900 is never reached: a session ends after 600 seconds. Use less than",
        ),
        (
            {"authorizer": JwtAuthorizer(discovery_url="https://login.example.com", clients=["a"])},
            "authorizer.discovery_url='https://login.example.com' is not where a provider of tokens describes itself. "
            "Use an address over HTTPS that ends in /.well-known/openid-configuration",
        ),
        (
            {"authorizer": JwtAuthorizer(discovery_url=DISCOVERY, clients=["a"], scopes=["a b"])},
            "authorizer.scopes='a b' is not a scope. Use 1 to 255 characters without spaces, quotes and backslashes",
        ),
        (
            {"authorizer": JwtAuthorizer(discovery_url=DISCOVERY, clients=[""])},
            "authorizer.clients=[''] has a value that is empty. Leave it out",
        ),
        (
            {"environment": {"MODEL_ID": "x"}},
            "environment='MODEL_ID' is a name that the construct gives itself. Use another",
        ),
        (
            {"environment": {"1st": "x"}},
            "environment='1st' is not a name of a variable. Use letters, digits and underscores",
        ),
    ],
)
def test_what_would_not_work_is_said(runtime: Make, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        runtime(**changed)
    assert message in str(refused.value)


def test_two_browsers_are_one_too_many(runtime: Make, stack: cdk.Stack, workspace: Workspace) -> None:
    browsers = [AgentBrowser(stack, id, workspace=workspace) for id in ("One", "Two")]
    with pytest.raises(ConfigurationError, match=r"tools='AgentBrowser' is there more than once\. Give it one"):
        runtime(tools=browsers)


def test_tokens_of_the_deployment_pass(runtime: Make, stack: cdk.Stack) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    runtime(
        sessions=Sessions(idle_seconds=number),  # type: ignore[arg-type]
        authorizer=JwtAuthorizer(discovery_url=text, audience=[text], scopes=[text]),
        environment={text: text},
    )


def test_a_model_that_gives_no_text_is_refused(runtime: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"model='amazon\.titan-embed-text-v2:0'"):
        runtime(model=FoundationModel("amazon.titan-embed-text-v2:0"))
