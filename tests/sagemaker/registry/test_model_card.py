"""A model card is encrypted, linked to what it is about, and stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import CardContent, CardStatus, Model, ModelCard, ModelPackage, ModelPackageGroup
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Synth = Callable[[], Template]
CARD = "AWS::SageMaker::ModelCard"


def unknown(value: Any, schema: dict[str, Any], definitions: dict[str, Any], path: str = "") -> list[str]:
    """Names in ``value`` that the schema of CloudFormation does not have."""
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
    if isinstance(value, dict) and ("properties" in schema):
        known = schema["properties"]
        wrong = [f"{path}/{name}" for name in value if name not in known]
        return wrong + [
            found
            for name, item in value.items()
            if name in known
            for found in unknown(item, known[name], definitions, f"{path}/{name}")
        ]
    if isinstance(value, list) and "items" in schema:
        return [found for item in value for found in unknown(item, schema["items"], definitions, path)]
    return []


def test_everything_that_a_card_says_has_a_place_in_cloudformations_schema(
    stack: cdk.Stack, workspace: Workspace, card: CardContent, template: Synth
) -> None:
    ModelCard(stack, "Card", workspace=workspace, content=card, status=CardStatus.APPROVED)
    found = only(template(), CARD)
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", CARD).schema
    assert unknown(found["Content"], schema["properties"]["Content"], schema["definitions"]) == []
    assert unknown({"Oops": 1}, schema["properties"]["Content"], schema["definitions"]) == ["/Oops"]
    assert found["Content"]["TrainingDetails"]["TrainingJobDetails"]["UserProvidedHyperParameters"] == [
        {"Name": "max_depth", "Value": "5"}
    ]
    assert found["Content"]["AdditionalInformation"]["CustomDetails"] == {"review_board": "2026-03"}
    assert found["Content"]["EvaluationDetails"][0]["MetricGroups"] == [
        {"Name": "metrics", "MetricData": [{"Name": "auc", "Type": "number", "Value": 0.9}]}
    ]
    assert found["ModelCardStatus"] == "Approved"


def test_a_card_is_a_draft_under_the_workspaces_key_and_stays(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    ModelCard(stack, "Card", workspace=workspace, content=CardContent())
    ((_, found),) = resources(template(), CARD).items()
    assert found["DeletionPolicy"] == "RetainExceptOnCreate"
    assert found["Properties"]["ModelCardStatus"] == "Draft"
    assert found["Properties"]["SecurityConfig"] == {"KmsKeyId": stack.resolve(workspace.key.key_arn)}
    assert "ModelPackageDetails" not in found["Properties"]["Content"]


def test_a_card_is_linked_to_its_group_and_its_version(
    stack: cdk.Stack, workspace: Workspace, model: Model, template: Synth
) -> None:
    group = ModelPackageGroup(stack, "Models", workspace=workspace)
    package = ModelPackage(stack, "First", workspace=workspace, group=group, model=model)
    ModelCard(stack, "Card", workspace=workspace, content=CardContent(), group=group, package=package)
    details = only(template(), CARD)["Content"]["ModelPackageDetails"]
    assert details == {
        "ModelPackageGroupName": group.model_package_group_name,
        "ModelPackageArn": stack.resolve(package.model_package_arn),
    }


def test_a_reader_is_granted_this_card(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    reader = iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = ModelCard(stack, "Card", workspace=workspace, content=CardContent())
    made.grant_read(reader)
    (statement,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sagemaker:DescribeModelCard"
    assert statement["Resource"] == stack.resolve(made.model_card_arn)
    assert made.read_statements()[0].resources == made.write_statements()[0].resources == [made.model_card_arn]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"model_card_name": "a_b"},
            "model_card_name='a_b' is not a name that SageMaker takes. "
            "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit.",
        ),
        (
            {"status": CardStatus.APPROVED},
            "evaluation_details=() says nothing, and a card cannot be Approved without it. "
            "Add an EvaluationSummary with its metrics.",
        ),
    ],
)
def test_what_sagemaker_or_a_reviewer_would_refuse_is_refused_with_the_fix(
    stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        ModelCard(stack, "Card", workspace=workspace, content=CardContent(), **options)
    assert f"Churn/Card: {message}" in str(error.value).splitlines()


def test_a_region_without_cards_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Far", env=cdk.Environment(region="ap-southeast-6"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match="region='ap-southeast-6' has no AWS::SageMaker::ModelCard"):
        ModelCard(stack, "Card", workspace=workspace, content=CardContent())


def test_a_name_that_is_known_only_at_deployment_passes(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    ModelCard(stack, "Card", workspace=workspace, content=CardContent(), model_card_name=name)
    assert only(template(), CARD)["ModelCardName"] == {"Ref": "Name"}
