"""The account's settings are replaced as a whole, by those who administer it and nobody's defaults."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam

from cdk_ml.data import DataLakeSettings
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

TYPE = "AWS::LakeFormation::DataLakeSettings"
ROLE = "cdk-hnb659fds-cfn-exec-role-${AWS::AccountId}-${AWS::Region}"
DEPLOYING = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{ROLE}"


def test_the_deploying_role_administers_and_iam_opens_nothing(
    stack: cdk.Stack, workspace: Workspace, template: Callable[[], assertions.Template]
) -> None:
    settings = DataLakeSettings(stack, "Settings", workspace=workspace)
    made = template()
    assert only(made, TYPE) == {
        "Admins": [{"DataLakePrincipalIdentifier": {"Fn::Sub": DEPLOYING}}],
        "AllowFullTableExternalDataAccess": True,
        "CreateDatabaseDefaultPermissions": [],
        "CreateTableDefaultPermissions": [],
        "MutationType": "REPLACE",
        "Parameters": {"CROSS_ACCOUNT_VERSION": "4"},
    }
    ((_, body),) = resources(made, TYPE).items()
    assert (body["DeletionPolicy"], body["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert stack.resolve(settings.deploying_role_arn) == {"Fn::Sub": DEPLOYING}


def test_administrators_and_the_deploying_role_can_be_named(
    stack: cdk.Stack, workspace: Workspace, template: Callable[[], assertions.Template]
) -> None:
    steward = iam.Role.from_role_arn(stack, "Steward", "arn:aws:iam::111111111111:role/steward")
    deploying = "arn:aws:iam::111111111111:role/deploy"
    DataLakeSettings(
        stack,
        "Settings",
        workspace=workspace,
        administrators=[steward],
        deploying_role_arn=deploying,
        full_table_access=False,
    )
    made = only(template(), TYPE)
    assert [admin["DataLakePrincipalIdentifier"] for admin in made["Admins"]] == [deploying, steward.role_arn]
    assert made["AllowFullTableExternalDataAccess"] is False


def test_they_go_with_the_stack_where_data_goes() -> None:
    stack = cdk.Stack(cdk.App(context={**FLAGS, "cdk-ml:delete-data": True}), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    DataLakeSettings(stack, "Settings", workspace=workspace)
    ((_, body),) = resources(assertions.Template.from_stack(stack), TYPE).items()
    assert body["DeletionPolicy"] == "Delete"


def test_more_administrators_than_lake_formation_takes_are_refused(stack: cdk.Stack, workspace: Workspace) -> None:
    arn = "arn:aws:iam::111111111111:role/"
    roles = [iam.Role.from_role_arn(stack, f"Role{number}", f"{arn}{number}") for number in range(30)]
    with pytest.raises(ConfigurationError, match=r"30 roles.*with the deploying role\. Let roles be assumed"):
        DataLakeSettings(stack, "Settings", workspace=workspace, administrators=roles)


def test_a_deploying_role_that_nobody_knows_has_to_be_named() -> None:
    stack = cdk.Stack(cdk.App(context=FLAGS), "Churn", synthesizer=cdk.LegacyStackSynthesizer())
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match=r"deploying_role_arn=None is not known.*Name the role"):
        DataLakeSettings(stack, "Settings", workspace=workspace)
