"""A report on where a model's answers come from: SHAP values, as SageMaker Clarify gave them, in a job.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-shapley-values.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.sagemaker.container_image import ContainerImage
from cdk_ml.sagemaker.explainability.analysis import AnalyzedModel, LabeledData, Limit, Shap
from cdk_ml.sagemaker.explainability.model_report import ModelReport
from cdk_ml.sagemaker.explainability.rules import shap_problems, share_limit_problems
from cdk_ml.sagemaker.jobs.compute import Compute
from cdk_ml.sagemaker.jobs.wheelhouse import Wheelhouse
from cdk_ml.sagemaker.pipelines.conditions import JsonGet
from cdk_ml.workspace import Workspace


class ExplainabilityReport(ModelReport):
    """Attributes the answers of a model to its features with SHAP, and judges their shares by limits.

    SageMaker Clarify, which did this, is closed to new customers. The output ``report`` holds ``analysis.json`` in
    Clarify's form, with the global SHAP value of each feature; ``evaluation.json`` with the same, the share of each
    feature in all of them, and the verdict; and ``report.html``. A classifier of two classes is explained by the
    probability of the second, one of more by each.

    Creates an execution role, a security group, and the script's archive as an asset. The image needs pandas, what the
    model needs, and shap, which AWS's images lack: bring it as ``wheels``. The model is loaded in the job, cut off from
    every network; no endpoint is made.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import AnalyzedModel, Compute, Data, ExplainabilityReport, LabeledData, Limit, Shap
    >>> from cdk_ml.sagemaker import Wheelhouse
    >>> from cdk_ml.workflow import Schedule, StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Loans")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="loans", owner="credit-ml", cost_center="4711"),
    ... )
    >>> explain = ExplainabilityReport(
    ...     stack,
    ...     "Explain",
    ...     workspace=workspace,
    ...     image=images.built_in_algorithm("sklearn"),
    ...     compute=Compute(instance_type="ml.c5.2xlarge"),
    ...     data=LabeledData(Data(workspace.data_bucket, "loans/test/"), label="granted", excluded=["customer"]),
    ...     model=AnalyzedModel(Data(workspace.artifact_bucket, "loans/model.tar.gz")),
    ...     shap=Shap(rows=500),
    ...     limits=[Limit("postcode", maximum=0.1)],
    ...     fail_on_violation=True,
    ...     wheels=Wheelhouse(Data(workspace.data_bucket, "wheels/"), ["shap==0.50.0"]),
    ... )
    >>> machine = StateMachine(
    ...     stack,
    ...     "Monthly",
    ...     workspace=workspace,
    ...     definition=explain.task(stack, "ExplainModel"),
    ...     statements=explain.run_statements(),
    ... )
    >>> schedule = Schedule(
    ...     stack, "First", workspace=workspace, expression="cron(0 3 1 * ? *)", target=machine.target
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-explainability.html
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
        model: AnalyzedModel,
        shap: Shap = Shap(),
        limits: Sequence[Limit] = (),
        fail_on_violation: bool = False,
        wheels: Wheelhouse | None = None,
        timeout_seconds: int = 3_600,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, tags and profile.
        :param image: the container, with pandas and what the model needs.
        :param compute: one instance.
        :param data: the rows, and their label, which the model does not get.
        :param model: the model; its threshold says nothing here.
        :param shap: how answers are attributed.
        :param limits: which shares of all SHAP values features may have for :attr:`passed`, 0 to 1.
        :param fail_on_violation: end the job as failed when a limit is not kept, which stops a state machine. SageMaker
            may then not bring the report.
        :param wheels: packages that the image lacks, such as shap.
        :param timeout_seconds: seconds after which the job is stopped, up to five days.
        :param role: an execution role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: what cannot be explained, or SageMaker would refuse, with its fix.
        """
        attributed: dict[str, Any] = {
            "algorithm": shap.algorithm,
            "baseline": [{**row} for row in shap.baseline],
            "samples": shap.samples,
            "rows": shap.rows,
            "aggregation": shap.aggregation,
            "use_logit": shap.use_logit,
            "save_local": shap.save_local,
            "seed": shap.seed,
        }
        super().__init__(
            scope,
            id,
            workspace=workspace,
            image=image,
            compute=compute,
            data=data,
            predictions=model,
            measured={"bias": None, "shap": attributed},
            limits=limits,
            fail_on_violation=fail_on_violation,
            problems=[*shap_problems(shap, data), *share_limit_problems(limits, data)],
            wheels=wheels,
            timeout_seconds=timeout_seconds,
            role=role,
        )

    def share(self, feature: str, output: int = 0) -> JsonGet:
        """How much of what the model answers a feature accounts for, for a condition of a pipeline with :meth:`step`.

        :param feature: name of the column.
        :param output: of which of the model's outputs.
        """
        return self._value("shares", f"label{output}", feature)
