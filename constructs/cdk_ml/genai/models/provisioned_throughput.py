"""Model units that answer for one model only, by the hour.

CloudFormation has no type for them.
https://docs.aws.amazon.com/bedrock/latest/userguide/prov-throughput.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum

from aws_cdk import Aws, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.facts.foundation_models import ModelState, find
from cdk_ml.genai.models.foundation_model import FoundationModel
from cdk_ml.genai.models.invokable import INVOKE, grant
from cdk_ml.genai.models.names import replaceable_name
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow.async_provider import AsyncProvider
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import ANYTHING

_PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html"
_MOST_UNITS = 1_000


class Commitment(StrEnum):
    """For how long units are bought. Longer is cheaper by the hour, and nobody can give them back before."""

    NONE = ""
    ONE_MONTH = "OneMonth"
    SIX_MONTHS = "SixMonths"


class ProvisionedThroughput(Construct):
    """Model units of your own: a throughput that is there, and billed every hour, whether anybody asks or not.

    **Expensive**: a unit is paid for every hour, asked or not; look its price up before you deploy. Most models are
    better asked on demand or through :class:`~cdk_ml.genai.CrossRegionProfile`; custom models that have no on-demand
    deployment need units. Each synth says so in a warning.

    Creates the units, with the workspace's cost tags, through a custom resource. Another model, or another number or
    term of units, makes new units before the old ones go; another custom model takes over the units that there are.

    Units with a commitment cannot be deleted before its end, by nobody: the deletion of the stack, and an update that
    would replace them, is refused and says until when. Take them out with ``removal_policy`` ``RETAIN`` on
    ``resource``, and delete them by hand after the term, or they are billed on.

    Idle cost: all of it. AWS publishes prices by model and term; what they are here, ask
    https://aws.amazon.com/bedrock/pricing/, for our facts do not know them.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import Commitment, FoundationModel, ProvisionedThroughput
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="care-ml", cost_center="4711"),
    ... )
    >>> units = ProvisionedThroughput(
    ...     stack,
    ...     "Units",
    ...     workspace=workspace,
    ...     model=FoundationModel("amazon.nova-lite-v1:0:300k"),
    ...     model_units=1,
    ...     commitment=Commitment.ONE_MONTH,
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/prov-throughput.html

    :ivar resource: the custom resource.
    :ivar provisioned_model_arn: ARN of the units, which is also what ``Converse`` takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        model: FoundationModel | str,
        model_units: int,
        commitment: Commitment = Commitment.NONE,
    ) -> None:
        """
        :param workspace: key, topic, tags and profile.
        :param model: the model, by the id that AWS sells units of; or the ARN of a custom model.
        :param model_units: how many; AWS has to raise the account's quota first for any with a commitment.
        :param commitment: for how long.
        :raises cdk_ml.errors.ConfigurationError: a legacy model, what is no custom model, or a number or a
            term that AWS does not sell.
        """
        super().__init__(scope, id)
        reject(self, _problems(model, model_units, commitment))
        workspace.adopt(self)
        self.model = model
        model_arn = model.model_arn if isinstance(model, FoundationModel) else model
        provider = AsyncProvider(
            self,
            "Provider",
            workspace=workspace,
            code=runtime_code("provisioned_throughput"),
            statements=_statements(model_arn, workspace.tags["project"]),
        )
        # Custom models can follow each other in the same units; nothing else of them can change.
        fixed = model.id if isinstance(model, FoundationModel) else "custom"
        self.resource = provider.resource(
            self,
            "Resource",
            type="Custom::ProvisionedThroughput",
            properties={
                "Name": replaceable_name(self, fixed, model_units, commitment),
                "ModelArn": model_arn,
                "ModelUnits": str(model_units),
                "Commitment": str(commitment),
                "Tags": json.dumps(workspace.tags, sort_keys=True),
            },
        )
        self.provisioned_model_arn = self.resource.get_att_string("ProvisionedModelArn")
        Validations.of(self).add_warning("cdk-ml:provisioned-throughput", _cost(model_units, commitment))

    @property
    def model_id(self) -> str:
        """The ARN, as ``Converse`` takes it."""
        return self.provisioned_model_arn

    @property
    def foundation_model_id(self) -> str | None:
        """Id of the model that answers; ``None`` for a custom one."""
        return self.model.id if isinstance(self.model, FoundationModel) else None

    def invoke_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs to ask these units."""
        return [Statement(actions=actions, resources=[self.provisioned_model_arn])]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask these units."""
        grant(grantee, self.invoke_statements())


def _statements(model_arn: str, project: str) -> list[Statement]:
    units = f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}:{Aws.ACCOUNT_ID}:provisioned-model/*"
    unknown = f"Bedrock makes the id of the units. Only those with the workspace's tag. {_PAGE}"
    return [
        Statement(
            actions=["bedrock:CreateProvisionedModelThroughput", "bedrock:UpdateProvisionedModelThroughput"],
            resources=[model_arn],
        ),
        Statement(
            actions=[
                "bedrock:DeleteProvisionedModelThroughput",
                "bedrock:GetProvisionedModelThroughput",
                "bedrock:UpdateProvisionedModelThroughput",
            ],
            resources=[units],
            conditions={"StringEquals": {"aws:ResourceTag/project": project}},
            wildcard=unknown,
        ),
        Statement(
            actions=["bedrock:TagResource"],
            resources=[units],
            conditions={"StringEquals": {"aws:RequestTag/project": project}},
            wildcard=unknown,
        ),
        Statement(
            actions=["bedrock:ListProvisionedModelThroughputs"],
            resources=ANYTHING,
            wildcard=f"bedrock:ListProvisionedModelThroughputs takes no resource. {_PAGE}",
        ),
    ]


def _cost(model_units: int, commitment: Commitment) -> str:
    term = {
        Commitment.NONE: "until they are deleted",
        Commitment.ONE_MONTH: "for a month at least, and cannot be deleted before",
        Commitment.SIX_MONTHS: "for six months at least, and cannot be deleted before",
    }[commitment]
    count = "Model units" if is_token(model_units) else f"{model_units} model unit{'s' if model_units != 1 else ''}"
    return f"{count} are billed every hour {term}, whether anybody asks or not: https://aws.amazon.com/bedrock/pricing/"


def _problems(model: FoundationModel | str, model_units: int, commitment: Commitment) -> Iterator[Problem]:
    if isinstance(model, FoundationModel):
        known = None if is_token(model.id) else find(model.id)
        if known is not None and known.state is ModelState.LEGACY:
            rule = f"is a legacy model, which ends on {known.ends}: AWS sells no new units of it"
            yield Problem("model", model.id, rule, f"Use {known.successor or 'an active model'}")
    elif not is_token(model) and ":custom-model/" not in model:
        fix = "Use FoundationModel(...), or the ARN of a custom model"
        yield Problem("model", model, "is not the ARN of a custom model", fix)
    if outside(model_units, 1, _MOST_UNITS):
        yield Problem("model_units", model_units, "is no number of units", f"Use 1 to {_MOST_UNITS}")
    if commitment not in {*Commitment}:
        fix = f"Use one of {', '.join(f'Commitment.{each.name}' for each in Commitment)}"
        yield Problem("commitment", commitment, "is no term that AWS sells", fix)
