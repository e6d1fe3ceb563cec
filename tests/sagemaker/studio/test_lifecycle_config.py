"""A script becomes a configuration whose name changes with it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import StudioLifecycleConfig
from cdk_ml.workspace import Workspace
from tests.conftest import only

Synth = Callable[[], Template]
CONFIG = "AWS::SageMaker::StudioLifecycleConfig"
SCRIPT = "stacks/studio_setup.sh"


def test_a_file_is_taken_as_it_is(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    StudioLifecycleConfig.from_file(stack, "Setup", workspace=workspace, path=SCRIPT, app="CodeEditor")
    config = only(template(), CONFIG)
    assert base64.b64decode(config["StudioLifecycleConfigContent"]) == Path(SCRIPT).read_bytes()
    assert config["StudioLifecycleConfigAppType"] == "CodeEditor"
    # A changed tag would replace it under the same name.
    assert "Tags" not in config


def test_another_script_has_another_name_and_the_same_one_the_same(workspace: Workspace) -> None:
    names = []
    for script in ("true", "true", "false"):
        other = cdk.Stack(cdk.App(), "Churn")
        StudioLifecycleConfig(other, "Setup", workspace=workspace, script=script)
        names.append(only(Template.from_stack(other), CONFIG)["StudioLifecycleConfigName"])
    assert names[0] == names[1] != names[2]
    assert {len(name.rpartition("-")[2]) for name in names} == {8}


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("", "script='' does nothing. Give a shell script."),
        ("a\r\nb", "has line ends of Windows, which a shell takes as part of a word"),
        ("x" * 12_289, "has 16388 characters in base64, but a lifecycle configuration has at most 16384"),
        ("a\ufffd", "is not UTF-8"),
    ],
)
def test_what_studio_would_not_run_is_refused(
    stack: cdk.Stack, workspace: Workspace, script: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        StudioLifecycleConfig(stack, "Setup", workspace=workspace, script=script)
    assert message in str(error.value)


def test_a_script_that_only_the_deployment_knows_is_refused_because_the_name_depends_on_it(
    stack: cdk.Stack, workspace: Workspace
) -> None:
    script = cdk.CfnParameter(stack, "Script").value_as_string
    with pytest.raises(ConfigurationError, match="a change of it has to change the name"):
        StudioLifecycleConfig(stack, "Setup", workspace=workspace, script=script)


def test_a_file_that_is_not_there_is_refused(stack: cdk.Stack, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match=r"Churn/Setup: path='none.sh' is no file"):
        StudioLifecycleConfig.from_file(stack, "Setup", workspace=workspace, path="none.sh")
