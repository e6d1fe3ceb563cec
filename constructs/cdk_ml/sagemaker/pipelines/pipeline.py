"""A pipeline: jobs of the stack in order, from data to a registered model.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.jobs.values import Parameter, for_pipeline
from cdk_ml.sagemaker.names import lower_name, name_problems
from cdk_ml.sagemaker.pipelines.experiment import experiment_options, experiment_statements
from cdk_ml.sagemaker.pipelines.graph import Node, before, graph_problems
from cdk_ml.sagemaker.pipelines.job_steps import JobStep, output_results
from cdk_ml.sagemaker.pipelines.parameters import (
    distinct,
    parameter_json,
    parameter_problems,
    start_options,
    start_problems,
)
from cdk_ml.sagemaker.pipelines.references import reference_problems
from cdk_ml.sagemaker.pipelines.step import Step, Surroundings
from cdk_ml.tokens import outside
from cdk_ml.workflow.target import Target
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.alerts import alarm_above

_VERSION = "2020-12-01"
_NAMESPACE = "AWS/Sagemaker/ModelBuildingPipeline"
_MOST_PARALLEL = 2**31 - 1
_LONGEST_DEFINITION = 1_048_576  # Characters; CloudFormation takes no longer templates either.


class Pipeline(Construct):
    """A SageMaker pipeline that tells the workspace's topic when an execution fails.

    Creates the pipeline, a role with what its steps need and no more, and an alarm on executions that fail. The jobs
    bring roles of their own, which the pipeline may hand to them. Steps come after what they take something from;
    parameters are declared by being used. What a step takes of another is read from that step's answer, so that a step
    served from the cache is found where it left its outputs.

    Idle cost: an alarm, 0.10 USD a month; pipelines are free, their jobs are not.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Cache, Compute, Data, JobStep, Pipeline, ProcessingJob, Script
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> prepare = ProcessingJob(
    ...     stack,
    ...     "Prepare",
    ...     workspace=workspace,
    ...     image=images.built_in_algorithm("sklearn"),
    ...     script=Script("docs/examples/prepare", "prepare.py"),
    ...     compute=Compute(instance_type="ml.m5.xlarge"),
    ...     inputs={"raw": Data(workspace.data_bucket, "churn/raw/")},
    ...     outputs=["train", "test"],
    ... )
    >>> pipeline = Pipeline(
    ...     stack, "Pipeline", workspace=workspace, steps=[JobStep(prepare, cache=Cache(expires_after="P30D"))]
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html

    :ivar pipeline_name: name of the pipeline.
    :ivar parameters: what an execution can be started with, by name.
    :ivar role: what the pipeline runs its steps as.
    :ivar cfn_pipeline: the pipeline.
    :ivar cfn_alarm: raised when an execution fails.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        steps: Sequence[Step],
        parallel_steps: int | None = None,
        experiment_name: str | None = None,
        description: str | None = None,
        pipeline_name: str | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param steps: the steps, in any order; those of branches are in their condition.
        :param parallel_steps: how many steps of an execution run at once; SageMaker's own bound when not given.
        :param experiment_name: experiment in which each execution is a trial; none when not given.
        :param description: what it is for, for the person who reads the console.
        :param pipeline_name: a name of your own; callers outside this app may rely on it.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or what could never run: every problem at
            once, with its fix.
        """
        super().__init__(scope, id)
        every = [*_every(steps)]
        nodes = [Node(step.name, step.needs, branch) for step, branch in every]
        used = [parameter for step, _ in every for parameter in step.parameters]
        reject(
            self,
            [
                *graph_problems(nodes),
                *(problem for step, _ in every for problem in step.problems()),
                *reference_problems([step for step, _ in every]),
                *parameter_problems(used),
                *_problems(parallel_steps, experiment_name, pipeline_name),
            ],
        )
        workspace.adopt(self)
        self.parameters: Mapping[str, Parameter] = distinct(used)
        # SageMaker writes names in lower case in some of its ARNs; a name that is lower case is the same in all.
        self.pipeline_name = lower_name(self, pipeline_name, longest=128)
        jobs = [step.job for step, _ in every if isinstance(step, JobStep)]
        surroundings = Surroundings(
            scope=self,
            workspace=workspace,
            steps={step.name: step for step, _ in every},
            outputs=dict(pair for job in jobs for pair in output_results(job)),
        )
        statements: list[Statement] = []
        definition = {
            "Version": _VERSION,
            "Parameters": [parameter_json(parameter) for parameter in self.parameters.values()],
            **experiment_options(experiment_name),
            "Steps": [_rendered(step, (), nodes, surroundings, statements) for step in steps],
        }
        reject(self, _length_problems(definition))
        self.role = workspace.role(
            self,
            "Role",
            service="sagemaker.amazonaws.com",
            statements=_distinct([*statements, *experiment_statements(experiment_name)]),
        )
        self.cfn_pipeline = sagemaker.CfnPipeline(
            self,
            "Resource",
            pipeline_name=self.pipeline_name,
            pipeline_description=description,
            pipeline_definition={"PipelineDefinitionBody": Stack.of(self).to_json_string(definition)},
            role_arn=self.role.role_arn,
            parallelism_configuration=(
                None if parallel_steps is None else {"MaxParallelExecutionSteps": parallel_steps}
            ),
        )
        self.cfn_alarm = self._alarm(workspace.alert_topic.topic_arn)

    @property
    def pipeline_arn(self) -> str:
        """ARN of the pipeline."""
        return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:pipeline/{self.cfn_pipeline.ref}"

    @property
    def target(self) -> Target:
        """The pipeline as what a schedule or an event starts, with the defaults of its parameters."""
        return self.target_with({})

    def target_with(self, parameters: Mapping[str, str | float]) -> Target:
        """The pipeline as what a schedule or an event starts, with parameters.

        :param parameters: values by the name of the parameter; the others have their defaults.
        :raises cdk_ml.errors.ConfigurationError: a parameter that the pipeline does not have, or of another type.
        """
        reject(self, start_problems(parameters, self.parameters))
        return Target(arn=self.pipeline_arn, statements=self.start_statements(), options=start_options(parameters))

    def start_statements(self) -> Sequence[Statement]:
        """What starts the pipeline needs this."""
        return (Statement(actions=["sagemaker:StartPipelineExecution"], resources=[self.pipeline_arn]),)

    def grant_start_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` start executions."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:StartPipelineExecution"], resource_arns=[self.pipeline_arn]
        )

    def metric(self, name: str, *, step: str | None = None, **options: Any) -> cloudwatch.Metric:
        """A metric of the pipeline or of one of its steps, by SageMaker's name.

        :param name: such as ``ExecutionSucceeded``, or ``StepFailed`` with a step.
        :param step: name of the step.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options.setdefault("statistic", "Sum")
        of_step = {} if step is None else {"StepName": step}
        return cloudwatch.Metric(
            namespace=_NAMESPACE,
            metric_name=name,
            dimensions_map={"PipelineName": self.pipeline_name, **of_step},
            **options,
        )

    def _alarm(self, topic_arn: str) -> cloudwatch.CfnAlarm:
        return alarm_above(
            self,
            "Alarm",
            alarm_description=f"Executions of {self.node.path} fail",
            namespace=_NAMESPACE,
            metric_name="ExecutionFailed",
            dimensions=[{"name": "PipelineName", "value": self.pipeline_name}],
            statistic="Sum",
            period=300,
            threshold=0,
            topic_arn=topic_arn,
        )


def _every(steps: Iterable[Step], branch: tuple[str, ...] = ()) -> Iterator[tuple[Step, tuple[str, ...]]]:
    """Every step with the branch that it is in."""
    for step in steps:
        yield step, branch
        for side, inside in step.branches.items():
            yield from _every(inside, (*branch, step.name, side))


def _rendered(
    step: Step, branch: tuple[str, ...], nodes: Sequence[Node], surroundings: Surroundings, statements: list[Statement]
) -> dict[str, Any]:
    """The step in the words of a pipeline definition; what it needs is added to ``statements``."""
    rendered = step.render(surroundings)
    statements.extend(rendered.statements)
    arguments = for_pipeline(rendered.arguments)
    for side, inside in step.branches.items():
        key = "IfSteps" if side == "then" else "ElseSteps"
        place = (*branch, step.name, side)
        arguments[key] = [_rendered(each, place, nodes, surroundings, statements) for each in inside]
    needed = before(Node(step.name, step.needs, branch), nodes)
    waits = {"DependsOn": needed} if needed else {}
    return {"Name": step.name, "Type": step.type, "Arguments": arguments, **waits, **rendered.options}


def _problems(parallel_steps: int | None, experiment_name: str | None, pipeline_name: str | None) -> Iterator[Problem]:
    if parallel_steps is not None and outside(parallel_steps, 1, _MOST_PARALLEL):
        rule = "is not a number of steps to run at once"
        yield Problem("parallel_steps", parallel_steps, rule, f"Use 1 to {_MOST_PARALLEL}")
    for argument, name, most in (("experiment_name", experiment_name, 120), ("pipeline_name", pipeline_name, 256)):
        yield from name_problems(argument, name, most)


def _length_problems(definition: Mapping[str, Any]) -> Iterator[Problem]:
    length = len(json.dumps(definition))
    if length > _LONGEST_DEFINITION:
        rule = f"make a definition of {length} characters, and SageMaker takes {_LONGEST_DEFINITION}"
        yield Problem("steps", len(definition["Steps"]), rule, "Make two pipelines, of which one starts the other")


def _distinct(statements: Iterable[Statement]) -> list[Statement]:
    """Each statement once: steps of a kind ask for the same, and a managed policy has room for 6144 characters."""
    seen: dict[str, Statement] = {}
    for statement in statements:
        seen.setdefault(json.dumps(statement.document(), sort_keys=True), statement)
    return [*seen.values()]
