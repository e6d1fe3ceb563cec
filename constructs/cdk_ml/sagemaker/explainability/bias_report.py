"""A report on how data, and a model, treat groups of people: the bias metrics of SageMaker Clarify, in a job.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.sagemaker.container_image import ContainerImage
from cdk_ml.sagemaker.explainability.analysis import (
    AnalyzedModel,
    Facet,
    LabeledData,
    Limit,
    Outcome,
    PredictedLabels,
)
from cdk_ml.sagemaker.explainability.model_report import ModelReport
from cdk_ml.sagemaker.explainability.rules import bias_problems, metric_limit_problems
from cdk_ml.sagemaker.jobs.compute import Compute
from cdk_ml.sagemaker.jobs.wheelhouse import Wheelhouse
from cdk_ml.sagemaker.pipelines.conditions import JsonGet
from cdk_ml.workspace import Workspace


class BiasReport(ModelReport):
    """Measures how data, and the predictions of a model, treat sensitive groups, and judges it by limits.

    SageMaker Clarify, which did this, is closed to new customers. The metrics have its names and formulas: CI, DPL, KL,
    JS, LP, TVD, KS and CDDL of the data; with predictions also DPPL, DI, DCAcc, DCR, SD, RD, DAR, DRR, AD, TE, FT, GE
    and CDDPL. The output ``report`` holds ``analysis.json`` in Clarify's form, ``evaluation.json`` with the numbers and
    the verdict, and ``report.html``. A metric that the rows do not define is none of the numbers, and keeps no limit.

    Creates an execution role, a security group, and the script's archive as an asset. The image needs pandas and
    scikit-learn, as AWS's scikit-learn image has them, and whatever the model needs. A model is loaded in the job, cut
    off from every network; no endpoint is made.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import AnalyzedModel, BiasReport, Compute, Data, Facet, LabeledData, Limit, Outcome
    >>> from cdk_ml.sagemaker import ConditionStep, FailStep, Pipeline
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Loans")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="loans", owner="credit-ml", cost_center="4711"),
    ... )
    >>> bias = BiasReport(
    ...     stack,
    ...     "Bias",
    ...     workspace=workspace,
    ...     image=images.built_in_algorithm("sklearn"),
    ...     compute=Compute(instance_type="ml.m5.xlarge"),
    ...     data=LabeledData(Data(workspace.data_bucket, "loans/test/"), label="granted", excluded=["sex"]),
    ...     predictions=AnalyzedModel(Data(workspace.artifact_bucket, "loans/model.tar.gz")),
    ...     facets=[Facet("sex", values=["female"]), Facet("age", threshold=60)],
    ...     outcome=Outcome(values=[1]),
    ...     limits=[Limit("DPPL", minimum=-0.1, maximum=0.1), Limit("DI", minimum=0.8, facet="sex")],
    ... )
    >>> unfair = FailStep("Unfair", "The model treats a group worse than the limits of Bias allow")
    >>> pipeline = Pipeline(
    ...     stack,
    ...     "Pipeline",
    ...     workspace=workspace,
    ...     steps=[bias.step(), ConditionStep("Fair", [bias.passed], then=[], otherwise=[unfair])],
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html
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
        facets: Sequence[Facet],
        outcome: Outcome,
        predictions: AnalyzedModel | PredictedLabels | None = None,
        group_variable: str | None = None,
        limits: Sequence[Limit] = (),
        fail_on_violation: bool = False,
        wheels: Wheelhouse | None = None,
        timeout_seconds: int = 3_600,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, tags and profile.
        :param image: the container, with pandas, scikit-learn and what the model needs.
        :param compute: one instance.
        :param data: the rows, and their label.
        :param facets: sensitive groups, each compared with everybody else.
        :param outcome: which labels are positive.
        :param predictions: a model, or a column with its predictions; without either only the data is measured.
        :param group_variable: a column that may explain a difference, such as the department that people applied to;
            disparity is also measured within each of its values.
        :param limits: what metrics have to be for :attr:`passed`.
        :param fail_on_violation: end the job as failed when a limit is not kept, which stops a state machine. SageMaker
            may then not bring the report.
        :param wheels: packages that the image lacks.
        :param timeout_seconds: seconds after which the job is stopped, up to five days.
        :param role: an execution role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what cannot be measured, or what SageMaker would refuse, with its fix.
        """
        bias: dict[str, Any] = {
            "facets": [_rule(facet, name=facet.name) for facet in facets],
            "outcome": _rule(outcome),
            "group": group_variable,
        }
        super().__init__(
            scope,
            id,
            workspace=workspace,
            image=image,
            compute=compute,
            data=data,
            predictions=predictions,
            measured={"bias": bias},
            limits=limits,
            fail_on_violation=fail_on_violation,
            problems=[
                *bias_problems(data, facets, outcome, group_variable),
                *metric_limit_problems(
                    limits,
                    facets=facets,
                    predicted=predictions is not None,
                    grouped=group_variable is not None,
                ),
            ],
            wheels=wheels,
            timeout_seconds=timeout_seconds,
            role=role,
        )

    def value(self, metric: str, facet: str) -> JsonGet:
        """A metric, for a condition of a pipeline with :meth:`step`.

        :param metric: such as ``DPPL``; the condition fails where the rows do not define it.
        :param facet: name of the facet.
        """
        return self._value("metrics", facet, metric)


def _rule(rule: Facet | Outcome, **more: str) -> dict[str, Any]:
    return {**more, "values": [*rule.values], "threshold": rule.threshold}
