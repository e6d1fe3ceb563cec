"""An AutoML job: SageMaker prepares the data, tries algorithms, and names the best model.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aws_cdk import Aws, Fn
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.execution_role import WRITE_LOGS, read_objects, write_job_logs
from cdk_ml.sagemaker.jobs.automl_problems import (
    AutoMlMetric,
    AutoMlProblem,
    ForecastingProblem,
    automl_problems,
    problem_config,
)
from cdk_ml.sagemaker.jobs.automl_task import automl_task
from cdk_ml.sagemaker.jobs.data import Data, data_problems, read_statements
from cdk_ml.sagemaker.jobs.job import Job, JobKind
from cdk_ml.sagemaker.jobs.values import Result
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow.polled_job import LONGEST_ID
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy
from cdk_ml.workspace.statements import pass_role

_CANDIDATES = "candidates"
_CSV, _PARQUET = "text/csv;header=present", "x-application/vnd.amazon+parquet"
_MOST_INSTANCES = 2  # As far as rules of the network go: one, or more than one.
# A longer watch has more events than an execution may have, which is 25,000; a look has nine of them.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_A_WEEK = 604_800

# What SageMaker makes to explain the best model, and takes away again.
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-autopilot-perms
EXPLAIN = (
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:CreateModel",
    "sagemaker:DeleteEndpoint",
    "sagemaker:DeleteEndpointConfig",
    "sagemaker:DeleteModel",
    "sagemaker:DescribeEndpoint",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:DescribeModel",
    "sagemaker:InvokeEndpoint",
    "sagemaker:ListTags",
)
_ROLES = "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-autopilot-perms"


class AutoMlJob(Job):
    """A search for the best model of a table or of series, in the workspace's network.

    Creates an execution role with what the search needs, and a security group. It runs when a state machine runs it;
    pipelines have no step for it. Step Functions does not wait for such jobs, so the state looks at the job every five
    minutes and fails with SageMaker's reason. A job that runs out of time is not lost: the best model so far counts. An
    execution that is stopped leaves the job to its own end.

    What SageMaker makes on the way, models included, is under :attr:`candidates`. To explain the best model it hosts it
    for a while, under a name that nobody knows beforehand, so that the role may make and delete endpoints: keep these
    jobs in an account, or a region, without endpoints that matter.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import AutoMlJob, Data, TabularProblem
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> search = AutoMlJob(
    ...     stack,
    ...     "Search",
    ...     workspace=workspace,
    ...     data=Data(workspace.data_bucket, "churn/customers/"),
    ...     problem=TabularProblem(target="churned", kind="BinaryClassification", max_candidates=20),
    ...     objective="AUC",
    ...     timeout_seconds=7_200,
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Monthly",
    ...     workspace=workspace,
    ...     definition=search.task(stack, "SearchModel"),
    ...     statements=search.run_statements(),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJobV2.html

    :ivar candidates: what the search leaves, for jobs after it to read.
    """

    kind = JobKind(name="AutoML", arn="automl-job", logs="TrainingJobs", longest_name=32, in_pipelines=False)

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        data: Data,
        problem: AutoMlProblem,
        objective: AutoMlMetric | None = None,
        validation: Data | None = None,
        timeout_seconds: int = 14_400,
        candidate_timeout_seconds: int | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, tags and profile.
        :param data: a table as CSV with a header, or as Parquet with its ``content_type``; at least 500 rows.
        :param problem: what is predicted: :class:`TabularProblem` or :class:`ForecastingProblem`.
        :param objective: what models are judged by. A tabular problem has it together with its kind, or neither.
        :param validation: a table to judge by, with the columns of ``data``; a part of ``data`` when not given.
        :param timeout_seconds: seconds after which the search ends with the best model so far, up to a week.
        :param candidate_timeout_seconds: seconds that one model may take.
        :param role: an execution role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, every problem at once, with its fix.
        """
        super().__init__(scope, id, workspace=workspace)
        self._data = {"training": data, **({} if validation is None else {"validation": validation})}
        problems = [*_time_problems(timeout_seconds, candidate_timeout_seconds), *automl_problems(problem, objective)]
        reject(self, [*problems, *_data_problems(self._data, problem)])
        self.candidates = self.output(_CANDIDATES)
        self._place(
            repository_arns=[f"arn:{Aws.PARTITION}:ecr:{Aws.REGION}:*:repository/*"],
            images="SageMaker chooses the images of its algorithms, which are in accounts of AWS's own. " + _ROLES,
            statements=self._statements(),
            role=role,
            instance_count=_MOST_INSTANCES,
        )
        role_arn = self.role.role_arn
        if role is None:
            # After the role, because it names it: the search hands its role on to the jobs that it starts.
            own = managed_policy(self, "PassPolicy", statements=[self._pass_role()], roles=[self.role])
            # Nobody can depend on that policy but by naming it: what runs the search is made when the role is complete.
            role_arn = Fn.select(0, [role_arn, own.managed_policy_arn])
        criteria = {"MaxAutoMLJobRuntimeInSeconds": timeout_seconds}
        if candidate_timeout_seconds is not None:
            criteria["MaxRuntimePerTrainingJobInSeconds"] = candidate_timeout_seconds
        key_arn = workspace.key.key_arn
        self.request = {
            "AutoMLJobInputDataConfig": [_channel(name, each) for name, each in self._data.items()],
            "OutputDataConfig": {"S3OutputPath": self.candidates.uri, "KmsKeyId": key_arn},
            "AutoMLProblemTypeConfig": problem_config(problem, criteria),
            "SecurityConfig": {
                "VolumeKmsKeyId": key_arn,
                "EnableInterContainerTrafficEncryption": True,
                "VpcConfig": self._vpc_config,
            },
            "RoleArn": role_arn,
            "Tags": self._tags,
        }
        if objective is not None:
            self.request["AutoMLJobObjective"] = {"MetricName": objective}

    def task(self, scope: Construct, id: str) -> sfn.CustomState:
        """A state that runs the job and looks after it; its result is under the job's id in the state's output.

        Throttling is retried. What the state machine needs is :meth:`run_statements`.

        :raises cdk_ml.errors.ConfigurationError: an id that leaves no room for the names of the states inside.
        """
        reject(f"{scope.node.path}/{id}", _task_problems(id))
        return automl_task(self, scope, id)

    def run_statements(self) -> Sequence[Statement]:
        """What a state machine needs to run the job, to stop what it cannot watch, and to hand it its role."""
        runs = [f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:automl-job/{self.run_prefix.lower()}-*"]
        names = "The name of a run ends in an id of its own; its beginning is this job's. "
        watch = ["sagemaker:CreateAutoMLJobV2", "sagemaker:DescribeAutoMLJobV2", "sagemaker:StopAutoMLJob"]
        api = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"
        return (
            Statement(actions=watch, resources=runs, wildcard=f"{names}{api}/API_CreateAutoMLJobV2.html"),
            Statement(actions=["sagemaker:AddTags"], resources=runs, wildcard=f"{names}{api}/API_AddTags.html"),
            self._pass_role(),
        )

    @property
    def best_candidate(self) -> Result:
        """The name of the best model, once the search is over."""
        return self.result("BestCandidate.CandidateName")

    @property
    def best_value(self) -> Result:
        """What the best model reaches of the objective."""
        return self.result("BestCandidate.FinalAutoMLJobObjectiveMetric.Value")

    def _inputs(self) -> Iterable[object]:
        return self._data.values()

    def _pass_role(self) -> Statement:
        return pass_role(self.role.role_arn, to="sagemaker.amazonaws.com")

    def _statements(self) -> Iterator[Statement]:
        here = f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
        for data in self._data.values():
            yield from read_statements(data)
        yield from read_objects(self._workspace.data_bucket.bucket_arn, self.candidates.granted_prefix)
        yield Statement(actions=["kms:Encrypt"], resources=[self._workspace.key.key_arn])
        yield from write_job_logs("ProcessingJobs")
        yield from write_job_logs("TransformJobs")
        yield Statement(
            actions=["logs:CreateLogGroup", *WRITE_LOGS],
            resources=[f"arn:{Aws.PARTITION}:logs:{here}:log-group:/aws/sagemaker/Endpoints/*"],
            wildcard=f"SageMaker names the endpoint that explains a model, and its log group after it. {_ROLES}",
        )
        hosts = [f"arn:{Aws.PARTITION}:sagemaker:{here}:{each}/*" for each in ("endpoint", "endpoint-config", "model")]
        wildcard = f"SageMaker hosts the best model to explain it, under a name that nobody knows beforehand. {_ROLES}"
        yield Statement(actions=EXPLAIN, resources=hosts, wildcard=wildcard)


def _time_problems(timeout_seconds: int, candidate_timeout_seconds: int | None) -> Iterator[Problem]:
    if outside(timeout_seconds, 1, _A_WEEK):
        rule = "is not a time that a search can be watched"
        yield Problem("timeout_seconds", timeout_seconds, rule, f"Use 1 to {_A_WEEK}, which is a week")
        return
    if candidate_timeout_seconds is None or is_token(timeout_seconds):
        return
    if outside(candidate_timeout_seconds, 1, timeout_seconds):
        rule = "is not a time for one model of the search"
        yield Problem("candidate_timeout_seconds", candidate_timeout_seconds, rule, f"Use 1 to {timeout_seconds}")


def _data_problems(channels: dict[str, Data], problem: AutoMlProblem) -> Iterator[Problem]:
    for name, each in channels.items():
        argument = "data" if name == "training" else name
        yield from data_problems(argument, each)
        kind = each.content_type
        if kind is not None and not is_token(kind) and kind not in (_CSV, _PARQUET):
            fix = f"Use {_CSV} or {_PARQUET}"
            yield Problem(f"{argument}.content_type", kind, "is nothing that AutoML reads", fix)
    if "validation" not in channels:
        return
    given = channels["validation"].content_type
    if isinstance(problem, ForecastingProblem):
        fix = "Leave it out: SageMaker judges by the end of each series"
        yield Problem("validation", channels["validation"].prefix, "is not for forecasting", fix)
    elif (given or _CSV) != (channels["training"].content_type or _CSV):
        fix = "Give both the same content_type"
        yield Problem("validation.content_type", given, "is not that of data", fix)


def _task_problems(id: str) -> Iterator[Problem]:
    if not is_token(id) and len(id) > LONGEST_ID:
        rule = f"has {len(id)} characters, and states inside are named after it"
        yield Problem("id", id, rule, f"Use at most {LONGEST_ID}")


def _channel(name: str, data: Data) -> dict[str, Any]:
    return {
        "ChannelType": name,
        "ContentType": data.content_type if data.content_type is not None else _CSV,
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data.uri}},
    }
