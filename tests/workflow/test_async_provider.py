"""A custom resource may take long, and always answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.testing.emulator import Deployment, DeploymentError, Emulator
from cdk_ml.workflow import AsyncProvider
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

CODE = "docs/examples/slow_resource"


def test_the_resource_waits_for_the_machine_and_everything_the_machine_calls(
    stack: cdk.Stack, workspace: Workspace
) -> None:
    provider = AsyncProvider(stack, "Provider", workspace=workspace, code=CODE)
    provider.resource(stack, "Slow", type="Custom::Slow", properties={"Size": "3"})
    template = Template.from_stack(stack)
    slow = only(template, "Custom::Slow")
    start = slow["ServiceToken"]["Fn::GetAtt"][0]
    functions = resources(template, "AWS::Lambda::Function")
    ((machine, body),) = resources(template, "AWS::StepFunctions::StateMachine").items()
    assert functions[start]["Properties"]["Environment"]["Variables"]["STATE_MACHINE_ARN"] == {"Ref": machine}
    called = json.dumps(body["Properties"]["DefinitionString"])
    assert all(name in called for name in functions if name != start)
    assert slow["ServiceTimeout"] == "3600"


def test_a_request_that_does_not_even_begin_is_kept_in_the_dead_letter_queue(
    stack: cdk.Stack, workspace: Workspace
) -> None:
    AsyncProvider(stack, "Provider", workspace=workspace, code=CODE)
    template = Template.from_stack(stack)
    config = only(template, "AWS::Lambda::EventInvokeConfig")
    (queue,) = resources(template, "AWS::SQS::Queue")
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": [queue, "Arn"]}}}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step_seconds": 901}, "step_seconds=901 is not a time that Lambda gives. Use 1 to 900."),
        ({"poll_seconds": 0}, "poll_seconds=0 is too short, or too long to notice the end. Use 1 to 600."),
        (
            {"step_seconds": 0, "poll_seconds": 601},
            "step_seconds=0 is not a time that Lambda gives. Use 1 to 900.\n"
            "Churn/Provider: poll_seconds=601 is too short, or too long to notice the end. Use 1 to 600.",
        ),
        (
            {"timeout_seconds": 3_500},
            "timeout_seconds=3500 is no time, or leaves none to answer in: CloudFormation gives up after an hour. "
            "Use 1 to 3225 with step_seconds=60.",
        ),
        (
            {"step_seconds": 900},
            "timeout_seconds=3000 is no time, or leaves none to answer in: CloudFormation gives up after an hour. "
            "Use fewer step_seconds.",
        ),
    ],
)
def test_what_would_leave_cloudformation_without_an_answer_is_refused(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, int], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        AsyncProvider(stack, "Provider", workspace=workspace, code=CODE, **options)
    assert str(error.value) == f"Churn/Provider: {message}"


@pytest.fixture(scope="module")
def provider() -> AsyncProvider:
    """A provider that every refusal is asked of: a refused resource leaves nothing behind."""
    stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    return AsyncProvider(stack, "Provider", workspace=workspace, code=CODE)


@pytest.mark.parametrize("type_", ["Slow", "Custom::", "Custom::a b", "Custom::a/b", f"Custom::{'x' * 53}"])
def test_what_is_no_type_of_a_custom_resource_is_refused(provider: AsyncProvider, type_: str) -> None:
    with pytest.raises(ConfigurationError, match="Write Custom:: and a name"):
        provider.resource(cdk.Stack.of(provider), "Slow", type=type_, properties={})


def test_what_only_the_deployment_knows_passes(stack: cdk.Stack, workspace: Workspace) -> None:
    number = cdk.Token.as_number({"Ref": "Seconds"})
    AsyncProvider(stack, "Provider", workspace=workspace, code=CODE, timeout_seconds=number, step_seconds=number)


# On the emulator, which waits for CloudFormation's answer as AWS does.

STEPS = """
import time
attempts = {}
class RefusedError(Exception): pass
def handler(request, context):
    how = request["ResourceProperties"]["How"]
    if request["RequestType"] == "Delete":
        return {"done": True}
    if how == "refused":
        raise RefusedError("that cannot be")
    if how == "broken":
        raise ValueError("no such thing")
    if how == "never":
        return {"done": False, "waiting_for": "godot"}
    if how == "silent":
        return {}
    if how == "slow-once":
        import pathlib
        mark = pathlib.Path(request["ResourceProperties"]["Mark"])
        if not mark.exists():
            mark.write_text("seen")
            time.sleep(60)
        return {"done": True, "data": {"Tried": "again"}}
    return {"done": True}
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(environment={"SFN_WAIT_SCALE": "0.01"}) as running:
        yield running


def deploy(emulator: Emulator, folder: Path, *, seconds: int = 3_000, **properties: str) -> Deployment:
    """Deploys a resource whose steps do as ``How`` says."""
    emulator.reset()
    code = folder / "code"
    code.mkdir()
    (code / "handler.py").write_text(STEPS)
    app = cdk.App(outdir=str(folder / "cdk.out"), context={**FLAGS, "cdk-ml:delete-data": True})
    stack = cdk.Stack(app, "Slow")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    provider = AsyncProvider(
        stack, "Provider", workspace=workspace, code=code, step_seconds=3, poll_seconds=5, timeout_seconds=seconds
    )
    made = provider.resource(stack, "Made", type="Custom::Made", properties=properties)
    if properties["How"] == "slow-once":
        cdk.CfnOutput(stack, "Tried", value=made.get_att_string("Tried"))
    app.synth()
    emulator.publish(folder / "cdk.out")
    template: dict[str, Any] = json.loads((folder / "cdk.out" / "Slow.template.json").read_text())
    return emulator.deploy(template, "Slow")


def test_a_step_that_runs_out_of_time_is_tried_again(emulator: Emulator, tmp_path: Path) -> None:
    deployment = deploy(emulator, tmp_path, How="slow-once", Mark=str(tmp_path / "mark"))
    assert deployment.outputs == {"Tried": "again"}
    assert (tmp_path / "mark").exists()
    emulator.destroy("Slow")


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("refused", "that cannot be"),
        ("broken", "no such thing"),
        ("never", "TimedOut: still waiting for godot"),
        ("silent", "TimedOut: still waiting for"),
    ],
)
def test_a_resource_that_cannot_be_made_fails_with_the_reason_and_not_after_an_hour(
    emulator: Emulator, tmp_path: Path, how: str, reason: str
) -> None:
    with pytest.raises(DeploymentError) as failure:
        deploy(emulator, tmp_path, seconds=2, How=how)
    assert failure.value.status == "ROLLBACK_COMPLETE"
    reasons = [event.reason for event in failure.value.events if event.type == "Custom::Made"]
    assert reason in reasons[0]
