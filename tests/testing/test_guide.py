"""The page about testing, followed by a user who has only the wheel."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

GUIDE = ROOT / "docs" / "guide" / "testing.md"
PACKAGE = '''
import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from cdk_ml.workspace import acknowledge


class ChurnStack(cdk.Stack):
    """A workflow with its log."""

    def __init__(self, scope, id):
        super().__init__(scope, id)
        log = sfn.LogOptions(destination=logs.LogGroup(self, "Log"), level=sfn.LogLevel.ALL)
        body = sfn.DefinitionBody.from_chainable(sfn.Pass(self, "Prepare").next(sfn.Succeed(self, "Done")))
        machine = sfn.StateMachine(self, "Machine", definition_body=body, tracing_enabled=True, logs=log)
        policy = machine.role.node.find_child("DefaultPolicy")
        acknowledge(policy, "Log delivery and tracing take no resource.", "AwsSolutions-IAM5[Resource::*]")
        for construct in (self, machine):
            cdk.Tags.of(construct).add("project", "churn")
'''
APP = """
import aws_cdk as cdk
from my_package import ChurnStack

app = cdk.App()
ChurnStack(app, "Churn")
app.synth()
"""
# It lets the stack of the guide be deployed, and not its failing twin, which has a bucket.
POLICY = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotAction": "s3:CreateBucket", "Resource": "*"}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a stack, an app, the tests of the guide, and the wheel unpacked beside them."""
    folder = tmp_path_factory.mktemp("project")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "library")
    (folder / "my_package.py").write_text(PACKAGE)
    (folder / "app.py").write_text(APP)
    (folder / "deployment-policy.json").write_text(json.dumps(POLICY))
    environment = {**os.environ, "CDK_OUTDIR": str(folder / "deployed"), "CDK_VALIDATION": "false"}
    subprocess.run([sys.executable, "app.py"], cwd=folder, env=environment | library(folder), check=True)
    (block,) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    (folder / "test_churn.py").write_text(block)
    return folder


def library(project: Path) -> dict[str, str]:
    """Lets Python find the unpacked wheel, and the project."""
    return {"PYTHONPATH": os.pathsep.join([str(project / "library"), str(project)])}


def run_tests(project: Path) -> str:
    environment = {**os.environ, "CDK_VALIDATION": "false"} | library(project)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", "-rA"]
    ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def test_the_tests_of_the_guide_pass_and_fail_once_the_stack_is_wrong(project: Path) -> None:
    names = re.findall(r"^def (test_\w+)", (project / "test_churn.py").read_text(), re.MULTILINE)
    said = run_tests(project)
    assert len(names) == 9
    assert sorted(re.findall(r"^PASSED test_churn.py::(\w+)", said, re.MULTILINE)) == sorted(names), said
    package = project / "my_package.py"
    package.write_text(
        PACKAGE.replace("\nclass ChurnStack", "from aws_cdk import aws_iam as iam\nimport random\n\nclass ChurnStack")
        + "        arn = 'arn:aws:s3:::churn/' + str(random.random())\n"
        + "        statement = iam.PolicyStatement(actions=['s3:GetObjects'], resources=[arn])\n"
        + "        machine.add_to_role_policy(statement)\n"
        + "        cdk.CfnResource(self, 'Eyes', type='AWS::LookoutVision::Project')\n"
        + "        for name in ('One', 'Two'):\n"
        + "            logs.CfnLogGroup(self, name, log_group_name='churn')\n"
        + "        data = cdk.CfnResource(self, 'Data', type='AWS::S3::Bucket')\n"
        + "        data.apply_removal_policy(cdk.RemovalPolicy.RETAIN)\n"
        + "        machine.node.default_child.definition_string = '{}'\n"
    )
    said = run_tests(project)
    assert sorted(re.findall(r"^FAILED test_churn.py::(\w+)", said, re.MULTILINE)) == sorted(names), said
    for reason in (
        "Churn/Eyes: Lifecycle::",
        "s3:GetObjects does not exist",
        "is in aws, but the stack is in no region",
        "Churn/Machine/Resource: StartAt names None, which is no state.",
        "Two synths of app.py are byte-identical: ",
        "It can be deployed: ",
        "It can be updated: ",
        "Churn/Two: already-exists: churn already exists: One has that name.",
        "Churn/Data: AWS::S3::Bucket stays, by its DeletionPolicy.",
        "Churn/Data: create needs s3:CreateBucket on ",
    ):
        assert reason in said
