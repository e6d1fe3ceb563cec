"""A tuning job: many runs of a training job, each with other hyper-parameters, and the best of them.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.jobs.cost_ceiling import CostCeiling, ceiling_problems
from cdk_ml.sagemaker.jobs.environment import environment_problems
from cdk_ml.sagemaker.jobs.job import Job, JobKind
from cdk_ml.sagemaker.jobs.training_job import TrainingJob
from cdk_ml.sagemaker.jobs.tuning_ranges import Range, parameter_ranges, range_problems
from cdk_ml.sagemaker.jobs.tuning_rules import (
    MOST_VARIABLES,
    Hyperband,
    Objective,
    Strategy,
    WarmStart,
    algorithm_range_problems,
    limit_problems,
    objective_problems,
    runs_of,
    strategy_name,
    warm_start_problems,
)
from cdk_ml.sagemaker.jobs.values import Result
from cdk_ml.workspace import Workspace

_BEST = "BestTrainingJob"
# Members of a training job's request that the definition inside a tuning job does not have, or has elsewhere.
# Checkpoints are one of them: all runs would write theirs to one place.
_NOT_OF_A_DEFINITION = ("CheckpointConfig", "HyperParameters", "Tags")


class TuningJob(Job):
    """Runs a training job with many hyper-parameters, in search of the best.

    Creates nothing of its own: it runs as the training job's role, in its network, with its channels and its code. What
    is searched need not be among the training job's hyper-parameters. Runs on spot instances start again when they are
    interrupted, because all of them would keep their checkpoints in one place.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import (
    ...     Compute, ContinuousRange, CostCeiling, Data, IntegerRange, Objective, TrainingJob, TuningJob
    ... )
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> channels = {
    ...     name: Data(workspace.data_bucket, f"churn/{name}/", content_type="text/csv")
    ...     for name in ("train", "validation")
    ... }
    >>> train = TrainingJob(
    ...     stack,
    ...     "Train",
    ...     workspace=workspace,
    ...     image=images.built_in_algorithm("xgboost"),
    ...     compute=Compute(instance_type="ml.m5.xlarge"),
    ...     inputs=channels,
    ...     hyperparameters={"objective": "binary:logistic", "num_round": 100, "eval_metric": "auc"},
    ...     timeout_seconds=1_800,
    ... )
    >>> tune = TuningJob(
    ...     stack,
    ...     "Tune",
    ...     workspace=workspace,
    ...     training=train,
    ...     ranges={"eta": ContinuousRange(0.01, 0.5, "Logarithmic"), "max_depth": IntegerRange(3, 9)},
    ...     objective=Objective(metric="validation:auc", goal="Maximize"),
    ...     max_jobs=20,
    ...     max_parallel=4,
    ...     cost_ceiling=CostCeiling(usd=5),
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Weekly",
    ...     workspace=workspace,
    ...     definition=tune.task(stack, "TuneModel"),
    ...     statements=tune.run_statements(),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
    """

    kind = JobKind(
        name="HyperParameterTuning",
        arn="hyper-parameter-tuning-job",
        logs="TrainingJobs",
        longest_name=32,
        events="TuningJob",
    )

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        training: TrainingJob,
        ranges: Mapping[str, Range],
        objective: Objective,
        max_jobs: int | None = None,
        max_parallel: int = 1,
        strategy: Strategy = "Bayesian",
        early_stopping: bool = False,
        warm_start: WarmStart | None = None,
        cost_ceiling: CostCeiling | None = None,
        seed: int | None = None,
    ) -> None:
        """
        :param workspace: tags and profile.
        :param training: what is run.
        :param ranges: what is searched, by name of the hyper-parameter.
        :param objective: what runs are judged by.
        :param max_jobs: how many runs there are at most; a grid knows for itself.
        :param max_parallel: how many of them at once: fewer learn more from each other.
        :param strategy: how the next hyper-parameters are chosen.
        :param early_stopping: stop runs that do worse than those before.
        :param warm_start: start from what earlier tuning jobs found out.
        :param cost_ceiling: refuse, at synth, what could cost more.
        :param seed: makes the choice of hyper-parameters repeatable.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace)
        runs = runs_of(strategy, ranges, max_jobs)
        problems: list[Problem] = [
            *range_problems(ranges),
            *limit_problems(
                strategy, ranges, max_jobs=max_jobs, max_parallel=max_parallel, early_stopping=early_stopping, seed=seed
            ),
            *objective_problems(objective, training.metrics, own=training.algorithm is None),
            *environment_problems(training.request.get("Environment", {}), most=MOST_VARIABLES),
            *(algorithm_range_problems(training.algorithm, ranges) if training.algorithm is not None else ()),
            *(warm_start_problems(warm_start) if warm_start is not None else ()),
        ]
        if cost_ceiling is not None:
            seconds = training.timeout_seconds
            problems += ceiling_problems(cost_ceiling, compute=training.compute, runs=runs, run_seconds=seconds)
        reject(self, problems)
        self.training = training
        self.security_group, self._role = training.security_group, training.role
        self.request = {
            "HyperParameterTuningJobConfig": _config(strategy, objective, ranges, training, early_stopping, seed),
            "TrainingJobDefinition": _definition(training, ranges),
            "Tags": self._tags,
        }
        jobs = {} if strategy == "Grid" else {"MaxNumberOfTrainingJobs": max_jobs}
        self.request["HyperParameterTuningJobConfig"]["ResourceLimits"] = {
            "MaxParallelTrainingJobs": max_parallel,
            **jobs,
        }
        if warm_start is not None:
            parents = [{"HyperParameterTuningJobName": name} for name in warm_start.parents]
            self.request["WarmStartConfig"] = {
                "ParentHyperParameterTuningJobs": parents,
                "WarmStartType": warm_start.kind,
            }

    @property
    def best_job_name(self) -> Result:
        """The name of the run that did best, once all have run."""
        return self.result(f"{_BEST}.TrainingJobName")

    def _inputs(self) -> Iterable[object]:
        return self.training._inputs()


def _config(
    strategy: Strategy,
    objective: Objective,
    ranges: Mapping[str, Range],
    training: TrainingJob,
    early_stopping: bool,
    seed: int | None,
) -> dict[str, Any]:
    config: dict[str, Any] = {
        "Strategy": strategy_name(strategy),
        "HyperParameterTuningJobObjective": {"Type": objective.goal, "MetricName": objective.metric},
        "ParameterRanges": parameter_ranges(ranges, script=training.has_script),
        "TrainingJobEarlyStoppingType": "Auto" if early_stopping else "Off",
    }
    if isinstance(strategy, Hyperband):
        epochs = {"MinResource": strategy.minimum_epochs, "MaxResource": strategy.maximum_epochs}
        config["StrategyConfig"] = {"HyperbandStrategyConfig": epochs}
    if seed is not None:
        config["RandomSeed"] = seed
    return config


def _definition(training: TrainingJob, ranges: Mapping[str, Range]) -> dict[str, Any]:
    static = training.request.get("HyperParameters", {})
    kept = {name: value for name, value in training.request.items() if name not in _NOT_OF_A_DEFINITION}
    return {**kept, "StaticHyperParameters": {name: value for name, value in static.items() if name not in ranges}}
