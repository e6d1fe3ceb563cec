"""A model of your own, from data to deployment: checked, trained, judged, decided about, deployed.

https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Names, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.customization.evaluation import Judge, judge_problems
from cdk_ml.genai.customization.functions import CustomizationFunctions
from cdk_ml.genai.customization.jobs import PAGE, bedrock_arn
from cdk_ml.genai.customization.live_parameter import LiveParameter
from cdk_ml.genai.customization.methods import Distillation, FineTuning, Method, method_problems
from cdk_ml.genai.customization.steps import customization_steps, step_statements
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.guardrails.attachment import NoGuardrail, chosen_guardrail
from cdk_ml.genai.models.foundation_model import FoundationModel
from cdk_ml.genai.models.invokable import INVOKE, grant
from cdk_ml.sagemaker.execution_role import read_objects, write_objects
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow import HumanReview, StateMachine
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import read_foreign_key, use_key

_TIME = 14 * 86_400  # Two weeks: a job takes days at most, and people have a week to decide.
_TAG = "cdk-ml:customization"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """Data for a customization job.

    :param bucket: the bucket.
    :param training: key of a .jsonl file.
    :param validation: key of another, none of whose records is in the first; ``None`` for none.
    :param fewest: records that there have to be at least.
    :param most: records that the base model takes at most: a quota of your account, model by model.
    """

    bucket: s3.IBucket
    training: str
    validation: str | None = None
    fewest: int = 32
    most: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCeiling:
    """The most that one training may cost, held against the data before it starts.

    :param usd: the ceiling in USD.
    :param usd_per_million_tokens: what the base model's training costs, as Bedrock's price page says it.
    """

    usd: float
    usd_per_million_tokens: float


class ModelCustomizationWorkflow(Construct):
    """Customization of a foundation model as a workflow, which people have the last word in.

    Creates a state machine that reads the data and refuses what Bedrock would refuse, what is in training and
    validation both, and what would cost more than the ceiling; trains; deploys the model for on-demand inference; asks
    it questions that it was not trained on and has another model judge the answers; and asks people. What they approve
    is named in a parameter, what they or the judge do not is taken down again. Also creates its functions, roles of
    Bedrock for training and judging, the parameter, and a page for reviewers where none is given. Models, deployments
    and reports of earlier executions stay.

    Idle cost: about 1 USD a month for alarms, and Bedrock's monthly fee for each model that it keeps; a deployment for
    on-demand inference costs nothing while nobody asks.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import (
    ...     FineTuning,
    ...     FoundationModel,
    ...     Judge,
    ...     ModelCustomizationWorkflow,
    ...     TokenCeiling,
    ...     TrainingData,
    ... )
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="service-ml", cost_center="4711"),
    ... )
    >>> customization = ModelCustomizationWorkflow(
    ...     stack,
    ...     "Customization",
    ...     workspace=workspace,
    ...     base_model=FoundationModel("amazon.nova-lite-v1:0"),
    ...     method=FineTuning(epochs=2),
    ...     data=TrainingData(bucket=workspace.data_bucket, training="support/train.jsonl"),
    ...     judge=Judge(
    ...         model=FoundationModel("amazon.nova-pro-v1:0"),
    ...         bucket=workspace.data_bucket,
    ...         questions="support/questions.jsonl",
    ...         least={"Builtin.Correctness": 0.8},
    ...     ),
    ...     ceiling=TokenCeiling(usd=200, usd_per_million_tokens=2),
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models.html

    :ivar machine: the workflow; start it when there is new data.
    :ivar review: where people decide.
    :ivar functions: what reads the data, asks the model and reads the scores.
    :ivar live: the parameter, and the state that sets it.
    :ivar role: what Bedrock trains as.
    :ivar judge_role: what Bedrock judges as.
    :ivar guardrail: what stands around the model while it is judged; ``None`` where nothing does.
    :ivar cfn_parameter: SSM parameter with the ARN of the deployment that was approved last; ``none`` before that.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        base_model: FoundationModel,
        data: TrainingData,
        judge: Judge,
        method: Method = FineTuning(),
        ceiling: TokenCeiling | None = None,
        review: HumanReview | None = None,
        guardrail: GuardrailBase | NoGuardrail | None = None,
    ) -> None:
        """
        :param workspace: key, buckets, queue, topic, tags and profile.
        :param base_model: what is customized.
        :param data: what it learns from.
        :param judge: how it is judged before people are asked.
        :param method: fine-tuning, continued pre-training or distillation.
        :param ceiling: the most that a training may cost.
        :param review: where people decide; ``None`` for a page of its own.
        :param guardrail: what stands around the model while it is judged, as it will around its users; the workspace's
            own when not given.
        :raises cdk_ml.errors.ConfigurationError: a method, files or a ceiling that nothing could be trained with,
            or a judge or a teacher that cannot be asked here.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        reject(
            self,
            [
                *method_problems(method, region),
                *_problems(data, ceiling, base_model, judge),
                *judge_problems(judge, region),
            ],
        )
        workspace.adopt(self)
        self.base_model, self.data, self.method, self.judge = base_model, data, method, judge
        self.workspace = workspace
        self.prefix = Names.unique_resource_name(self, max_length=40, separator="-", allowed_special_characters="-")
        self.review = HumanReview(self, "Review", workspace=workspace) if review is None else review
        self.live = LiveParameter.make(self, f"Deployment of {self.node.path} that is in use")
        self.cfn_parameter = self.live.cfn_parameter
        self.role = workspace.role(
            self, "Role", service="bedrock.amazonaws.com", statements=[*self._training_statements()]
        )
        self.judge_role = workspace.role(
            self, "JudgeRole", service="bedrock.amazonaws.com", statements=[*self._judging_statements()]
        )
        self.guardrail = chosen_guardrail(workspace, guardrail)
        self.functions = CustomizationFunctions(self, "Functions", customization=self, ceiling=ceiling)
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=customization_steps(self),
            statements=step_statements(self),
            timeout_seconds=_TIME,
        )

    @property
    def parameter_name(self) -> str:
        """Name of the SSM parameter with the ARN that ``Converse`` takes as ``modelId``."""
        return self.cfn_parameter.ref

    @property
    def tag(self) -> tuple[str, str]:
        """Name and value of the tag that jobs, models and deployments of this customization carry."""
        return _TAG, self.prefix

    @property
    def output_prefix(self) -> str:
        """What keys of reports, answers and scores begin with, in the workspace's data bucket."""
        return f"{self.prefix}/"

    def invoke_statements(self) -> list[Statement]:
        """What asks the deployment that is in use needs, whichever that is."""
        name, value = self.tag
        return [
            Statement(
                actions=INVOKE,
                resources=[bedrock_arn("custom-model-deployment")],
                conditions={"StringEquals": {f"aws:ResourceTag/{name}": value}},
                wildcard="Bedrock names a deployment when it is made; the tag names those of this customization. "
                f"{PAGE}",
            ),
            Statement(actions=["ssm:GetParameter"], resources=[self.live.arn]),
        ]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask the deployment that is in use, and look up which one that is."""
        grant(grantee, self.invoke_statements())

    def _training_statements(self) -> Iterator[Statement]:
        files = (self.data.training, self.data.validation)
        for key in (key for key in files if key is not None):
            yield from read_objects(self.data.bucket.bucket_arn, key)
        yield from read_objects(self.workspace.data_bucket.bucket_arn, self.output_prefix)
        yield from write_objects(self.workspace.data_bucket.bucket_arn, self.output_prefix)
        yield from use_key(self.workspace.key.key_arn)
        yield from read_foreign_key(self.data.bucket, self.workspace.key.key_arn)
        if isinstance(self.method, Distillation):
            yield from self.method.teacher.invoke_statements()

    def _judging_statements(self) -> Iterator[Statement]:
        yield from read_objects(self.workspace.data_bucket.bucket_arn, self.output_prefix)
        yield from write_objects(self.workspace.data_bucket.bucket_arn, self.output_prefix)
        yield from use_key(self.workspace.key.key_arn)
        yield Statement(actions=["kms:DescribeKey"], resources=[self.workspace.key.key_arn])
        yield from self.judge.model.invoke_statements()


def _problems(
    data: TrainingData, ceiling: TokenCeiling | None, base_model: FoundationModel, judge: Judge
) -> Iterator[Problem]:
    for name, key in (("training", data.training), ("validation", data.validation)):
        if key is not None and not is_token(key) and not key.endswith(".jsonl"):
            yield Problem(f"data.{name}", key, "is not what Bedrock reads", "Name a .jsonl file")
    if data.validation is not None and data.validation == data.training:
        rule = "is the training data: a model that learned it by heart would look good"
        yield Problem("data.validation", data.validation, rule, "Hold back another file, or leave it out")
    if judge.questions in {data.training, data.validation} and judge.bucket is data.bucket:
        yield Problem("judge.questions", judge.questions, "is what the model learns from", "Hold back another file")
    if outside(data.fewest, 1, 1_000_000):
        yield Problem("data.fewest", data.fewest, "is not a number of records", "Use 1 to 1000000")
    elif outside(data.most, data.fewest, 1_000_000):
        fix = f"Use {data.fewest} to 1000000"
        yield Problem("data.most", data.most, f"is less than the fewest, {data.fewest}, or too many", fix)
    if ceiling is not None:
        for name, figure in (("usd", ceiling.usd), ("usd_per_million_tokens", ceiling.usd_per_million_tokens)):
            if not is_token(figure) and not 0 < figure < float("inf"):
                yield Problem(f"ceiling.{name}", figure, "is no amount", "Use a number above 0")
    if base_model.model_id == judge.model.model_id:
        rule = "is the model that is customized: it would judge itself"
        yield Problem("judge.model", judge.model.model_id, rule, "Use another model, of another family if you can")
