"""A pipeline runs its steps in order, with no more permissions than they need, and refuses what could never run."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    AnyOf,
    Cache,
    CallbackStep,
    Compare,
    ConditionStep,
    ContinuousRange,
    CreateModelStep,
    Data,
    EvaluateStep,
    FailStep,
    Failure,
    JobStep,
    JsonGet,
    LambdaStep,
    Not,
    Objective,
    OneOf,
    Parameter,
    ProcessingJob,
    PropertyFile,
    RegisterModelStep,
    Result,
    Retry,
    TrainingJob,
    TransformStep,
    TuningJob,
)
from cdk_ml.testing import assert_iam_precise, assert_pipelines_valid
from cdk_ml.workflow import EventTrigger, Schedule
from cdk_ml.workspace import Workspace
from tests.conftest import ROOT, only, resources
from tests.sagemaker.pipelines.conftest import (
    MACHINE,
    SKLEARN,
    Definition,
    Make,
    Refused,
    Training,
    actions_of,
    processing,
    steps_of,
)

Synth = Callable[[], Template]
REPORT = PropertyFile("Quality", output="report", path="evaluation.json")
GOOD = Parameter("LeastAccuracy", 0.9)


def evaluation(evaluate: ProcessingJob) -> EvaluateStep:
    return EvaluateStep(evaluate, [REPORT])


def register(train: Training, **options: Any) -> RegisterModelStep:
    return RegisterModelStep("Register", "churn", model=train.model, image=SKLEARN, **options)


def fail(name: str = "Bad", message: str = "Not good enough", **options: Any) -> FailStep:
    return FailStep(name, message, **options)


def test_steps_wait_for_what_they_take_and_take_it_from_the_answer(
    stack: cdk.Stack,
    pipeline: Make,
    definition: Definition,
    prepare: ProcessingJob,
    train: Training,
    evaluate: ProcessingJob,
) -> None:
    report = evaluation(evaluate)
    better = Compare(report.value("Quality", "metrics.accuracy.value"), ">=", GOOD)
    decide = ConditionStep(
        "GoodEnough", [better], then=[register(train, metrics=report.location("Quality"))], otherwise=[fail()]
    )
    pipeline(JobStep(prepare), JobStep(train), report, decide)
    written = definition()
    steps = steps_of(written)
    assert [step["Name"] for step in written["Steps"]] == ["Prepare", "Train", "Evaluate", "GoodEnough"]
    assert "DependsOn" not in steps["Prepare"]
    assert steps["Train"]["DependsOn"] == ["Prepare"]
    assert steps["Evaluate"]["DependsOn"] == ["Prepare", "Train"]
    # For itself it needs the evaluation, and for the step inside it the model.
    assert steps["GoodEnough"]["DependsOn"] == ["Evaluate", "Train"]
    assert "DependsOn" not in steps["Register"]
    (channel,) = steps["Train"]["Arguments"]["InputDataConfig"]
    left = {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}
    assert channel["DataSource"]["S3DataSource"]["S3Uri"] == left
    assert steps["Evaluate"]["PropertyFiles"] == [
        {"PropertyFileName": "Quality", "OutputName": "report", "FilePath": "evaluation.json"}
    ]
    outputs = steps["Prepare"]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    assert outputs[0]["S3Output"]["S3Uri"]["Std:Join"]["Values"][1] == {"Get": "Execution.PipelineExecutionId"}
    assert steps["GoodEnough"]["Arguments"]["Conditions"] == [
        {
            "Type": "GreaterThanOrEqualTo",
            "LeftValue": {
                "Std:JsonGet": {
                    "PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Quality"},
                    "Path": "metrics.accuracy.value",
                }
            },
            "RightValue": {"Get": "Parameters.LeastAccuracy"},
        }
    ]
    assert written["Parameters"] == [{"Name": "LeastAccuracy", "Type": "Float", "DefaultValue": 0.9}]
    statistics = steps["Register"]["Arguments"]["ModelMetrics"]["ModelQuality"]["Statistics"]
    assert statistics["S3Uri"]["Std:Join"]["Values"] == [
        {"Get": "Steps.Evaluate.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri"},
        "/evaluation.json",
    ]
    assert steps["Register"]["Arguments"]["ModelApprovalStatus"] == "PendingManualApproval"
    assert steps["Bad"]["Arguments"] == {"ErrorMessage": "Not good enough"}
    assert assert_pipelines_valid(stack) == 1
    assert_iam_precise(stack)


def test_every_kind_of_step_and_option_is_what_sagemaker_takes(
    stack: cdk.Stack,
    workspace: Workspace,
    pipeline: Make,
    definition: Definition,
    prepare: ProcessingJob,
    train: Training,
) -> None:
    key = workspace.key
    queue = sqs.Queue(stack, "Queue", encryption_master_key=key)
    function = lambda_.Function.from_function_name(stack, "Imported", "judge")
    judge = LambdaStep("Judge", function, inputs={"model": train.model.uri}, answers={"score": "Float"})
    ask = CallbackStep("Ask", queue, inputs={"score": judge.result("score")}, answers={"verdict": "String"})
    model = CreateModelStep("Model", model=train.model, image=SKLEARN, environment={"MODE": "batch"})
    transform = TransformStep(
        "Predict", "Model", data=Data(workspace.data_bucket, "churn/all/", content_type="text/csv"), compute=MACHINE,
        cache=Cache("P7D"),
    )  # fmt: skip
    kinds = OneOf(Parameter("Kind", "weekly", choices=("daily", "weekly")), ["daily", "weekly"])
    decide = ConditionStep(
        "Decide",
        [AnyOf([kinds, Not(Compare(ask.result("verdict"), "==", "no"))])],
        then=[model, transform],
        after=["Ask"],
    )
    retry = Retry([Failure.NO_CAPACITY, Failure.THROTTLING], attempts=3, interval_seconds=60)
    pipeline(
        JobStep(prepare, cache=Cache("PT12H")),
        JobStep(train, retry=[retry, Retry([Failure.RESOURCE_LIMIT], minutes=60)]),
        judge,
        ask,
        decide,
        experiment_name="churn",
        parallel_steps=2,
        description="Everything",
    )
    written = definition()
    steps = steps_of(written)
    assert written["PipelineExperimentConfig"] == {
        "ExperimentName": "churn",
        "TrialName": {"Get": "Execution.PipelineExecutionId"},
    }
    assert steps["Prepare"]["CacheConfig"] == {"Enabled": True, "ExpireAfter": "PT12H"}
    assert steps["Train"]["RetryPolicies"] == [
        {
            "ExceptionType": ["SageMaker.CAPACITY_ERROR", "Step.THROTTLING"],
            "IntervalSeconds": 60,
            "BackoffRate": 2,
            "MaxAttempts": 3,
        },
        {"ExceptionType": ["SageMaker.RESOURCE_LIMIT"], "IntervalSeconds": 30, "BackoffRate": 2, "ExpireAfterMin": 60},
    ]
    assert steps["Ask"]["OutputParameters"] == [{"OutputName": "verdict", "OutputType": "String"}]
    assert steps["Ask"]["Arguments"] == {"score": {"Get": "Steps.Judge.OutputParameters['score']"}}
    assert steps["Predict"]["DependsOn"] == ["Model"]
    assert steps["Predict"]["Arguments"]["ModelName"] == {"Get": "Steps.Model.ModelName"}
    assert written["Parameters"] == [
        {"Name": "Kind", "Type": "String", "DefaultValue": "weekly", "EnumValues": ["daily", "weekly"]}
    ]
    (either,) = steps["Decide"]["Arguments"]["Conditions"]
    assert [each["Type"] for each in either["Conditions"]] == ["In", "Not"]
    assert either["Conditions"][1]["Condition"]["Type"] == "Equals"
    assert assert_pipelines_valid(stack) == 1
    assert_iam_precise(stack)


@pytest.mark.parametrize("example", ["pipeline", "new_data"])
def test_the_pipelines_of_the_guide_run(example: str) -> None:
    stack = runpy.run_path(str(ROOT / "docs" / "examples" / f"{example}.py"))["stack"]
    assert assert_pipelines_valid(stack) == 1
    assert_iam_precise(stack)


def test_hyper_parameters_are_searched_in_a_step(
    stack: cdk.Stack,
    workspace: Workspace,
    pipeline: Make,
    definition: Definition,
    template: Synth,
    prepare: ProcessingJob,
) -> None:
    train = TrainingJob(
        stack,
        "Train",
        workspace=workspace,
        image=images.built_in_algorithm("xgboost"),
        compute=MACHINE,
        inputs={"train": prepare.output("train"), "validation": prepare.output("test")},
        hyperparameters={"objective": "binary:logistic", "num_round": 100, "eval_metric": "auc"},
    )
    tune = TuningJob(
        stack,
        "Tune",
        workspace=workspace,
        training=train,
        objective=Objective(metric="validation:auc", goal="Maximize"),
        ranges={"eta": ContinuousRange(0.1, 0.5)},
        max_jobs=4,
        max_parallel=2,
    )
    pipeline(JobStep(prepare), JobStep(tune))
    step = steps_of(definition())["Tune"]
    assert step["Type"] == "Tuning"
    assert step["DependsOn"] == ["Prepare"]
    channels = step["Arguments"]["TrainingJobDefinition"]["InputDataConfig"]
    assert [channel["DataSource"]["S3DataSource"]["S3Uri"]["Get"] for channel in channels] == [
        f"Steps.Prepare.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri" for name in ("train", "test")
    ]
    # Names of tuning jobs have 32 characters, and no room for the usual beginning.
    assert "hyper-parameter-tuning-job/*" in json.dumps(resources(template(), "AWS::IAM::ManagedPolicy"))
    assert assert_pipelines_valid(stack) == 1
    assert_iam_precise(stack)


def test_the_role_may_do_what_the_steps_are_and_nothing_else(
    pipeline: Make, template: Synth, prepare: ProcessingJob
) -> None:
    pipeline(JobStep(prepare))
    assert sorted(actions_of(template(), "PipelineRole")) == [
        "iam:PassRole",
        "sagemaker:AddTags",
        "sagemaker:CreateProcessingJob",
        "sagemaker:DescribeProcessingJob",
        "sagemaker:StopProcessingJob",
    ]


def test_steps_of_a_kind_ask_for_their_permissions_once(
    stack: cdk.Stack, workspace: Workspace, pipeline: Make, template: Synth, prepare: ProcessingJob
) -> None:
    again = processing(stack, "Again", workspace, inputs={"train": prepare.output("train")})
    pipeline(JobStep(prepare), JobStep(again))
    assert actions_of(template(), "PipelineRole").count("sagemaker:AddTags") == 1


def test_a_report_and_a_callback_bring_their_permissions(
    stack: cdk.Stack, pipeline: Make, template: Synth, prepare: ProcessingJob
) -> None:
    report = EvaluateStep(prepare, [PropertyFile("Split", output="test", path="split.json")])
    pipeline(report, CallbackStep("Ask", sqs.Queue(stack, "Queue")))
    assert {"s3:GetObject", "s3:ListBucket", "kms:Decrypt", "sqs:SendMessage"} <= {
        *actions_of(template(), "PipelineRole")
    }


def test_failures_raise_an_alarm_that_tells_the_workspace(
    pipeline: Make, template: Synth, prepare: ProcessingJob
) -> None:
    name = pipeline(JobStep(prepare)).pipeline_name
    assert name == name.lower()
    (alarm,) = (
        found["Properties"]
        for found in resources(template(), "AWS::CloudWatch::Alarm").values()
        if found["Properties"].get("MetricName") == "ExecutionFailed"
    )
    assert alarm["Namespace"] == "AWS/Sagemaker/ModelBuildingPipeline"
    assert alarm["Dimensions"] == [{"Name": "PipelineName", "Value": name}]
    assert alarm["AlarmActions"] == alarm["OKActions"]


def test_a_schedule_and_an_event_start_it_with_parameters(
    stack: cdk.Stack, workspace: Workspace, pipeline: Make, template: Synth, prepare: ProcessingJob
) -> None:
    limit = ConditionStep("Check", [Compare(Parameter("Rounds", 10), ">", 5)], then=[fail()])
    made = pipeline(JobStep(prepare), limit)
    Schedule(stack, "Weekly", workspace=workspace, expression="rate(7 days)", target=made.target_with({"Rounds": 20}))
    EventTrigger(
        stack, "New", workspace=workspace, source="aws.s3", detail_types=["Object Created"], target=made.target
    )
    synthesized = template()
    scheduled = only(synthesized, "AWS::Scheduler::Schedule")["Target"]
    assert scheduled["SageMakerPipelineParameters"] == {"PipelineParameterList": [{"Name": "Rounds", "Value": "20"}]}
    (event,) = only(synthesized, "AWS::Events::Rule")["Targets"]
    assert "SageMakerPipelineParameters" not in event
    assert event["Arn"] == scheduled["Arn"]
    starts = Match.object_like({"Action": "sagemaker:StartPipelineExecution", "Resource": scheduled["Arn"]})
    synthesized.resource_properties_count_is(
        "AWS::IAM::ManagedPolicy", {"PolicyDocument": {"Statement": Match.array_with([starts])}}, 2
    )


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"Round": 3}, "parameters='Round' is no parameter of the pipeline. The pipeline has Rounds, Kind"),
        ({"Rounds": "3"}, "parameters['Rounds']='3' is not of its type, Integer. Give a value like its default, 10."),
        ({"Kind": "yearly"}, "parameters['Kind']='yearly' is not among the choices. Use one of daily, weekly."),
    ],
)
def test_a_start_with_wrong_parameters_is_refused(
    pipeline: Make, prepare: ProcessingJob, parameters: dict[str, Any], expected: str
) -> None:
    kinds = Compare(Parameter("Kind", "daily", choices=("daily", "weekly")), "==", "weekly")
    limit = ConditionStep("Check", [Compare(Parameter("Rounds", 10), ">", 5), kinds], then=[fail()])
    made = pipeline(JobStep(prepare), limit)
    with pytest.raises(ConfigurationError) as raised:
        made.target_with(parameters)
    assert expected.replace("Rounds, Kind", "Kind, Rounds.") in str(raised.value)


def test_whoever_is_granted_may_start_it(
    stack: cdk.Stack, pipeline: Make, template: Synth, prepare: ProcessingJob
) -> None:
    user = iam.User(stack, "User")
    pipeline(JobStep(prepare)).grant_start_execution(user)
    policy = only(template(), "AWS::IAM::Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sagemaker:StartPipelineExecution"


def test_metrics_are_of_the_pipeline_or_of_a_step(pipeline: Make, prepare: ProcessingJob) -> None:
    made = pipeline(JobStep(prepare), pipeline_name="mine")
    assert made.metric("ExecutionSucceeded").dimensions == {"PipelineName": "mine"}
    assert made.metric("StepFailed", step="Bad").dimensions == {"PipelineName": "mine", "StepName": "Bad"}


def test_names_of_the_deployment_pass(
    stack: cdk.Stack, pipeline: Make, train: Training, prepare: ProcessingJob
) -> None:
    name = cdk.CfnParameter(stack, "Group").value_as_string
    step = RegisterModelStep("Register", name, model=train.model, image=SKLEARN, instance_types=[name])
    after = cdk.Token.as_string({"Ref": "Group"})
    pipeline(JobStep(prepare, cache=Cache(after)), JobStep(train), step, pipeline_name=name)
    assert assert_pipelines_valid(stack) == 1


def check(condition: Any) -> ConditionStep:
    return ConditionStep("Check", [condition], then=[fail()])


ANSWER = Result("Bad", "Message")
ROUNDS = Parameter("Rounds", 10)


@pytest.mark.parametrize(
    ("steps", "options", "expected"),
    [
        ([], {}, "steps=[] is empty. Give at least one step."),
        ([fail()], {}, "steps=['Bad'] do nothing but decide and fail. Add a step that runs a job."),
        ([fail("no good")], {}, "steps='no good' is no name of a step."),
        ([fail(), fail()], {}, "steps='Bad' is the name of 2 steps (the pipeline itself, the pipeline itself)."),
        (
            [ConditionStep("C", [Compare(ROUNDS, "<", 3)], then=[fail()], otherwise=[fail()])],
            {},
            "steps='Bad' is the name of 2 steps (C.then, C.otherwise). Name each step differently, and put each in one",
        ),
        ([fail(after=["Train"])], {}, "Bad.after='Train' is no step of the pipeline. Add the step, or name one of Bad"),
        (
            [fail("A", after=["B"]), fail("B", after=["C"]), fail("C", after=["A"]), fail("D", after=["A"])],
            {},
            "steps='A -> B -> C -> A' is a circle of steps that wait for each other. Leave one of them out.",
        ),
        ([fail("A", after=["A"])], {}, "steps='A -> A' is a circle of steps that wait for each other."),
        (
            [ConditionStep("C", [Compare(ROUNDS, "<", 3)], then=[fail("A")], otherwise=[fail("B", after=["A"])])],
            {},
            "B.after='A' is in C.then, which B cannot wait for. Put A before the condition, or B into the same branch.",
        ),
        (
            [ConditionStep("C", [Compare(ROUNDS, "<", 3)], then=[fail("A")]), fail("B", after=["A"])],
            {},
            "B.after='A' is in C.then, which B cannot wait for.",
        ),
        (
            [ConditionStep("C", [Compare(ROUNDS, "<", 3)], then=[fail("A", after=["D"])]), fail("D", after=["C"])],
            {},
            "steps='C -> D -> C' is a circle of steps that wait for each other.",
        ),
        (
            [ConditionStep("C", [Compare(ROUNDS, "<", 3)], then=[check(Compare(ROUNDS, ">", 1))])],
            {},
            "steps='Bad' is in a condition inside a condition, which SageMaker refuses.",
        ),
        ([fail(), check(Compare(ANSWER, "==", "x"))], {}, "Check='Bad' is a FailStep, which answers nothing."),
        ([ConditionStep("C", [], then=[fail()])], {}, "C.conditions=[] is empty. Give at least one condition."),
        ([ConditionStep("C", [Compare(ROUNDS, "<", 3)], then=[])], {}, "C.then=[] leads nowhere."),
        (
            [check(Compare(ROUNDS, ">", cdk.Token.as_string({"Ref": "Least"})))],
            {},
            "is no number, and only numbers have an order. Use a number, or compare with ==.",
        ),
        (
            [check(Compare(Parameter("Kind", "a"), "<", 3))],
            {},
            "Check.conditions[0].left='a' is a parameter of that type, and only numbers have an order.",
        ),
        ([check(Compare(1, "==", 2))], {}, "Check.conditions[0]='1 == 2' is decided before anything runs."),
        ([check(Compare(ROUNDS, "~", 2))], {}, "Check.conditions[0].operator='~' is no comparison. Use one of ==, >"),
        ([check(Compare(ROUNDS, ">", float("nan")))], {}, "Check.conditions[0]=nan is no number that JSON has."),
        ([check(OneOf(ROUNDS, []))], {}, "Check.conditions[0].among=[] has nothing to look in."),
        ([check(AnyOf([]))], {}, "Check.conditions[0].conditions=[] can never hold."),
        ([check(Not(AnyOf([])))], {}, "Check.conditions[0].condition.conditions=[] can never hold."),
        (
            [check(AnyOf([Compare(ROUNDS, ">", 2), Compare(Parameter("Rounds", 2.5), ">", 2)]))],
            {},
            "steps='Rounds' is declared twice, with the defaults 10 (Integer) and 2.5 (Float). Make one Parameter",
        ),
        ([check(Compare(Parameter("a b", 1), ">", 2))], {}, "steps='a b' is no name of a parameter."),
        (
            [check(Compare(Parameter("A", cdk.Token.as_number({"Ref": "N"})), ">", 2))],
            {},
            "A.default='a token' is a number that only the deployment knows, so that nobody can tell whether it is",
        ),
        (
            [check(Compare(Parameter("A", "x", choices=("y", "z")), "==", "y"))],
            {},
            "A.default='x' is not among the choices. Use one of y, z.",
        ),
        ([fail()], {"parallel_steps": 0}, "parallel_steps=0 is not a number of steps to run at once. Use 1 to"),
        ([fail()], {"pipeline_name": "-mine"}, "pipeline_name='-mine' is not a name that SageMaker takes."),
        ([fail()], {"experiment_name": "x" * 121}, "is not a name that SageMaker takes. Use at most 120 letters,"),
        (
            [LambdaStep("L", lambda_.Function, answers={f"a{n}": "String" for n in range(51)})],  # type: ignore[arg-type]
            {},
            "L.answers=51 are more than SageMaker keeps. Answer with at most 50, or leave a file in S3.",
        ),
    ],
)  # fmt: skip
def test_a_pipeline_that_could_never_run_is_refused(
    refused: Refused, steps: list[Any], options: dict[str, Any], expected: str
) -> None:
    said = refused(*steps, **options)
    assert any(expected in line for line in said), said


def test_a_definition_that_is_too_long_is_refused(refused: Refused, prepare: ProcessingJob) -> None:
    (line,) = refused(JobStep(prepare), fail(message="x" * 1_048_576))
    assert line.startswith("steps=2 make a definition of 10")
    assert line.endswith("and SageMaker takes 1048576. Make two pipelines, of which one starts the other.")


@pytest.mark.parametrize(
    ("retry", "expected"),
    [
        (Retry([], attempts=1), "failures=[] is empty. Name what is retried, such as Failure.NO_CAPACITY."),
        (Retry([Failure.THROTTLING]), "attempts='neither' of attempts and minutes are given. Give one of the two."),
        (Retry([Failure.THROTTLING], attempts=1, minutes=1), "attempts='both' of attempts and minutes are given."),
        (Retry([Failure.THROTTLING], attempts=21), "attempts=21 is not a number of attempts that a step has. Use 1 to"),
        (Retry([Failure.THROTTLING], minutes=14_401), "minutes=14401 is not a time for which a step is retried."),
        (Retry([Failure.THROTTLING], attempts=1, interval_seconds=-1), "interval_seconds=-1 is not a time to wait."),
        (Retry([Failure.THROTTLING], attempts=1, backoff_rate=-1.0), "backoff_rate=-1.0 is not a factor."),
    ],
)
def test_a_retry_that_sagemaker_refuses_is_refused(
    refused: Refused, prepare: ProcessingJob, retry: Retry, expected: str
) -> None:
    (line,) = refused(JobStep(prepare, retry=[retry]))
    assert line.startswith(f"Prepare.retry[0].{expected}")


@pytest.mark.parametrize("duration", ["1 day", "30d", "P", "PT", "P1DT", ""])
def test_a_cache_without_a_duration_is_refused(refused: Refused, prepare: ProcessingJob, duration: str) -> None:
    (line,) = refused(JobStep(prepare, cache=Cache(duration)))
    assert line == (
        f"Prepare.cache.expires_after={duration!r} is no duration. Write an ISO 8601 duration, such as P30D or PT12H."
    )


def test_reports_that_nobody_writes_are_refused(refused: Refused, prepare: ProcessingJob) -> None:
    def looking(file: str) -> ConditionStep:
        return check(Compare(JsonGet("Prepare", file, "a"), ">", 1))

    assert refused(JobStep(prepare), looking("Quality")) == [
        "Check.conditions='Quality' is no property file of Prepare, which has none. "
        "Run Prepare as EvaluateStep(job, files=[PropertyFile('Quality', ...)])."
    ]
    declared = EvaluateStep(prepare, [PropertyFile("Split", output="report", path="split.json")] * 2)
    assert refused(declared, looking("Split")) == [
        "Prepare.files[0].output='report' is no output of the job. Prepare writes train, test.",
        "Prepare.files[1].output='report' is no output of the job. Prepare writes train, test.",
        "Prepare.files=['Split', 'Split'] names one twice. Name each file differently.",
    ]
    missing = "Check.after='Prepare' is no step of the pipeline. Add the step, or name one of Check, Bad."
    assert refused(looking("Split"))[0] == missing


def test_models_that_cannot_be_are_refused(
    refused: Refused, workspace: Workspace, prepare: ProcessingJob, train: Training
) -> None:
    data = Data(workspace.data_bucket, "/churn/")
    wrong = RegisterModelStep("Register", "my group", model=train.model, image=SKLEARN, instance_types=["m5.large"])
    large = replace(MACHINE, volume_gib=100)
    said = refused(JobStep(prepare), JobStep(train), wrong, TransformStep("T", "Train", data=data, compute=large))
    assert said == [
        "Register.group='my group' is no model package group. "
        "Use at most 63 letters, digits and hyphens, or the group's ARN.",
        "Register.instance_types[0]='m5.large' is not an instance type of SageMaker. Write ml.m5.large.",
        "T.data.prefix='/churn/' is no prefix of objects. Name a prefix such as churn/raw/, without a slash before it.",
        "T.compute.volume_gib=100 is nothing that a transform job can ask for. "
        "Leave it out: the instance type decides.",
        "T.model='Train' makes no model. Name a CreateModelStep of the pipeline.",
    ]
