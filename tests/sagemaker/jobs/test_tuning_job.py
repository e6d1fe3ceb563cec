"""A tuning job searches what it is told, judges by what is in the log, and cannot cost more than it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    CategoricalRange,
    ContinuousRange,
    CostCeiling,
    Data,
    Hyperband,
    IntegerRange,
    Objective,
    Script,
    SpotTraining,
    TrainingJob,
    TuningJob,
    WarmStart,
)
from cdk_ml.testing import assert_state_machines_valid
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Workspace

Make = Callable[..., TrainingJob]
Tune = Callable[..., TuningJob]

CPU = images.deep_learning_container(purpose="training", framework="pytorch", version="2.13", accelerator="cpu")
ETA = {"eta": ContinuousRange(0.1, 0.5, "Logarithmic")}
AUC = Objective(metric="validation:auc", goal="Maximize")


@pytest.fixture
def tuning(stack: cdk.Stack, workspace: Workspace, training: Make) -> Tune:
    """Makes a tuning job of XGBoost, of defaults but for what the test says."""

    def make(id: str = "Tune", **options: Any) -> TuningJob:
        job = options.pop("training", None) or training()
        given = {"ranges": ETA, "objective": AUC, "max_jobs": 10, "max_parallel": 2, **options}
        return TuningJob(stack, id, workspace=workspace, training=job, **given)

    return make


def test_the_request_is_what_sagemaker_takes(tuning: Tune, training: Make, workspace: Workspace) -> None:
    train = training(inputs={"train": Data(workspace.data_bucket, "train/")}, environment={"SEED": "7"})
    ranges = {**ETA, "max_depth": IntegerRange(3, 9), "booster": CategoricalRange(["gbtree", "dart"])}
    job = tuning(training=train, ranges=ranges, early_stopping=True, seed=7)
    request = train.request
    assert job.request == {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ParameterRanges": {
                "ContinuousParameterRanges": [
                    {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
                ],
                "IntegerParameterRanges": [
                    {"Name": "max_depth", "MinValue": "3", "MaxValue": "9", "ScalingType": "Auto"}
                ],
                "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
            },
            "TrainingJobEarlyStoppingType": "Auto",
            "RandomSeed": 7,
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2},
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"num_round": "10"},
            "Environment": {"SEED": "7"},
            **{
                name: request[name]
                for name in (
                    "AlgorithmSpecification",
                    "EnableInterContainerTrafficEncryption",
                    "EnableNetworkIsolation",
                    "InputDataConfig",
                    "OutputDataConfig",
                    "ResourceConfig",
                    "RoleArn",
                    "StoppingCondition",
                    "VpcConfig",
                )
            },
        },
        "Tags": [{"Key": key, "Value": value} for key, value in workspace.tags.items()],
    }
    assert (job.role, job.security_group) == (train.role, train.security_group)


def test_what_is_searched_is_not_fixed_as_well(tuning: Tune) -> None:
    job = tuning(ranges={"num_round": IntegerRange(10, 100)})
    assert job.request["TrainingJobDefinition"]["StaticHyperParameters"] == {}


def test_runs_on_spot_instances_do_not_share_checkpoints(tuning: Tune, training: Make) -> None:
    train = training(spot=SpotTraining(max_wait_seconds=86_400))
    definition = tuning(training=train).request["TrainingJobDefinition"]
    assert definition["EnableManagedSpotTraining"] is True
    assert "CheckpointConfig" not in definition
    assert "CheckpointConfig" in train.request


def test_a_script_gets_categorical_values_as_they_were_written(tuning: Tune, training: Make, script: Script) -> None:
    train = training(image=CPU, script=script, metrics={"loss": "loss=([0-9.]+)"})
    ranges = {"optimizer": CategoricalRange(["adam", "sgd"]), "width": CategoricalRange([16, 32])}
    job = tuning(training=train, ranges=ranges, objective=Objective(metric="loss", goal="Minimize"))
    assert job.request["HyperParameterTuningJobConfig"]["ParameterRanges"] == {
        "CategoricalParameterRanges": [
            {"Name": "optimizer", "Values": ['"adam"', '"sgd"']},
            {"Name": "width", "Values": ["16", "32"]},
        ]
    }


def test_a_grid_knows_its_size(tuning: Tune) -> None:
    ranges = {"booster": CategoricalRange(["gbtree", "dart"]), "max_depth": CategoricalRange([3, 5, 7])}
    job = tuning(ranges=ranges, strategy="Grid", max_jobs=None, max_parallel=6, cost_ceiling=CostCeiling(usd=33.12))
    config = job.request["HyperParameterTuningJobConfig"]
    assert (config["Strategy"], config["ResourceLimits"]) == ("Grid", {"MaxParallelTrainingJobs": 6})


def test_hyperband_gives_epochs(tuning: Tune) -> None:
    job = tuning(strategy=Hyperband(minimum_epochs=2, maximum_epochs=30))
    config = job.request["HyperParameterTuningJobConfig"]
    assert config["Strategy"] == "Hyperband"
    assert config["StrategyConfig"] == {"HyperbandStrategyConfig": {"MinResource": 2, "MaxResource": 30}}


def test_it_starts_from_what_earlier_jobs_found_out(tuning: Tune) -> None:
    job = tuning(warm_start=WarmStart(parents=["tune-1"], kind="TransferLearning"))
    assert job.request["WarmStartConfig"] == {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "tune-1"}],
        "WarmStartType": "TransferLearning",
    }


def test_it_runs_as_a_state_with_a_name_that_fits(tuning: Tune, workspace: Workspace, stack: cdk.Stack) -> None:
    job = tuning(id="SearchForTheBestModelOfAll")
    state: Any = job.task(stack, "Run")
    name = "States.ArrayGetItem(States.StringSplit(States.UUID(), '-'), 4)"
    assert state.to_state_json()["Parameters"]["HyperParameterTuningJobName.$"] == (
        f"States.Format('SearchForTheBestMod-{{}}', {name})"
    )
    StateMachine(stack, "Machine", workspace=workspace, definition=state, statements=job.run_statements())
    assert assert_state_machines_valid(stack) == 1
    assert stack.resolve(job.run_statements()[-1].resources)[0]["Fn::Join"][1][-1] == (
        ":rule/StepFunctionsGetEventsForSageMakerTuningJobsRule"
    )


def test_it_uses_what_its_training_job_reads(tuning: Tune, training: Make, processing: Callable[..., Any]) -> None:
    train = training(inputs={"train": processing(outputs=["train"]).output("train")})
    assert tuning(training=train).uses == {"Prepare"}
    assert tuning(id="Other", training=train).best_job_name.path == "BestTrainingJob.TrainingJobName"


def problem(argument: str, value: Any, rule: str, fix: str) -> Problem:
    return Problem(argument, value, rule, fix)


FEW = {"max_jobs": 10, "max_parallel": 1}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"cost_ceiling": CostCeiling(usd=50)},
            problem(
                "cost_ceiling.usd",
                50,
                "is less than 55.20, which 10 runs of 1 x ml.m5.xlarge cost if each takes its 24 hours at 0.23 USD",
                "Allow fewer runs or less time, or use 55.20",
            ),
        ),
        (
            {"ranges": {}},
            problem(
                "ranges", [], "is no number of hyper-parameters that a tuning job searches", "Search 1 to 30 of them"
            ),
        ),
        (
            {"ranges": {"eta": ContinuousRange(0.5, 0.1)}},
            problem(
                "ranges['eta'].minimum",
                0.5,
                "is not less than the maximum 0.1",
                "Use a minimum below the maximum, or a hyper-parameter of the training job",
            ),
        ),
        (
            {"ranges": {"eta": ContinuousRange(0, 0.5, "Logarithmic")}},
            problem("ranges['eta'].minimum", 0, "has no logarithm", "Use a minimum above 0, or another scaling"),
        ),
        (
            {"ranges": {"eta": ContinuousRange(0.1, 1, "ReverseLogarithmic")}},
            problem(
                "ranges['eta'].scaling",
                "ReverseLogarithmic",
                "does not fit 0.1 to 1",
                "Use numbers from 0 to less than 1, or another scaling",
            ),
        ),
        (
            {"ranges": {"booster": CategoricalRange([])}},
            problem(
                "ranges['booster'].values",
                [],
                "is no number of values that a tuning job searches",
                "Use 1 to 30",
            ),
        ),
        (
            {"ranges": {"booster": CategoricalRange(["dart", "dart"])}},
            problem("ranges['booster'].values", ["dart", "dart"], "names one twice", "Name each value once"),
        ),
        (
            {"ranges": {"eta": ContinuousRange(0.1, 1.5)}},
            problem("ranges['eta'].maximum", 1.5, "is not within [0,1]", "Use a number within [0,1]"),
        ),
        (
            {"ranges": {"booster": CategoricalRange(["dart", "gbtre"])}},
            problem(
                "ranges['booster'].values",
                "gbtre",
                "is no booster that the algorithm has",
                "Use gbtree, if you meant that",
            ),
        ),
        (
            {"max_jobs": 751},
            problem("max_jobs", 751, "is not a number of runs that the strategy Bayesian takes", "Use 1 to 750"),
        ),
        (
            {"max_jobs": None},
            problem("max_jobs", None, "is not a number of runs that the strategy Bayesian takes", "Use 1 to 750"),
        ),
        (
            {"max_parallel": 11},
            problem("max_parallel", 11, "is not a number of runs at once", "Use 1 to 10"),
        ),
        ({"seed": -1}, problem("seed", -1, "is no seed", "Use 0 to 2147483647, or None")),
        (
            {"strategy": "Grid", "max_jobs": None, "max_parallel": 1},
            problem(
                "ranges['eta']",
                ContinuousRange(0.1, 0.5, "Logarithmic"),
                "has no values that a grid could be made of",
                "Use CategoricalRange([...]), or another strategy",
            ),
        ),
        (
            {"strategy": "Grid", "ranges": {"booster": CategoricalRange(["dart", "gbtree"])}, **FEW},
            problem("max_jobs", 10, "is not the 2 runs that the grid has", "Leave it out"),
        ),
        (
            {
                "strategy": "Grid",
                "ranges": {name: CategoricalRange([*range(1, 31)]) for name in ("max_depth", "num_round")},
                "max_jobs": None,
            },
            problem(
                "strategy",
                "Grid",
                "makes 900 runs, and SageMaker makes 750 of a grid",
                "Leave out values, or use the strategy Random",
            ),
        ),
        (
            {"strategy": Hyperband(minimum_epochs=1, maximum_epochs=10), "early_stopping": True},
            problem(
                "early_stopping",
                True,
                "is not for Hyperband, which stops runs in its own way",
                "Leave it out, or use another strategy",
            ),
        ),
        (
            {"strategy": Hyperband(minimum_epochs=11, maximum_epochs=10)},
            problem("strategy.minimum_epochs", 11, "is not a number of epochs below the maximum", "Use 1 to 10"),
        ),
        (
            {"strategy": Hyperband(minimum_epochs=1, maximum_epochs=20_001)},
            problem(
                "strategy.maximum_epochs",
                20_001,
                "is not a number of epochs that Hyperband gives",
                "Use 1 to 20000",
            ),
        ),
        (
            {"warm_start": WarmStart(parents=["tune_1"])},
            problem(
                "warm_start.parents",
                "tune_1",
                "is no name of a tuning job",
                "Use up to 32 letters, digits and hyphens",
            ),
        ),
        (
            {"objective": Objective(metric="", goal="Minimize")},
            problem("objective.metric", "", "is no name of a metric", "Use 1 to 255 characters"),
        ),
        (
            {"warm_start": WarmStart(parents=[])},
            problem("warm_start.parents", [], "is no number of tuning jobs to start from", "Name one to five"),
        ),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(tuning: Tune, options: dict[str, Any], expected: Problem) -> None:
    with pytest.raises(ConfigurationError) as caught:
        tuning(**options)
    assert caught.value.problems == (expected,)


def test_an_objective_that_is_not_in_the_log_is_refused(tuning: Tune, training: Make, script: Script) -> None:
    train = training(image=CPU, script=script, metrics={"accuracy": "acc=([0-9.]+)"})
    with pytest.raises(ConfigurationError) as caught:
        tuning(
            training=train, ranges={"rate": ContinuousRange(0, 1)}, objective=Objective(metric="loss", goal="Minimize")
        )
    assert caught.value.problems == (
        problem(
            "objective.metric",
            "loss",
            "is no metric of the training job",
            "Say metrics={'loss': <regular expression>} in the training job, which has accuracy",
        ),
    )


def test_environment_variables_are_fewer_than_of_a_training_job(tuning: Tune, training: Make) -> None:
    train = training(environment={f"V{index:02}": "x" for index in range(49)})
    with pytest.raises(ConfigurationError, match="are 49, and SageMaker takes 48"):
        tuning(training=train)


def test_tokens_pass_where_no_number_is_needed(tuning: Tune) -> None:
    number: Any = cdk.Token.as_number({"Ref": "Jobs"})
    ranges = {"eta": ContinuousRange(number, number), "booster": CategoricalRange(["gbtree"])}
    job = tuning(ranges=ranges, max_jobs=number, max_parallel=number, seed=number)
    limits = job.request["HyperParameterTuningJobConfig"]["ResourceLimits"]
    assert limits == {"MaxNumberOfTrainingJobs": number, "MaxParallelTrainingJobs": number}
