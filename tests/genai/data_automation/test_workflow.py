"""Every file that arrives is worked on, or somebody is told why not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import DataAutomationGeography, DataAutomationProject, DataAutomationWorkflow, DocumentOutput
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only
from tests.executions import Run, executions
from tests.sagemaker.jobs.definitions import definition

ARRIVED = {"bucket": {"name": "inbox"}, "object": {"key": "incoming/invoice 1.pdf"}}
JOB = "arn:aws:bedrock:us-east-1:111111111111:data-automation-invocation/1"
STARTED = {"0": {"Return": {"InvocationArn": JOB}}}
SENT = {"0": {"Return": {"MessageId": "1"}}}
THROTTLED = {"Error": "BedrockDataAutomationRuntime.ThrottlingException", "Cause": "Rate exceeded"}


def saying(*statuses: str) -> dict[str, Any]:
    """What Bedrock says about a job, look by look."""
    return {str(look): {"Return": {"Status": status}} for look, status in enumerate(statuses)}


CASES = {
    "Happy": {"Start": STARTED, "Look": saying("Created", "InProgress", "Success")},
    "Unreadable": {"Start": STARTED, "Look": saying("InProgress", "ClientError"), "Report": SENT},
    "Broken": {"Start": STARTED, "Look": saying("ServiceError"), "Report": SENT},
    "Throttled": {"Start": {"0-9": {"Throw": THROTTLED}}, "Report": SENT},
    "Busy": {"Start": {"0": {"Throw": THROTTLED}}, "Report": SENT},
    "Lost": {"Start": STARTED, "Look": {"0-9": {"Throw": THROTTLED}}, "Report": SENT},
}


def workflow(**options: Any) -> DataAutomationWorkflow:
    """A workflow with these options, in a stack of its own."""
    stack = cdk.Stack(cdk.App(context=FLAGS), "Invoices", env=options.pop("env", None))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    project = DataAutomationProject(stack, "Project", workspace=workspace, documents=DocumentOutput())
    given: dict[str, Any] = {"geography": DataAutomationGeography.US, **options}
    return DataAutomationWorkflow(stack, "Workflow", workspace=workspace, project=project, **given)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the state machine with what a case says."""
    written = {"Machine": definition(workflow().machine)}
    with executions(tmp_path_factory.mktemp("mock"), written, {"Machine": CASES}) as start:

        def given(case: str) -> Mapping[str, Any]:
            ended = start("Machine", case, ARRIVED)
            return {**ended, "sent": ended["tries"]}

        yield given


def test_a_file_is_looked_after_until_it_is_done(run: Run) -> None:
    ended = run("Happy")
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == ["Start", *["Wait", "Look", "Judge"] * 3, "Done"]


@pytest.mark.parametrize(
    ("case", "entered", "error"),
    [
        ("Unreadable", ["Start", *["Wait", "Look", "Judge"] * 2, "Refused"], "ClientError"),
        ("Broken", ["Start", "Wait", "Look", "Judge", "Refused"], "ServiceError"),
        ("Throttled", ["Start"], "BedrockDataAutomationRuntime.ThrottlingException"),
        ("Lost", ["Start", "Wait", "Look"], "BedrockDataAutomationRuntime.ThrottlingException"),
    ],
)
def test_what_could_not_be_worked_on_is_reported_with_its_reason(
    run: Run, case: str, entered: list[str], error: str
) -> None:
    ended = run(case)
    assert ended["status"] == "FAILED"
    assert ended["entered"] == [*entered, "Report", "Failed"]
    (reported,) = (json.loads(state["input"]) for state in ended["states"] if state["name"] == "Report")
    assert reported["error"]["Error"] == error
    assert reported["object"] == ARRIVED["object"]


def test_throttling_is_waited_out_before_it_is_a_failure(run: Run) -> None:
    ended = run("Busy")
    # What the file answers is no event; what it refuses is one for each time.
    assert (ended["status"], ended["sent"]) == ("FAILED", 7)


