"""Steps that run jobs, and the files in which they report numbers to conditions.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.data import read_statements
from cdk_ml.sagemaker.jobs.job import Job
from cdk_ml.sagemaker.jobs.values import Join, Result, RunValue, run_values
from cdk_ml.sagemaker.pipelines.conditions import JsonGet
from cdk_ml.sagemaker.pipelines.options import (
    Cache,
    Retry,
    cache_options,
    cache_problems,
    retry_options,
    retry_problems,
)
from cdk_ml.sagemaker.pipelines.step import Rendered, Step, Surroundings, run_statements
from cdk_ml.workspace.statements import pass_role

# Where a pipeline definition calls a kind of job otherwise than the API does.
_TYPES = {"HyperParameterTuning": "Tuning"}


@dataclass(frozen=True, slots=True)
class PropertyFile:
    """A JSON file among what a job leaves, in which conditions can look.

    :param name: what conditions call it.
    :param output: name of the output that holds it.
    :param path: where it is in there, such as ``evaluation.json``.
    """

    name: str
    output: str
    path: str


@dataclass(frozen=True, slots=True)
class JobStep(Step):
    """Runs a job: processing, training, tuning.

    The step has the name of the job, and comes after the jobs that it takes something from.

    :param job: the definition.
    :param after: names of steps that have to be done before, besides those it takes something from.
    :param retry: when it is tried again.
    :param cache: when the answer of an earlier execution is taken instead.
    """

    job: Job
    _: KW_ONLY
    after: Sequence[str] = ()
    retry: Sequence[Retry] = ()
    cache: Cache | None = None

    @property
    def type(self) -> str:
        return _TYPES.get(self.job.kind.name, self.job.kind.name)

    @property
    def name(self) -> str:
        return self.job.step_name

    def result(self, path: str) -> Result:
        """Something that SageMaker answers about the job once it has run.

        :param path: such as ``ModelArtifacts.S3ModelArtifacts``.
        """
        return self.job.result(path)

    def values(self) -> Iterable[RunValue]:
        return run_values(self.job.request)

    @property
    def uses(self) -> frozenset[str]:
        return self.job.uses

    def problems(self) -> Iterator[Problem]:
        if not self.job.kind.in_pipelines:
            rule = f"is an {type(self.job).__name__}, which pipelines have no step for"
            yield Problem("steps", self.name, rule, "Run it in a state machine, with the job's task")
        for index, retry in enumerate(self.retry):
            yield from retry_problems(f"{self.name}.retry[{index}]", retry)
        if self.cache is not None:
            yield from cache_problems(f"{self.name}.cache", self.cache)

    def render(self, surroundings: Surroundings) -> Rendered:
        kind = self.job.kind
        run = run_statements(kind.noun, kind.arn, longest_name=kind.longest_name)
        statements = [*run, pass_role(self.job.role.role_arn, to="sagemaker.amazonaws.com")]
        options = {**retry_options(self.retry), **cache_options(self.cache)}
        return Rendered(surroundings.linked(self.job.request, self.name), statements, options)


@dataclass(frozen=True, slots=True)
class EvaluateStep(JobStep):
    """Runs a processing job that reports numbers to conditions.

    :param files: JSON files among its outputs.
    """

    files: Sequence[PropertyFile] = ()

    def value(self, file: str, path: str) -> JsonGet:
        """A value in a report, for a condition.

        :param file: name of the property file.
        :param path: where the value is in it, such as ``metrics.accuracy.value``.
        """
        return JsonGet(self.name, file, path)

    def location(self, file: str) -> Join:
        """Where a report is in S3, such as for the metrics of a registered model.

        :param file: name of the property file.
        :raises KeyError: when the step has none of that name.
        """
        found = {each.name: each for each in self.files}[file]
        return Join((self.result(output_path(found.output)), f"/{found.path}"))

    def problems(self) -> Iterator[Problem]:
        yield from JobStep.problems(self)
        written = job_outputs(self.job)
        for index, file in enumerate(self.files):
            if file.output not in written:
                fix = f"{self.name} writes {', '.join(written) or 'nothing'}"
                yield Problem(f"{self.name}.files[{index}].output", file.output, "is no output of the job", fix)
        if len({file.name for file in self.files}) < len(self.files):
            names = [file.name for file in self.files]
            yield Problem(f"{self.name}.files", names, "names one twice", "Name each file differently")

    def render(self, surroundings: Surroundings) -> Rendered:
        rendered = JobStep.render(self, surroundings)
        files = [
            {"PropertyFileName": file.name, "OutputName": file.output, "FilePath": file.path} for file in self.files
        ]
        # The pipeline itself reads the reports when it comes to a condition; outputs of a job are under one prefix.
        read = read_statements(self.job.output("")) if files else []
        return Rendered(rendered.arguments, [*rendered.statements, *read], {**rendered.options, "PropertyFiles": files})


def job_outputs(job: Job) -> tuple[str, ...]:
    """Names of what a processing job leaves."""
    outputs = job.request.get("ProcessingOutputConfig", {}).get("Outputs", ())
    return tuple(output["OutputName"] for output in outputs)


def output_path(name: str) -> str:
    """Where a processing job answers with the place of what it left."""
    return f"ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri"


def output_results(job: Job) -> Iterator[tuple[Join, Result]]:
    """Where a processing job leaves what it writes, and how an execution calls it."""
    for name in job_outputs(job):
        uri = job.output(name).uri
        if isinstance(uri, Join):
            yield uri, job.result(output_path(name))
