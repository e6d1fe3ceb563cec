"""A model package group: what it is made of, what it refuses, what it lets others do."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam
from docs.examples.contributing.model_group import ModelGroup, group_problems

from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import CostTags, Profile, Workspace

TAGS = CostTags(project="churn", owner="growth-ml", cost_center="4711")


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Churn")


@pytest.fixture
def group(stack: cdk.Stack) -> ModelGroup:
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    return ModelGroup(stack, "Models", workspace=workspace, name="churn", description="Who will leave")


def test_the_group_stays_when_its_stack_goes(stack: cdk.Stack, group: ModelGroup) -> None:
    assertions.Template.from_stack(stack).has_resource(
        group.cfn_group.cfn_resource_type,
        {
            "DeletionPolicy": "Retain",
            "Properties": {"ModelPackageGroupName": "churn", "ModelPackageGroupDescription": "Who will leave"},
        },
    )


def test_nothing_but_the_group_is_made(stack: cdk.Stack, group: ModelGroup) -> None:
    assert group.cfn_group.node.path == "Churn/Models/Resource"
    assertions.Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 0)


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("churn", "Who will leave", []),
        ("churn-", "", ["name='churn-' is not a name that SageMaker takes. Use 1 to 63 letters, digits and single "
                        "hyphens, none at an end."]),
        ("churn", "x" * 1025, ["description='xxxxxxxxxxxxxxxxxxxx…' has 1025 characters, but SageMaker takes 1024. "
                               "Shorten it."]),
        (cdk.Token.as_string({"Ref": "Name"}), "", []),
    ],
)  # fmt: skip
def test_what_sagemaker_refuses_is_named_with_its_fix(name: str, description: str, expected: list[str]) -> None:
    assert [str(problem) for problem in group_problems(name, description)] == expected


def test_the_error_names_the_construct(stack: cdk.Stack) -> None:
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match=r"^Churn/Models: name='a b' is not a name that SageMaker takes\."):
        ModelGroup(stack, "Models", workspace=workspace, name="a b", description="")


def test_readers_see_the_group_and_its_versions_and_no_other(stack: cdk.Stack, group: ModelGroup) -> None:
    group.grant_read(iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
    ((_, policy),) = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Policy").items()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"]
    own, versions = statement["Resource"]
    assert own == {"Fn::GetAtt": ["ModelsC55D3500", "ModelPackageGroupArn"]}
    assert versions["Fn::Join"][1][-1] == ":model-package/churn/*"
