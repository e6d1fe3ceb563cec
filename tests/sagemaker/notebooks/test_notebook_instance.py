"""A notebook instance has no way out and no root, and stops itself."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import NotebookInstance
from cdk_ml.workspace import Workspace
from tests.conftest import ROOT, only, resources

Make = Callable[..., NotebookInstance]
Synth = Callable[[], Template]
INSTANCE = "AWS::SageMaker::NotebookInstance"


@pytest.fixture
def notebook(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes an instance, of defaults but for what the test says."""
    return lambda **options: NotebookInstance(stack, "Notebook", **{"workspace": workspace, **options})


def script(template: Template) -> str:
    """What runs when the instance starts."""
    config = only(template, "AWS::SageMaker::NotebookInstanceLifecycleConfig")
    return base64.b64decode(config["OnStart"][0]["Content"]).decode()


def test_an_instance_is_closed_and_encrypted(
    notebook: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    notebook()
    made = only(template(), INSTANCE)
    assert (made["DirectInternetAccess"], made["RootAccess"]) == ("Disabled", "Disabled")
    assert made["InstanceMetadataServiceConfiguration"] == {"MinimumInstanceMetadataServiceVersion": "2"}
    assert made["KmsKeyId"] == stack.resolve(workspace.key.key_arn)
    assert made["SubnetId"] == stack.resolve(workspace.subnet_ids[0])
    assert made["PlatformIdentifier"] == "notebook-al2023-v1"


def test_the_timer_is_roots_and_the_setup_is_the_users(notebook: Make, template: Synth, tmp_path: Path) -> None:
    notebook(idle_minutes=45, setup="git config --global pull.rebase true")
    text = script(template())
    assert "--on-unit-active=5min /usr/bin/python3 /usr/local/bin/stop_when_idle.py 45" in text
    assert text.endswith("su - ec2-user <<'SCRIPT'\ngit config --global pull.rebase true\nSCRIPT\n")
    file = tmp_path / "on-start.sh"
    file.write_text(text)
    subprocess.run(["bash", "-n", str(file)], check=True)


def test_the_script_writes_the_program_that_the_tests_run(notebook: Make, template: Synth, tmp_path: Path) -> None:
    notebook()
    program = tmp_path / "stop_when_idle.py"
    lines = script(template()).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("base64 --decode"))
    writing = "\n".join(lines[start : start + 3]).replace("/usr/local/bin/stop_when_idle.py", str(program))
    subprocess.run(["bash", "-c", writing], check=True)
    assert program.read_bytes() == (ROOT / "lambda/notebook_idle/stop_when_idle.py").read_bytes()


def test_its_role_may_stop_this_one_instance_through_the_private_endpoint(
    notebook: Make, stack: cdk.Stack, template: Synth
) -> None:
    made = notebook()
    statements = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    (stop,) = [statement for statement in statements if statement["Action"] == "sagemaker:StopNotebookInstance"]
    assert stop["Resource"] == stack.resolve(made.notebook_instance_arn)
    assert stop["Resource"]["Fn::Join"][1][-1].startswith(":notebook-instance/churn-notebook-")
    endpoints = json.dumps(resources(template(), "AWS::EC2::VPCEndpoint"))
    assert ".sagemaker.api" in endpoints


def test_a_fixed_name_keeps_an_update_from_taking_the_volume_away(notebook: Make, template: Synth) -> None:
    assert notebook().notebook_instance_name == only(template(), INSTANCE)["NotebookInstanceName"]


def test_people_are_granted_one_instance(notebook: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    notebook(notebook_instance_name="Churn").grant_open(caller)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    # SageMaker's ARNs are in lower case.
    assert statement["Resource"]["Fn::Join"][1][-1] == ":notebook-instance/churn"


def test_a_role_of_the_users_own_is_used_and_granted_nothing(notebook: Make, stack: cdk.Stack, template: Synth) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    notebook(role=role)
    made = template()
    made.resource_count_is("AWS::IAM::Role", 0)
    assert only(made, INSTANCE)["RoleArn"] == role.role_arn


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"instance_type": "ml.c4.large"}, "instance_type='ml.c4.large' is not an instance type of notebook instances"),
        ({"volume_gib": 4}, "volume_gib=4 is not a size that a volume may have. Use 5 to 16384 GiB."),
        ({"idle_minutes": 5}, "idle_minutes=5 is shorter than a break, or longer than a week. Use 15 to 10080."),
        ({"notebook_instance_name": "a_b"}, "notebook_instance_name='a_b' is not a name that SageMaker takes"),
        ({"setup": "a\r\nb"}, "has a line that ends it, or line ends of Windows"),
        ({"setup": "a\nSCRIPT\nrm -rf /"}, "has a line that ends it, or line ends of Windows"),
        ({"setup": "x" * 16_000}, "characters in base64, but SageMaker takes 16384"),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(notebook: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        notebook(**options)
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["setup", "idle_minutes"])
def test_what_the_script_is_made_of_has_to_be_known(notebook: Make, stack: cdk.Stack, name: str) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    token = text if name == "setup" else cdk.Token.as_number({"Ref": "Text"})
    with pytest.raises(ConfigurationError, match=f"{name}='a token' is known at deployment only"):
        notebook(**{name: token})


def test_what_is_known_only_at_deployment_passes(notebook: Make, stack: cdk.Stack, template: Synth) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    size = cdk.Token.as_number({"Ref": "Size"})
    notebook(instance_type=text, volume_gib=size, notebook_instance_name=text)
    assert only(template(), INSTANCE)["InstanceType"] == {"Ref": "Text"}
