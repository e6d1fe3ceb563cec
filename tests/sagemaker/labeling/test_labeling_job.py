"""A labelling job reads its input, writes its labels and asks its team, for accounts that were there before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts.lifecycle import entry
from cdk_ml.sagemaker import LabelingJob
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Workspace
from tests.conftest import resources

Make = Callable[..., LabelingJob]
Synth = Callable[[], Template]
TEAM = "arn:aws:sagemaker:us-east-1:111111111111:workteam/private-crowd/claims"
TOKEN = cdk.Token.as_string({"Ref": "Parameter"})


@pytest.fixture
def job(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a job, of defaults but for what the test says."""

    def make(**options: Any) -> LabelingJob:
        given = {
            "workspace": workspace,
            "workteam_arn": TEAM,
            "question": "Is this a claim?",
            "labels": ["claim", "no claim"],
            "input_prefix": "letters/",
            "output_prefix": "labelled/",
            "existing_customer": True,
        }
        return LabelingJob(stack, "Job", **{**given, **options})

    return make


def state(made: LabelingJob, stack: cdk.Stack, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = stack.resolve(made.task(stack, "Label", **{"manifest": "$.m", **options}).to_state_json())
    return found


def statements(template: Template, of: str) -> list[dict[str, Any]]:
    """What a role may do, by the beginning of its policy's logical id."""
    policies = resources(template, "AWS::IAM::ManagedPolicy")
    (found,) = [body["Properties"]["PolicyDocument"]["Statement"] for id, body in policies.items() if id.startswith(of)]
    return list(found)


def test_the_task_waits_for_a_job_of_its_own(job: Make, stack: cdk.Stack) -> None:
    found = state(job(), stack)
    parameters = found["Parameters"]
    assert found["Resource"]["Fn::Join"][1][-1] == ":states:::sagemaker:createLabelingJob.sync"
    assert parameters["LabelingJobName.$"] == "States.Format('labeling-{}', States.UUID())"
    assert parameters["InputConfig"] == {"DataSource": {"S3DataSource": {"ManifestS3Uri.$": "$.m"}}}
    asked = parameters["HumanTaskConfig"]
    assert (asked["WorkteamArn"], asked["TaskTitle"]) == (TEAM, "Is this a claim?")
    assert asked["NumberOfHumanWorkersPerDataObject"] == 1
    assert asked["TaskAvailabilityLifetimeInSeconds"] == 864_000
    assert "PublicWorkforceTaskPrice" not in asked, "nothing goes to the public crowd"


def test_labels_are_written_under_the_workspaces_key(job: Make, workspace: Workspace, stack: cdk.Stack) -> None:
    output = state(job(), stack)["Parameters"]["OutputConfig"]
    assert output["KmsKeyId"] == stack.resolve(workspace.key.key_arn)
    assert output["S3OutputPath"] == stack.resolve(f"s3://{workspace.data_bucket.bucket_name}/labelled/")


def test_a_manifest_may_be_known_beforehand(job: Make, stack: cdk.Stack) -> None:
    found = state(job(workers_per_object=3), stack, manifest="s3://data/letters/all.manifest", hours_available=2)
    assert found["Parameters"]["InputConfig"]["DataSource"]["S3DataSource"] == {
        "ManifestS3Uri": "s3://data/letters/all.manifest"
    }
    assert found["Parameters"]["HumanTaskConfig"]["NumberOfHumanWorkersPerDataObject"] == 3
    assert found["Parameters"]["HumanTaskConfig"]["TaskAvailabilityLifetimeInSeconds"] == 7200


def test_the_job_reads_its_input_and_writes_its_output_and_no_other_prefix(job: Make, template: Synth) -> None:
    job()
    found = statements(template(), "JobRole")
    written = [s for s in found if "s3:PutObject" in s["Action"]]
    assert [s["Resource"]["Fn::Join"][1][-1] for s in written] == ["/labelled/*"]
    (read,) = [s["Resource"] for s in found if s["Action"] == "s3:GetObject"]
    ends = [arn["Fn::Join"][1][-1] for arn in read]
    assert {"/letters/*", "/labelled/*"} < {*ends}
    assert len(ends) == 3, "and the page that workers see"
    (called,) = [s["Resource"] for s in found if s["Action"] == "lambda:InvokeFunction"]
    assert len(called) == 2


def test_a_state_machine_may_run_and_stop_labelling_jobs_and_pass_the_one_role(
    job: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = job()
    chain: sfn.IChainable = made.task(stack, "Label", manifest="$.m")
    StateMachine(stack, "Machine", workspace=workspace, definition=chain, statements=made.statements)
    found = {str(s["Action"]): s for s in statements(template(), "MachineRole")}
    passed = found["iam:PassRole"]
    assert passed["Resource"] == stack.resolve(made.role.role_arn)
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    jobs = found[str(["sagemaker:CreateLabelingJob", "sagemaker:DescribeLabelingJob", "sagemaker:StopLabelingJob"])]
    assert jobs["Resource"]["Fn::Join"][1][-1] == ":labeling-job/labeling-*"


def test_whoever_synthesizes_it_is_warned(job: Make, stack: cdk.Stack) -> None:
    job()
    sentence = entry("sagemaker-ground-truth").sentence()[:40]
    Annotations.from_stack(stack).has_warning("/Churn/Job", Match.string_like_regexp(sentence))


def test_a_new_customer_is_told_the_successor(job: Make) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^Churn/Job: existing_customer=False .*a review workflow of your own"
    ):
        job(existing_customer=False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"question": "x" * 129},
            f"question='{'x' * 129}' is no question that SageMaker takes. Ask in a line of 1 to 128 characters.",
        ),
        ({"labels": ["claim"]}, "labels=['claim'] leaves nothing to choose. Name at least two different labels."),
        (
            {"input_prefix": "letters"},
            "input_prefix='letters' is no prefix of its own in the bucket. Write one such as letters/.",
        ),
        (
            {"output_prefix": "/"},
            "output_prefix='/' is no prefix of its own in the bucket. Write one such as letters/.",
        ),
        (
            {"workers_per_object": 10},
            "workers_per_object=10 is not a number of workers that SageMaker asks. Use 1 to 9.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(job: Make, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        job(**given)
    assert str(refused.value) == f"Churn/Job: {message}"


def test_more_hours_than_tasks_are_kept_are_refused(job: Make, stack: cdk.Stack) -> None:
    made = job()
    with pytest.raises(ConfigurationError) as refused:
        state(made, stack, hours_available=241)
    assert str(refused.value) == (
        "Churn/Label: hours_available=241 is not a time that tasks are kept for a private team. Use 1 to 240."
    )


def test_what_the_deployment_knows_is_let_through(job: Make, stack: cdk.Stack) -> None:
    made = job(question=TOKEN, input_prefix=TOKEN, output_prefix=TOKEN, workteam_arn=TOKEN)
    assert state(made, stack)["Parameters"]["HumanTaskConfig"]["WorkteamArn"] == {"Ref": "Parameter"}
