"""A share lets another account in, and lets it pass on what it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from cdk_ml.data import DataCellsFilter, DataLake, DataShare, LFTag
from cdk_ml.data.lake.data_share import consumer_problems
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import resources
from tests.data.lake.lakes import elsewhere, iceberg

CONSUMER = "222222222222"
ORGANIZATION = "arn:aws:organizations::111111111111:organization/o-abc1234567"
UNIT = "arn:aws:organizations::111111111111:ou/o-abc1234567/ou-ab12-34567890"


def test_a_share_gives_tables_filters_and_tags_with_the_right_to_pass_them_on(
    stack: cdk.Stack, workspace: Workspace
) -> None:
    lake = DataLake(stack, "Lake", workspace=workspace, tags=[LFTag("sensitivity", ("internal",))])
    table = iceberg(stack, workspace, lake.curated.database)
    scores = iceberg(stack, workspace, lake.features.database, "Scores")
    cells = DataCellsFilter(stack, "Cells", lake=lake, table=table, columns=["age"])
    share = DataShare(
        stack,
        "Share",
        lake=lake,
        consumer=CONSUMER,
        tables=[scores],
        filters=[cells],
        tags={"sensitivity": ["internal"]},
    )
    made = resources(assertions.Template.from_stack(stack), "AWS::LakeFormation::PrincipalPermissions")
    given = [body["Properties"] for logical_id, body in made.items() if logical_id.startswith("Share")]
    assert all(one["Principal"] == {"DataLakePrincipalIdentifier": CONSUMER} for one in given)
    assert all(one["Permissions"] == one["PermissionsWithGrantOption"] for one in given)
    assert [(next(iter(one["Resource"])), *one["Permissions"]) for one in given] == [
        ("Database", "DESCRIBE"),
        ("Database", "DESCRIBE"),
        ("Table", "SELECT"),
        ("DataCellsFilter", "SELECT"),
        ("LFTagPolicy", "DESCRIBE"),
        ("LFTagPolicy", "SELECT"),
    ]
    assert len(share.cfn_grants) == len(given)


@pytest.mark.parametrize("consumer", [CONSUMER, ORGANIZATION, UNIT, cdk.Token.as_string({"Ref": "Consumer"})])
def test_accounts_and_organizations_can_be_shared_with(consumer: str) -> None:
    assert [*consumer_problems(consumer)] == []


@pytest.mark.parametrize("consumer", ["", "22222222222", "o-abc1234567", "arn:aws:iam::222222222222:role/analyst"])
def test_nobody_else_can(consumer: str) -> None:
    (problem,) = consumer_problems(consumer)
    assert (problem.argument, problem.value) == ("consumer", consumer)
    assert problem.fix.startswith("Write the twelve digits of an account")


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (lambda _: {}, "tables=() shares nothing. Name tables, filters or tags"),
        (lambda world: {"tables": [world[1]]}, "database='elsewhere' is in no zone of the lake"),
        (lambda world: {"filters": [world[2]]}, "filters='Cells' does not name its columns"),
        (lambda _: {"tags": {"sensitivity": ["secret"]}}, "tags='secret' is not a value of sensitivity"),
    ],
)
def test_what_cannot_be_shared_is_refused(
    arguments: Callable[[Any], dict[str, Any]], wrong: str, stack: cdk.Stack, workspace: Workspace
) -> None:
    lake = DataLake(stack, "Lake", workspace=workspace, tags=[LFTag("sensitivity", ("internal",))])
    table = iceberg(stack, workspace, lake.curated.database)
    cells = DataCellsFilter(stack, "Cells", lake=lake, table=table, excluded_columns=["email"])
    with pytest.raises(ConfigurationError) as error:
        DataShare(
            stack,
            "Share",
            lake=lake,
            consumer=CONSUMER,
            **arguments((table, elsewhere(stack, workspace), cells)),
        )
    assert wrong in str(error.value)
