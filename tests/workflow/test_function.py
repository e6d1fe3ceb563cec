"""A function has a role of its own, writes to one log group, and fails loudly when nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.workflow import Function
from cdk_ml.workspace import Statement, Workspace
from tests.conftest import only, resources
from tests.workflow.conftest import granted

Make = Callable[..., Function]
Synth = Callable[[], Template]
GREETER = Path("docs/examples/greeter")
TOKEN = cdk.Token.as_number({"Ref": "AWS::AccountId"})


@pytest.fixture
def function(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a function, of defaults but for what the test says."""

    def make(**options: Any) -> Function:
        return Function(stack, "Greeter", **{"workspace": workspace, "code": GREETER, **options})

    return make


def test_a_function_is_traced_and_logs_in_json_to_a_group_of_its_own(
    function: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    function()
    made = template()
    ((group, log_group),) = resources(made, "AWS::Logs::LogGroup").items()
    key_arn = stack.resolve(workspace.key.key_arn)
    assert log_group["Properties"]["KmsKeyId"] == key_arn
    found = only(made, "AWS::Lambda::Function")
    assert found["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": {"Ref": group}}
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert found["KmsKeyArn"] == key_arn
    assert found["Architectures"] == ["arm64"]
    assert (found["Handler"], found["Timeout"], found["MemorySize"]) == ("handler.handler", 60, 256)


def test_a_function_that_somebody_waits_for_brings_no_queue_no_network_and_no_inline_policy(
    function: Make, template: Synth
) -> None:
    function()
    made = template()
    found = only(made, "AWS::Lambda::Function")
    for absent in ("FunctionName", "DeadLetterConfig", "VpcConfig", "Environment", "ReservedConcurrentExecutions"):
        assert absent not in found
    for absent in ("AWS::SQS::Queue", "AWS::IAM::Policy", "AWS::EC2::VPC", "AWS::S3::Bucket"):
        made.resource_count_is(absent, 0)
    made.resource_count_is("AWS::IAM::Role", 1)
    assert "Policies" not in only(made, "AWS::IAM::Role")


def test_the_role_writes_to_its_own_log_group_and_no_other(function: Make, template: Synth) -> None:
    function()
    made = template()
    (group,) = resources(made, "AWS::Logs::LogGroup")
    (statement,) = granted(made, "logs:PutLogEvents")
    assert statement["Resource"] == {"Fn::GetAtt": [group, "Arn"]}
    assert granted(made, "logs:CreateLogGroup") == []


def test_the_role_is_for_functions_of_this_account(function: Make, template: Synth) -> None:
    function()
    (statement,) = only(template(), "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_what_an_asynchronous_function_keeps_failing_on_goes_to_the_dead_letter_queue(
    function: Make, template: Synth
) -> None:
    function(asynchronous=True)
    made = template()
    (queue,) = resources(made, "AWS::SQS::Queue")
    arn = {"Fn::GetAtt": [queue, "Arn"]}
    assert "DeadLetterConfig" not in only(made, "AWS::Lambda::Function")
    assert only(made, "AWS::Lambda::EventInvokeConfig")["DestinationConfig"] == {"OnFailure": {"Destination": arn}}
    (statement,) = granted(made, "sqs:SendMessage")
    assert statement["Resource"] == arn


def test_a_function_has_the_permissions_the_environment_and_the_size_that_it_is_given(
    function: Make, template: Synth
) -> None:
    read = Statement(actions=["s3:GetObject"], resources=["arn:aws:s3:::models/model.tar.gz"])
    function(statements=[read], environment={"MODEL": "churn"}, timeout_seconds=900, memory_mib=1024)
    made = template()
    made.has_resource_properties(
        "AWS::Lambda::Function",
        {"Environment": {"Variables": {"MODEL": "churn"}}, "Timeout": 900, "MemorySize": 1024},
    )
    assert [statement["Resource"] for statement in granted(made, "s3:GetObject")] == list(read.resources)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"code": "docs"}, "code='docs' has no handler.py. Name a folder with a handler.py that has a handler()."),
        ({"timeout_seconds": 0}, "timeout_seconds=0 is not a time that Lambda gives. Use 1 to 900."),
        ({"timeout_seconds": 901}, "timeout_seconds=901 is not a time that Lambda gives. Use 1 to 900."),
        ({"memory_mib": 64}, "memory_mib=64 is not a size that Lambda has. Use 128 to 10240."),
        (
            {"environment": {"1ST": "x"}},
            "environment='1ST' is not a name that Lambda takes. Start with a letter, and use letters, digits and "
            "underscores.",
        ),
        (
            {"environment": {"AWS_REGION": "x"}},
            "environment='AWS_REGION' is a name that Lambda keeps for itself. Use another name.",
        ),
    ],
)
def test_what_lambda_would_refuse_is_refused(function: Make, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        function(**given)
    assert str(refused.value) == f"Churn/Greeter: {message}"


def test_every_problem_is_told_at_once(function: Make) -> None:
    with pytest.raises(ConfigurationError) as refused:
        function(code="docs", timeout_seconds=0, memory_mib=0)
    assert [problem.argument for problem in refused.value.problems] == ["code", "timeout_seconds", "memory_mib"]


def test_what_the_deployment_knows_is_let_through(function: Make, template: Synth) -> None:
    function(timeout_seconds=TOKEN, memory_mib=TOKEN, environment={"REGION": cdk.Aws.REGION})
    assert only(template(), "AWS::Lambda::Function")["Timeout"] == {"Ref": "AWS::AccountId"}


def test_who_may_invoke_may_invoke_this_function_only(function: Make, stack: cdk.Stack, template: Synth) -> None:
    made = function()
    made.grant_invoke(iam.User(stack, "Caller"))
    expected = {"Action": "lambda:InvokeFunction", "Resource": stack.resolve(made.function_arn)}
    statement = {"PolicyDocument": {"Statement": [Match.object_like(expected)]}}
    template().has_resource_properties("AWS::IAM::Policy", statement)
    asked = made.invoke_statement().document()
    assert stack.resolve(asked["Resource"]) == [stack.resolve(made.function_arn)]
    assert asked["Action"] == ["lambda:InvokeFunction"]


def test_what_is_compiled_is_not_shipped(function: Make, tmp_path: Path, app: cdk.App) -> None:
    (tmp_path / "handler.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "handler.cpython-311.pyc").write_text("compiled")
    function(code=str(tmp_path))
    staged = [path.name for path in Path(app.synth().directory).glob("asset.*/*")]
    assert staged == ["handler.py"]
