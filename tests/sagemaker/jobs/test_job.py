"""What every job has: a role, a network, a name for each run, and a state that runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import Compute, Data, Parameter, ProcessingJob, TrainingJob, TuningJob
from cdk_ml.sagemaker.jobs.job import JobKind
from cdk_ml.testing import assert_state_machines_valid
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Processing = Callable[..., ProcessingJob]
Training = Callable[..., TrainingJob]
Synth = Callable[[], Template]


@pytest.mark.parametrize(
    ("kind", "noun", "id_length"),
    [
        (ProcessingJob.kind, "ProcessingJob", 36),
        (TrainingJob.kind, "TrainingJob", 36),
        (TuningJob.kind, "HyperParameterTuningJob", 12),
    ],
)
def test_a_kind_knows_its_noun_and_how_long_an_id_fits_into_a_name(kind: JobKind, noun: str, id_length: int) -> None:
    assert (kind.noun, kind.id_length) == (noun, id_length)


def test_the_name_of_a_run_fits_whatever_the_id(processing: Processing) -> None:
    job = processing(id="A" * 80)
    assert len(job.run_prefix) + 1 + 36 == 63


@pytest.mark.parametrize("id", ["Prepare_Data", "-prepare", "Prepare-", "Prepare Data", "Prüfen"])
def test_an_id_that_no_name_may_begin_with_is_refused(processing: Processing, id: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        processing(id=id)
    (problem,) = caught.value.problems
    assert (problem.argument, problem.value) == ("id", id)
    assert problem.fix == "Use letters, digits and hyphens, such as TrainModel"


def test_a_job_uses_the_jobs_whose_outputs_and_results_it_takes(processing: Processing, training: Training) -> None:
    prepare = processing(outputs=["train"])
    train = training(inputs={"train": prepare.output("train")})
    judge = processing(id="Judge", inputs={"model": train.model}, arguments=["--of", prepare.result("RoleArn")])
    assert (prepare.uses, train.uses, judge.uses) == (frozenset(), {"Prepare"}, {"Train", "Prepare"})


def test_a_parameter_is_of_no_job(processing: Processing) -> None:
    assert processing(arguments=[Parameter("Rate", 1)]).uses == frozenset()


def test_a_state_machine_may_run_this_job_and_no_other(processing: Processing, stack: cdk.Stack) -> None:
    job = processing()
    documents = stack.resolve([statement.document() for statement in job.run_statements()])

    def arn(service: str, name: str) -> dict[str, Any]:
        partition, region, account = ({"Ref": f"AWS::{name}"} for name in ("Partition", "Region", "AccountId"))
        return {"Fn::Join": ["", ["arn:", partition, f":{service}:", region, ":", account, f":{name}"]]}

    runs = arn("sagemaker", "processing-job/prepare-*")
    rule = arn("events", "rule/StepFunctionsGetEventsForSageMakerProcessingJobsRule")
    assert documents == [
        {
            "Effect": "Allow",
            "Action": [
                "sagemaker:CreateProcessingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:StopProcessingJob",
            ],
            "Resource": [runs],
        },
        {"Effect": "Allow", "Action": ["sagemaker:AddTags"], "Resource": [runs]},
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": [stack.resolve(job.role.role_arn)],
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
        {
            "Effect": "Allow",
            "Action": ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            "Resource": [rule],
        },
    ]


def test_a_chain_of_jobs_is_a_state_machine_that_is_valid(
    processing: Processing, training: Training, workspace: Workspace, stack: cdk.Stack
) -> None:
    prepare = processing(inputs={"raw": Data(workspace.data_bucket, "raw/")}, outputs=["train"])
    train = training(inputs={"train": prepare.output("train")}, checkpoints=True)
    judge = processing(id="Judge", inputs={"model": train.model})
    tasks = [job.task(stack, f"Run{job.step_name}") for job in (prepare, train, judge)]
    statements = [statement for job in (prepare, train, judge) for statement in job.run_statements()]
    chain = tasks[0].next(tasks[1]).next(tasks[2])
    StateMachine(stack, "Machine", workspace=workspace, definition=chain, statements=statements)
    assert assert_state_machines_valid(stack) == 1


def test_a_state_keeps_its_result_under_the_jobs_id_and_retries_when_throttled(
    processing: Processing, stack: cdk.Stack
) -> None:
    state: Any = processing().task(stack, "Run").to_state_json()
    assert state["ResultPath"] == "$['Prepare']"
    assert state["Parameters"]["ProcessingJobName.$"] == "States.Format('Prepare-{}', States.UUID())"
    assert state["Retry"] == [
        {
            "ErrorEquals": ["SageMaker.AmazonSageMakerException", "SageMaker.ResourceLimitExceededException"],
            "IntervalSeconds": 30,
            "BackoffRate": 2,
            "MaxAttempts": 5,
            "MaxDelaySeconds": 600,
            "JitterStrategy": "FULL",
        }
    ]


def test_one_instance_talks_to_nobody(processing: Processing, template: Synth) -> None:
    processing()
    made = template()
    group = only(made, "AWS::EC2::SecurityGroup")
    assert [(rule["IpProtocol"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [("tcp", 443)]
    assert resources(made, "AWS::EC2::SecurityGroupIngress") == {}
    assert resources(made, "AWS::EC2::SecurityGroupEgress") == {}


def test_several_instances_talk_to_each_other_and_to_nobody_else(processing: Processing, template: Synth) -> None:
    processing(compute=Compute(instance_type="ml.m5.xlarge", instance_count=2))
    made = template()
    ((group, _),) = resources(made, "AWS::EC2::SecurityGroup").items()
    own = {"Fn::GetAtt": [group, "GroupId"]}
    common = {"GroupId": own, "IpProtocol": "-1"}
    made.has_resource_properties("AWS::EC2::SecurityGroupIngress", {**common, "SourceSecurityGroupId": own})
    made.has_resource_properties("AWS::EC2::SecurityGroupEgress", {**common, "DestinationSecurityGroupId": own})


def test_runs_carry_the_cost_tags_because_the_stacks_do_not_reach_them(
    processing: Processing, workspace: Workspace
) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in processing().request["Tags"]}
    assert tags == dict(workspace.tags.items())


def test_a_role_of_the_users_own_is_taken_and_granted_nothing(
    processing: Processing, stack: cdk.Stack, template: Synth
) -> None:
    own = iam.Role.from_role_name(stack, "Own", "mine")
    job = processing(role=own)
    assert job.role == own
    template().resource_count_is("AWS::IAM::ManagedPolicy", 0)


def test_the_role_can_be_assumed_by_sagemaker_of_this_account_only(processing: Processing, template: Synth) -> None:
    processing()
    template().has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Action": "sts:AssumeRole",
                        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                        "Effect": "Allow",
                        "Principal": {"Service": "sagemaker.amazonaws.com"},
                    }
                ],
                "Version": Match.any_value(),
            }
        },
    )
