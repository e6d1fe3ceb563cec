"""What a gateway keeps: what teams have used, by month, and what it knows of them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_ml.genai.gateway.team import Team, TokenPrice, price_of
from cdk_ml.genai.models.application_inference_profile import ApplicationInferenceProfile
from cdk_ml.workspace import Workspace, acknowledge


def usage_table(scope: Construct, id: str, *, workspace: Workspace) -> dynamodb.CfnTable:
    """Make the table of what was used, an item for each team and month."""
    table = dynamodb.CfnTable(
        scope,
        id,
        attribute_definitions=[
            {"attributeName": "team", "attributeType": "S"},
            {"attributeName": "month", "attributeType": "S"},
        ],
        key_schema=[
            {"attributeName": "team", "keyType": "HASH"},
            {"attributeName": "month", "keyType": "RANGE"},
        ],
        billing_mode="PAY_PER_REQUEST",
        sse_specification={"sseEnabled": True, "sseType": "KMS", "kmsMasterKeyId": workspace.key.key_arn},
        point_in_time_recovery_specification={"pointInTimeRecoveryEnabled": True},
        time_to_live_specification={"attributeName": "expires", "enabled": True},
    )
    table.apply_removal_policy(workspace.removal_policy)
    acknowledge(
        table,
        "Point-in-time recovery keeps every second of the last 35 days, and only the counts of the current month "
        "decide about anything. "
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
        "NIST.800.53.R5-DynamoDBInBackupPlan",
        "HIPAA.Security-DynamoDBInBackupPlan",
    )
    return table


def team_parameters(
    scope: Construct,
    *,
    teams: Sequence[Team],
    profiles: Mapping[str, Mapping[str, ApplicationInferenceProfile]],
    prices: Mapping[str, TokenPrice],
) -> dict[str, ssm.CfnParameter]:
    """What the function knows, by team.

    A function's environment holds 4 KB, which a few teams would fill; a parameter holds as much for each.
    """
    return {
        team.name: ssm.CfnParameter(
            scope,
            team.name,
            type="String",
            value=Stack.of(scope).to_json_string(_known(team, profiles[team.name], prices)),
            description=f"What a gateway knows of the team {team.name}",
        )
        for team in teams
    }


def _known(
    team: Team, profiles: Mapping[str, ApplicationInferenceProfile], prices: Mapping[str, TokenPrice]
) -> dict[str, Any]:
    """lambda/model_gateway/teams.py reads it."""
    unit, limit = ("usd", team.quota.usd) if team.quota.tokens is None else ("tokens", team.quota.tokens)
    models = {}
    for id, profile in profiles.items():
        price = price_of(id, prices)
        known = {} if price is None else {"input": price.input_usd, "output": price.output_usd}
        models[id] = {"profile": profile.profile_arn, **known}
    members = {"roles": [*team.role_arns], "groups": [*team.groups]}
    return {"name": team.name, **members, "unit": unit, "limit": limit, "models": models}
