"""What reports on models have in common: a processing job with our script, and a verdict that pipelines can read.

https://docs.aws.amazon.com/sagemaker/latest/dg/processing-job.html
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.container_image import ContainerImage
from cdk_ml.sagemaker.explainability.analysis import AnalyzedModel, LabeledData, Limit, PredictedLabels
from cdk_ml.sagemaker.explainability.rules import data_problems, key, known_problems, prediction_problems
from cdk_ml.sagemaker.jobs.compute import Compute
from cdk_ml.sagemaker.jobs.processing_job import ProcessingJob
from cdk_ml.sagemaker.jobs.script import Script
from cdk_ml.sagemaker.jobs.wheelhouse import Wheelhouse
from cdk_ml.sagemaker.pipelines.conditions import Compare, JsonGet
from cdk_ml.sagemaker.pipelines.job_steps import EvaluateStep, PropertyFile
from cdk_ml.sagemaker.pipelines.options import Cache, Retry
from cdk_ml.tokens import outside
from cdk_ml.workflow.runtime_code import NOT_SHIPPED, runtime_code
from cdk_ml.workspace import Workspace

_OUTPUT = "report"
_EVALUATION, _ANALYSIS = "Evaluation", "Analysis"
_INFERENCE = "inference"


class ModelReport(ProcessingJob):
    """A processing job that leaves a report on a model: :class:`BiasReport` and :class:`ExplainabilityReport`.

    Its output ``report`` holds ``analysis.json`` in the form of SageMaker Clarify, ``evaluation.json`` with the numbers
    and the verdict, and ``report.html``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        image: ContainerImage,
        compute: Compute,
        data: LabeledData,
        predictions: AnalyzedModel | PredictedLabels | None,
        measured: Mapping[str, Any],
        limits: Sequence[Limit],
        fail_on_violation: bool,
        problems: Sequence[Problem],
        wheels: Wheelhouse | None,
        timeout_seconds: int,
        role: iam.IRole | None,
    ) -> None:
        """
        :param measured: what the script is told about this report, besides what it is told about each.
        :param problems: what is wrong with that, and with the limits.
        """
        told = {
            "title": f"{type(self).__name__} {scope.node.path}/{id}",
            "data": {"label": data.label, "headers": [*data.headers], "excluded": [*data.excluded]},
            "predictions": _predictions(predictions),
            **measured,
            "limits": [
                {"name": limit.name, "group": limit.facet, "minimum": limit.minimum, "maximum": limit.maximum}
                for limit in limits
            ],
            "fail": fail_on_violation,
        }
        reject(
            f"{scope.node.path}/{id}",
            [
                *data_problems(data),
                *prediction_problems(predictions, data),
                *problems,
                *(problem for name, value in told.items() for problem in known_problems(name, value)),
                *_alone(compute),
            ],
        )
        inputs = {"data": data.data}
        if isinstance(predictions, AnalyzedModel):
            inputs["model"] = predictions.archive
        with tempfile.TemporaryDirectory() as folder:
            _assemble(Path(folder) / "code", told, predictions)
            super().__init__(
                scope,
                id,
                workspace=workspace,
                image=image,
                script=Script(Path(folder) / "code", "report.py"),
                compute=compute,
                inputs=inputs,
                outputs=[_OUTPUT],
                timeout_seconds=timeout_seconds,
                wheels=wheels,
                role=role,
            )

    @property
    def passed(self) -> Compare:
        """Whether every limit is kept: a condition of a pipeline with :meth:`step`."""
        return Compare(self._get("gate.status"), "==", "PASSED")

    def step(
        self, *, after: Sequence[str] = (), retry: Sequence[Retry] = (), cache: Cache | None = None
    ) -> EvaluateStep:
        """The step of a pipeline that makes the report.

        Its ``location("Analysis")`` is where the report is, for the registry.

        :param after: names of steps that have to be done before, besides those it takes something from.
        :param retry: when it is tried again.
        :param cache: when the report of an earlier execution is taken instead.
        """
        files = [
            PropertyFile(_EVALUATION, _OUTPUT, "evaluation.json"),
            PropertyFile(_ANALYSIS, _OUTPUT, "analysis.json"),
        ]
        return EvaluateStep(self, files, after=after, retry=retry, cache=cache)

    def _get(self, path: str) -> JsonGet:
        return JsonGet(self.step_name, _EVALUATION, path)

    def _value(self, part: str, group: str, name: str) -> JsonGet:
        return self._get(f"{part}.{key(group)}.{key(name)}")


def _alone(compute: Compute) -> Iterator[Problem]:
    if outside(compute.instance_count, 1, 1):
        rule = "would make the same report on each"
        yield Problem("compute.instance_count", compute.instance_count, rule, "Use 1, and a larger instance type")


def _predictions(predictions: AnalyzedModel | PredictedLabels | None) -> dict[str, Any] | None:
    match predictions:
        case AnalyzedModel(inference=inference, threshold=threshold):
            return {"code": None if inference is None else inference.entry_point, "threshold": threshold}
        case PredictedLabels(column=column, threshold=threshold):
            return {"column": column, "threshold": threshold}
    return None


def _assemble(folder: Path, told: Mapping[str, Any], predictions: AnalyzedModel | PredictedLabels | None) -> None:
    """Our script, what it is told, and the user's functions, as one folder."""
    shutil.copytree(runtime_code("model_report"), folder, ignore=shutil.ignore_patterns(*NOT_SHIPPED))
    (folder / "config.json").write_text(json.dumps(told, indent=2, sort_keys=True), encoding="utf-8")
    if isinstance(predictions, AnalyzedModel) and predictions.inference is not None:
        shutil.copytree(predictions.inference.folder, folder / _INFERENCE, ignore=shutil.ignore_patterns(*NOT_SHIPPED))
