"""A transform job is a model over data: asked for in one request, within what SageMaker takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from botocore.validate import ParamValidator

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import Association, Batching, Compute, Data, Model, Output, TransformJob
from cdk_ml.sagemaker.jobs.batching import batching_problems
from cdk_ml.sagemaker.jobs.values import for_pipeline, for_state_machine
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., TransformJob]
Synth = Callable[[], Template]
CSV = "text/csv"


@pytest.fixture
def records(stack: cdk.Stack) -> s3.IBucket:
    """A bucket with records in it."""
    return s3.Bucket.from_bucket_name(stack, "RecordBucket", "records")


@pytest.fixture
def transform(stack: cdk.Stack, workspace: Workspace, records: s3.IBucket) -> Make:
    """Makes a transform job, of defaults but for what the test says."""

    def make(**options: Any) -> TransformJob:
        given = {
            "workspace": workspace,
            "model": Model.from_artifact(records, "model.tar.gz", image=images.built_in_algorithm("xgboost")),
            "data": Data(records, "customers/", content_type=CSV),
            "compute": Compute(instance_type="ml.m5.xlarge"),
            **options,
        }
        return TransformJob(stack, "Score", **given)

    return make


def test_the_model_is_in_the_workspaces_network_and_the_job_uses_it(
    transform: Make, stack: cdk.Stack, template: Synth
) -> None:
    job = transform()
    made = template()
    ((logical_id, found),) = resources(made, "AWS::SageMaker::Model").items()
    assert found["Properties"]["EnableNetworkIsolation"] is True
    assert len(found["Properties"]["VpcConfig"]["SecurityGroupIds"]) == 1
    assert stack.resolve(job.request["ModelName"]) == {"Fn::GetAtt": [logical_id, "ModelName"]}


def test_nothing_runs_and_nothing_logs_until_the_job_does(transform: Make, template: Synth) -> None:
    transform()
    made = template()
    for type_ in ("AWS::SageMaker::Endpoint", "AWS::Logs::LogGroup", "AWS::ApplicationAutoScaling::ScalableTarget"):
        made.resource_count_is(type_, 0)


def test_answers_and_volumes_are_under_the_workspaces_key(transform: Make, workspace: Workspace) -> None:
    request = transform().request
    assert request["TransformOutput"]["KmsKeyId"] == workspace.key.key_arn
    assert request["TransformResources"]["VolumeKmsKeyId"] == workspace.key.key_arn


def test_instances_with_disks_of_their_own_get_no_key_because_sagemaker_refuses_it(transform: Make) -> None:
    gpu = images.deep_learning_container(purpose="inference", framework="pytorch", version="2.6", accelerator="gpu")
    job = transform(model=Model.from_image(gpu), compute=Compute(instance_type="ml.g5.xlarge"))
    assert "VolumeKmsKeyId" not in job.request["TransformResources"]


def test_the_role_reads_the_records_and_writes_the_answers(transform: Make, template: Synth) -> None:
    transform()
    policy = json.dumps(only(template(), "AWS::IAM::ManagedPolicy"))
    assert "records/customers/*" in policy
    assert "jobs/Churn/Score/*" in policy


def test_records_are_sent_in_batches_of_lines(transform: Make) -> None:
    request = transform(batching=Batching(payload_mb=10, concurrency=10)).request
    assert (request["BatchStrategy"], request["TransformInput"]["SplitType"]) == ("MultiRecord", "Line")
    assert (request["MaxPayloadInMB"], request["MaxConcurrentTransforms"]) == (10, 10)
    assert request["TransformOutput"]["AssembleWith"] == "Line"


def test_an_object_that_is_not_split_has_no_strategy(transform: Make) -> None:
    request = transform(batching=Batching(split=None, assemble_lines=False)).request
    assert "BatchStrategy" not in request
    assert "SplitType" not in request["TransformInput"]
    assert request["TransformOutput"]["AssembleWith"] == "None"


def test_an_id_stays_behind_and_comes_back_with_the_answer(transform: Make) -> None:
    processing = transform(association=Association(send="$[1:]", keep="$[0,-1]")).request["DataProcessing"]
    assert processing == {"InputFilter": "$[1:]", "OutputFilter": "$[0,-1]", "JoinSource": "Input"}


def test_without_an_association_answers_stand_alone(transform: Make) -> None:
    assert "DataProcessing" not in transform().request


def test_what_an_earlier_job_leaves_makes_the_job_wait_for_it(transform: Make, workspace: Workspace) -> None:
    prepared = Output(workspace.data_bucket, "jobs/Prepare", step="Prepare", name="test")
    assert transform(data=prepared).uses == {"Prepare"}


@pytest.mark.parametrize("options", [{}, {"association": Association()}, {"accept": CSV, "gzipped": True}])
def test_both_engines_are_told_what_sagemaker_takes(transform: Make, options: dict[str, Any]) -> None:
    request = transform(**options).request
    shape = boto3.client("sagemaker", region_name="eu-west-1").meta.service_model.operation_model("CreateTransformJob")
    path = {"S3OutputPath": "s3://bucket/prefix"}
    for words in (for_pipeline(request), for_state_machine(request)):
        output = {key: value for key, value in words["TransformOutput"].items() if not key.endswith(".$")}
        words = {"TransformJobName": "score", **words, "TransformOutput": {**output, **path}}
        assert ParamValidator().validate(words, shape.input_shape).generate_report() == ""


def test_a_state_machine_may_run_the_job_and_is_handed_no_role(
    transform: Make, stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    job = transform()
    statements = job.run_statements()
    StateMachine(stack, "Machine", workspace=workspace, definition=job.task(stack, "Run"), statements=statements)
    definition = json.dumps(only(template(), "AWS::StepFunctions::StateMachine")["DefinitionString"])
    assert "sagemaker:createTransformJob.sync" in definition
    actions = {action for statement in statements for action in statement.actions}
    assert "sagemaker:StopTransformJob" in actions
    assert "iam:PassRole" not in actions


def test_a_role_of_the_users_own_is_used_and_granted_nothing(
    transform: Make, stack: cdk.Stack, template: Synth
) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    assert transform(role=role).role is role
    template().resource_count_is("AWS::IAM::ManagedPolicy", 0)


@pytest.mark.parametrize(
    ("batching", "message"),
    [
        (
            Batching(payload_mb=20, concurrency=6),
            "batching.payload_mb=20 times concurrency=6 makes 120 MB, but they may be 100 MB together. "
            "Use payload_mb=16 or less, or concurrency=5 or less.",
        ),
        (Batching(payload_mb=101), "batching.payload_mb=101 is no size of a request in MB. Use 0 to 100."),
        (
            Batching(timeout_seconds=3601),
            "batching.timeout_seconds=3601 is not a time that a request may take. Use 1 to 3600.",
        ),
        (
            Batching(retries=4),
            "batching.retries=4 is not a number of times that SageMaker tries again. Use 0 to 3.",
        ),
    ],
)
def test_batches_that_sagemaker_does_not_send_are_refused(batching: Batching, message: str) -> None:
    assert [str(problem) for problem in batching_problems(batching)] == [message]


@pytest.mark.parametrize("batching", [Batching(payload_mb=0, concurrency=100), Batching(payload_mb=50, concurrency=2)])
def test_batches_at_the_limit_pass(batching: Batching) -> None:
    assert [*batching_problems(batching)] == []


def test_a_payload_that_is_known_only_at_deployment_passes() -> None:
    token = cdk.Token.as_number({"Ref": "Payload"})
    assert [*batching_problems(replace(Batching(concurrency=50), payload_mb=token))] == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"association": Association(send="[1:]")},
            "association.send='[1:]' is no JSONPath that SageMaker reads. Write at most 63 characters that start with "
            "$, such as $[1:].",
        ),
        (
            {"compute": Compute(instance_type="ml.m5.xlarge", volume_gib=50)},
            "compute.volume_gib=50 is nothing that a transform job can ask for. "
            "Leave it out: the instance type decides.",
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_with_the_fix(
    transform: Make, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        transform(**options)
    assert [str(problem) for problem in raised.value.problems] == [message]


def test_records_that_sagemaker_cannot_take_apart_are_not_associated(transform: Make, records: s3.IBucket) -> None:
    with pytest.raises(ConfigurationError, match="has no records that SageMaker can take apart and join"):
        transform(data=Data(records, "images/", content_type="image/png"), association=Association())


def test_an_image_for_another_accelerator_is_refused(transform: Make, records: s3.IBucket) -> None:
    neuron = Model.from_artifact(records, "model.tar.gz", image=images.neuron_inference("pytorch", "2.8"))
    with pytest.raises(ConfigurationError, match=r"but ml\.m5\.xlarge has no accelerator"):
        transform(model=neuron)