def test_the_job_is_told_where_the_file_and_its_results_are() -> None:
    made = workflow()
    states = json.loads(definition(made.machine))["States"]
    start = states["Start"]["Parameters"]
    assert start["InputConfiguration"] == {"S3Uri.$": "States.Format('s3://{}/{}', $.bucket.name, $.object.key)"}
    found = "States.Format('s3://{}/results/{}', $.bucket.name, $.object.key)"
    assert start["OutputConfiguration"] == {"S3Uri.$": found}
    assert start["DataAutomationConfiguration"]["Stage"] == "LIVE"
    assert start["ClientToken.$"] == "States.Hash($$.Execution.Id, 'SHA-256')"
    assert start["DataAutomationProfileArn"].endswith(":data-automation-profile/us.data-automation-v1")
    template = Template.from_stack(cdk.Stack.of(made))
    rule = only(template, "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["object"] == {"key": [{"prefix": "incoming/"}]}
    inbox = [
        each["Properties"]
        for each in template.find_resources("AWS::S3::Bucket").values()
        if "NotificationConfiguration" in each["Properties"]
    ]
    assert len(inbox) == 1


def test_the_role_may_work_in_the_regions_of_the_geography_and_in_the_bucket() -> None:
    stack = cdk.Stack.of(workflow(geography=DataAutomationGeography.EU, env=cdk.Environment(region="eu-west-2")))
    policies = json.dumps(Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy"))
    assert policies.count("data-automation-profile/eu.data-automation-v1") == 2
    for allowed in ("s3:GetObject", "s3:PutObject", "/incoming/*", "/results/*", "kms:CreateGrant", "sqs:SendMessage"):
        assert allowed in policies


def test_a_bucket_of_ones_own_brings_its_key() -> None:
    stack = cdk.Stack(cdk.App(context=FLAGS), "Invoices")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/1")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Bucket", bucket_name="invoices", encryption_key=key)
    made = DataAutomationWorkflow(
        stack,
        "Workflow",
        workspace=workspace,
        project=DataAutomationProject(stack, "Project", workspace=workspace, documents=DocumentOutput()),
        geography=DataAutomationGeography.US,
        bucket=bucket,
    )
    assert made.bucket is bucket
    assert "key/1" in json.dumps(Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy"))


@pytest.mark.parametrize(
    ("options", "value", "fix"),
    [
        ({"prefix": "incoming"}, "prefix='incoming' is no prefix", "Write it as incoming/"),
        ({"results_prefix": "incoming/found/"}, "results would be worked on as well", "Put results elsewhere"),
        ({"poll_seconds": 5}, "poll_seconds=5", "Use 10 to 3600"),
        ({"timeout_seconds": 86_401}, "timeout_seconds=86401", "Use 60 to 86400"),
        ({"poll_seconds": 10, "timeout_seconds": 86_400}, "is longer than 2000 looks", "Raise poll_seconds"),
        (
            {"geography": DataAutomationGeography.EU, "env": cdk.Environment(region="us-east-1")},
            "geography='eu' has no data automation in us-east-1",
            "Use us",
        ),
        (
            {"env": cdk.Environment(region="us-east-2")},
            "geography='us' has no data automation in us-east-2",
            "Deploy the stack to another region",
        ),
    ],
)
def test_what_could_not_work_is_said_with_its_fix(options: dict[str, Any], value: str, fix: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        workflow(**options)
    problems = [str(problem) for problem in raised.value.problems]
    assert any(value in problem and fix in problem for problem in problems), problems


def test_a_time_has_to_be_known_at_synth_and_a_prefix_has_not() -> None:
    token = cdk.Token.as_string({"Ref": "AWS::StackName"})
    assert workflow(prefix=token).prefix == token
    with pytest.raises(ConfigurationError, match="has to be known at synth"):
        workflow(poll_seconds=cdk.Token.as_number({"Ref": "AWS::AccountId"}))
