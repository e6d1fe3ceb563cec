"""Model units: what the custom resource is told, what it may do, and that everybody hears what they cost."""

from __future__ import annotations

import json
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import Commitment, FoundationModel, ProvisionedThroughput
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources
from tests.genai.models.deployed import deployed

Synth = Callable[[], Template]
TYPE = "Custom::ProvisionedThroughput"
NOVA = FoundationModel("amazon.nova-lite-v1:0:300k")
CUSTOM = "arn:aws:bedrock:us-east-1:111111111111:custom-model/amazon.nova-lite-v1:0/abcdefghij1{}"


def test_the_resource_says_what_to_buy_and_who_pays(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    ProvisionedThroughput(
        stack, "Units", workspace=workspace, model=NOVA, model_units=2, commitment=Commitment.SIX_MONTHS
    )
    made = deployed(only(template(), TYPE))
    assert made["ModelArn"] == "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"
    assert (made["ModelUnits"], made["Commitment"]) == ("2", "SixMonths")
    assert json.loads(made["Tags"])["cost-center"] == "4711"
    assert len(made["Name"]) <= 63


def test_it_may_touch_the_workspaces_units_only(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    ProvisionedThroughput(stack, "Units", workspace=workspace, model=NOVA, model_units=1)
    documents = (each["Properties"] for each in resources(template(), "AWS::IAM::ManagedPolicy").values())
    statements = [each for document in documents for each in document["PolicyDocument"]["Statement"]]
    found = [each for each in statements if "bedrock:" in str(each["Action"])]
    assert len(found) == 4
    wild = [each for each in found if "provisioned-model/*" in str(each["Resource"])]
    assert [[*each["Condition"]["StringEquals"].items()] for each in wild] == [
        [("aws:ResourceTag/project", "churn")],
        [("aws:RequestTag/project", "churn")],
    ]


def names(*asked: tuple[FoundationModel | str, int, Commitment]) -> list[str]:
    found = []
    for model, units, commitment in asked:
        stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
        workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
        ProvisionedThroughput(
            stack, "Units", workspace=workspace, model=model, model_units=units, commitment=commitment
        )
        found.append(only(Template.from_stack(stack), TYPE)["Name"].rpartition("-")[2])
    return found


def test_other_units_have_another_name_and_another_custom_model_the_same() -> None:
    none, month = Commitment.NONE, Commitment.ONE_MONTH
    found = names(
        (CUSTOM.format(1), 1, none),
        (CUSTOM.format(2), 1, none),
        (CUSTOM.format(1), 2, none),
        (CUSTOM.format(1), 1, month),
        (NOVA, 1, none),
    )
    assert found[0] == found[1]
    assert len({*found}) == 4


@pytest.mark.parametrize(
    ("units", "commitment", "says"),
    [
        (1, Commitment.NONE, "1 model unit are billed every hour until they are deleted"),
        (2, Commitment.ONE_MONTH, "2 model units are billed every hour for a month at least, and cannot be deleted"),
    ],
)
def test_every_synth_says_what_units_cost(
    stack: cdk.Stack, workspace: Workspace, units: int, commitment: Commitment, says: str
) -> None:
    ProvisionedThroughput(stack, "Units", workspace=workspace, model=NOVA, model_units=units, commitment=commitment)
    Annotations.from_stack(stack).has_warning("/Churn/Units", Match.string_like_regexp(says))


def test_a_role_may_ask_the_units(stack: cdk.Stack, workspace: Workspace) -> None:
    made = ProvisionedThroughput(stack, "Units", workspace=workspace, model=NOVA, model_units=1)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made.grant_invoke(role)
    (statement,) = only(Template.from_stack(stack), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == stack.resolve(made.model_id)
    assert made.foundation_model_id == NOVA.id


@pytest.mark.parametrize(
    ("model", "units", "commitment", "says"),
    [
        (FoundationModel("ai21.jamba-1-5-mini-v1:0"), 1, Commitment.NONE, "ends on 2026-11-26: AWS sells no new units"),
        ("amazon.nova-lite-v1:0", 1, Commitment.NONE, r"no.* ARN of a custom model. Use FoundationModel\(\.\.\.\)"),
        (NOVA, 0, Commitment.NONE, "model_units=0 is no number of units. Use 1 to 1000"),
        (NOVA, 1, "OneYear", "commitment='OneYear' is no term that AWS sells. Use one of Commitment.NONE"),
    ],
)
def test_what_aws_does_not_sell_is_refused(
    stack: cdk.Stack,
    workspace: Workspace,
    model: FoundationModel | str,
    units: int,
    commitment: Commitment,
    says: str,
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        ProvisionedThroughput(
            stack, "Units", workspace=workspace, model=model, model_units=units, commitment=commitment
        )


def test_what_only_the_deployment_knows_passes(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    model = cdk.Token.as_string({"Ref": "Model"})
    units = cdk.Token.as_number({"Ref": "Units"})
    made = ProvisionedThroughput(stack, "Units", workspace=workspace, model=model, model_units=units)
    assert made.foundation_model_id is None
    template().resource_count_is(TYPE, 1)
