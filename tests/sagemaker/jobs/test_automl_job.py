"""An AutoML job asks for what SageMaker takes, is watched to its end, and may do no more than AWS lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.sagemaker import (
    AutoMlJob,
    Compute,
    Data,
    ForecastingProblem,
    JobStep,
    Pipeline,
    Result,
    TabularProblem,
    TrainingJob,
)
from cdk_ml.testing import assert_state_machines_valid
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Workspace
from tests.conftest import resources

Make = Callable[..., AutoMlJob]
Synth = Callable[[], Template]

TABLE = TabularProblem(target="churned")
SERIES = ForecastingProblem(target="sold", timestamp="day", item="product", frequency="1D", horizon=28)


@pytest.fixture
def search(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes an AutoML job of a table, of defaults but for what the test says."""

    def make(id: str = "Search", **options: Any) -> AutoMlJob:
        given = {"data": Data(workspace.data_bucket, "customers/"), "problem": TABLE, **options}
        return AutoMlJob(stack, id, workspace=workspace, **given)

    return make


def problem(argument: str, value: object, rule: str, fix: str) -> Problem:
    return Problem(argument, value, rule, fix)


def actions(template: Template) -> list[str]:
    """Every action that a policy of the stack allows."""
    policies = resources(template, "AWS::IAM::ManagedPolicy").values()
    statements = [each for policy in policies for each in policy["Properties"]["PolicyDocument"]["Statement"]]
    return [
        action
        for each in statements
        for action in (each["Action"] if isinstance(each["Action"], list) else [each["Action"]])
    ]


def test_the_request_is_what_sagemaker_takes(search: Make, workspace: Workspace) -> None:
    job = search(timeout_seconds=7_200)
    bucket, key = workspace.data_bucket.bucket_name, workspace.key.key_arn
    assert job.request == {
        "AutoMLJobInputDataConfig": [
            {
                "ChannelType": "training",
                "ContentType": "text/csv;header=present",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/customers/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": job.candidates.uri, "KmsKeyId": key},
        "AutoMLProblemTypeConfig": {
            "TabularJobConfig": {
                "TargetAttributeName": "churned",
                "Mode": "AUTO",
                "CompletionCriteria": {"MaxAutoMLJobRuntimeInSeconds": 7_200},
            }
        },
        "SecurityConfig": {
            "VolumeKmsKeyId": key,
            "EnableInterContainerTrafficEncryption": True,
            "VpcConfig": {
                "SecurityGroupIds": [job.security_group.security_group_id],
                "Subnets": workspace.subnet_ids,
            },
        },
        "RoleArn": job.request["RoleArn"],
        "Tags": [{"Key": name, "Value": value} for name, value in workspace.tags.items()],
    }


def test_what_runs_the_search_waits_until_its_role_may_hand_itself_on(search: Make, stack: cdk.Stack) -> None:
    job = search()
    role, policy = stack.resolve(job.request["RoleArn"])["Fn::Select"][1]
    assert role == stack.resolve(job.role.role_arn)
    assert policy["Ref"].startswith("SearchPassPolicy")


def test_everything_that_can_be_said_reaches_sagemaker(search: Make, workspace: Workspace) -> None:
    table = TabularProblem(
        target="churned",
        kind="BinaryClassification",
        mode="ENSEMBLING",
        algorithms=["xgboost", "catboost"],
        max_candidates=20,
    )
    parquet = "x-application/vnd.amazon+parquet"
    job = search(
        problem=table,
        objective="AUC",
        data=Data(workspace.data_bucket, "customers/", content_type=parquet),
        validation=Data(workspace.data_bucket, "later/", content_type=parquet),
        candidate_timeout_seconds=600,
    )
    assert job.request["AutoMLJobObjective"] == {"MetricName": "AUC"}
    channels = [(each["ChannelType"], each["ContentType"]) for each in job.request["AutoMLJobInputDataConfig"]]
    assert channels == [("training", parquet), ("validation", parquet)]
    assert job.request["AutoMLProblemTypeConfig"]["TabularJobConfig"] == {
        "TargetAttributeName": "churned",
        "Mode": "ENSEMBLING",
        "ProblemType": "BinaryClassification",
        "CandidateGenerationConfig": {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["xgboost", "catboost"]}]},
        "CompletionCriteria": {
            "MaxAutoMLJobRuntimeInSeconds": 14_400,
            "MaxRuntimePerTrainingJobInSeconds": 600,
            "MaxCandidates": 20,
        },
    }


def test_a_state_machine_with_either_problem_is_valid(search: Make, workspace: Workspace, stack: cdk.Stack) -> None:
    jobs = [
        search(
            problem=TabularProblem(target="churned", kind="Regression", mode="HYPERPARAMETER_TUNING"),
            objective="RMSE",
            validation=Data(workspace.data_bucket, "later/"),
        ),
        search(id="Forecast", problem=SERIES, objective="WAPE"),
    ]
    chain = jobs[0].task(stack, "SearchModel").next(jobs[1].task(stack, "ForecastSales"))
    statements = [statement for job in jobs for statement in job.run_statements()]
    StateMachine(stack, "Machine", workspace=workspace, definition=chain, statements=statements)
    assert assert_state_machines_valid(stack) == 1


def test_the_task_is_one_state_that_leaves_its_result_under_the_jobs_id(search: Make, stack: cdk.Stack) -> None:
    state: Any = search().task(stack, "Run").to_state_json()
    assert (state["Type"], state["OutputPath"]) == ("Parallel", "$[0]")
    (branch,) = state["Branches"]
    states = branch["States"]
    assert branch["StartAt"] == "Run.Name"
    assert states["Run.Name"]["ResultPath"] == states["Run.Look"]["ResultPath"] == "$['Search']"
    assert states["Run.Wait"]["Seconds"] == 300
    assert states["Run.Failed"]["CausePath"] == "$['Search'].FailureReason"
    assert {states[name]["Retry"][0]["MaxAttempts"] for name in ("Run.Create", "Run.Look", "Run.Stop")} == {5}


