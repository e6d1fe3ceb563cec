"""What steps of a pipeline say of each other: reports that somebody writes, models that somebody makes.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.values import Result
from cdk_ml.sagemaker.pipelines.flow_steps import ConditionStep
from cdk_ml.sagemaker.pipelines.job_steps import EvaluateStep
from cdk_ml.sagemaker.pipelines.model_steps import CreateModelStep, TransformStep
from cdk_ml.sagemaker.pipelines.step import Step

_IDLE = ("Condition", "Fail")


def reference_problems(steps: Sequence[Step]) -> Iterator[Problem]:
    """What steps take from others that do not give it. That a step is missing, the graph says."""
    by_name = {step.name: step for step in steps}
    if steps and all(step.type in _IDLE for step in steps):
        yield Problem("steps", [*by_name], "do nothing but decide and fail", "Add a step that runs a job")
    for step in steps:
        if isinstance(step, ConditionStep):
            yield from _unwritten(step, by_name)
        if isinstance(step, TransformStep):
            model = by_name.get(step.model)
            if model is not None and not isinstance(model, CreateModelStep):
                fix = "Name a CreateModelStep of the pipeline"
                yield Problem(f"{step.name}.model", step.model, "makes no model", fix)
        for value in step.values():
            asked = by_name.get(value.step) if isinstance(value, Result) else None
            if asked is not None and asked.type in _IDLE:
                rule = f"is a {type(asked).__name__}, which answers nothing"
                yield Problem(step.name, asked.name, rule, "Take a result of another step")


def _unwritten(condition: ConditionStep, by_name: Mapping[str, Step]) -> Iterator[Problem]:
    for report in condition.reports:
        writer = by_name.get(report.step)
        files = [file.name for file in writer.files] if isinstance(writer, EvaluateStep) else []
        if writer is not None and report.file not in files:
            rule = f"is no property file of {report.step}, which has {', '.join(files) or 'none'}"
            fix = f"Run {report.step} as EvaluateStep(job, files=[PropertyFile({report.file!r}, ...)])"
            yield Problem(f"{condition.name}.conditions", report.file, rule, fix)