def test_a_look_takes_as_many_events_as_the_longest_search_has_room_for() -> None:
    # Wait, task and choice: two to enter and leave each, and three for what becomes of the call.
    events = 604_800 / 300 * 9
    assert events < 25_000


def test_a_state_machine_may_run_this_job_and_no_other(search: Make, stack: cdk.Stack) -> None:
    job = search()
    documents = stack.resolve([statement.document() for statement in job.run_statements()])
    granted = {action: document["Resource"] for document in documents for action in document["Action"]}
    assert [*granted] == [
        "sagemaker:CreateAutoMLJobV2",
        "sagemaker:DescribeAutoMLJobV2",
        "sagemaker:StopAutoMLJob",
        "sagemaker:AddTags",
        "iam:PassRole",
    ]
    assert str(granted["sagemaker:CreateAutoMLJobV2"]).count("automl-job/search-*") == 1
    assert granted["iam:PassRole"] == [stack.resolve(job.role.role_arn)]


def test_the_search_may_explain_its_best_model_and_hand_on_its_role(search: Make, template: Synth) -> None:
    search()
    granted = actions(template())
    assert {"sagemaker:CreateEndpoint", "sagemaker:InvokeEndpoint", "iam:PassRole", "kms:Encrypt"} <= {*granted}
    assert not [action for action in granted if action.startswith(("sagemaker:Update", "iam:Create", "s3:Delete"))]
    documents = [
        policy["Properties"]["PolicyDocument"] for policy in resources(template(), "AWS::IAM::ManagedPolicy").values()
    ]
    everything = [each for document in documents for each in document["Statement"] if each["Resource"] == "*"]
    unscopable = {"ec2", "ecr", "cloudwatch"}
    assert {str(each["Action"]).strip("['").partition(":")[0] for each in everything} <= unscopable


def test_a_role_of_the_users_own_is_taken_and_granted_nothing(search: Make, stack: cdk.Stack, template: Synth) -> None:
    own = iam.Role.from_role_name(stack, "Own", "mine")
    assert search(role=own).role == own
    template().resource_count_is("AWS::IAM::ManagedPolicy", 0)


def test_jobs_after_it_come_after_it(search: Make, training: Callable[..., TrainingJob]) -> None:
    job = search()
    train = training(inputs={"train": job.candidates}, compute=Compute(instance_type="ml.m5.xlarge"))
    assert train.uses == {"Search"}
    assert job.best_candidate == Result("Search", "BestCandidate.CandidateName")
    assert job.best_value == Result("Search", "BestCandidate.FinalAutoMLJobObjectiveMetric.Value")


def test_a_pipeline_has_no_step_for_it(search: Make, stack: cdk.Stack, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Pipeline(stack, "Pipeline", workspace=workspace, steps=[JobStep(search())])
    assert caught.value.problems == (
        problem(
            "steps",
            "Search",
            "is an AutoMlJob, which pipelines have no step for",
            "Run it in a state machine, with the job's task",
        ),
    )


def test_an_id_that_leaves_no_room_for_the_states_inside_is_refused(search: Make, stack: cdk.Stack) -> None:
    job = search()
    job.task(stack, "R" * 73)
    with pytest.raises(ConfigurationError, match="Use at most 73"):
        job.task(stack, "R" * 74)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"timeout_seconds": 604_801},
            problem(
                "timeout_seconds",
                604_801,
                "is not a time that a search can be watched",
                "Use 1 to 604800, which is a week",
            ),
        ),
        (
            {"timeout_seconds": 600, "candidate_timeout_seconds": 601},
            problem("candidate_timeout_seconds", 601, "is not a time for one model of the search", "Use 1 to 600"),
        ),
        (
            {"objective": "MSE"},
            problem(
                "objective",
                "MSE",
                "needs to know what is predicted",
                "Say problem.kind as well: one of BinaryClassification, MulticlassClassification, Regression",
            ),
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(search: Make, options: dict[str, Any], expected: Problem) -> None:
    with pytest.raises(ConfigurationError) as caught:
        search(**options)
    assert caught.value.problems == (expected,)


def test_data_that_automl_does_not_read_is_refused(search: Make, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError) as caught:
        search(data=Data(workspace.data_bucket, "/customers/", content_type="text/csv"))
    assert [(each.argument, each.value) for each in caught.value.problems] == [
        ("data.prefix", "/customers/"),
        ("data.content_type", "text/csv"),
    ]


def test_validation_data_has_to_be_like_the_rest_and_of_a_table(search: Make, workspace: Workspace) -> None:
    parquet = Data(workspace.data_bucket, "later/", content_type="x-application/vnd.amazon+parquet")
    with pytest.raises(ConfigurationError, match="Give both the same content_type"):
        search(validation=parquet)
    with pytest.raises(ConfigurationError, match="Leave it out: SageMaker judges by the end of each series"):
        search(id="Forecast", problem=SERIES, validation=parquet)


def test_tokens_pass(search: Make) -> None:
    number: Any = cdk.Token.as_number({"Ref": "Seconds"})
    job = search(timeout_seconds=number, candidate_timeout_seconds=number)
    criteria = job.request["AutoMLProblemTypeConfig"]["TabularJobConfig"]["CompletionCriteria"]
    assert criteria == {"MaxAutoMLJobRuntimeInSeconds": number, "MaxRuntimePerTrainingJobInSeconds": number}
