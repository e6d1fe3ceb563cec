"""People who are invited, and sign in with a second factor.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools.html
"""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from cdk_ml.workflow.vended_logs import part_of_stack_id
from cdk_ml.workspace import Workspace


def invited_users(scope: Construct, id: str, *, workspace: Workspace) -> cognito.CfnUserPool:
    """A user pool that an administrator invites people to. Costs 0.02 USD a month for each who signs in."""
    kept = workspace.removal_policy is RemovalPolicy.RETAIN
    pool = cognito.CfnUserPool(
        scope,
        id,
        admin_create_user_config={"allowAdminCreateUserOnly": True},
        username_attributes=["email"],
        auto_verified_attributes=["email"],
        account_recovery_setting={"recoveryMechanisms": [{"name": "verified_email", "priority": 1}]},
        mfa_configuration="ON",
        enabled_mfas=["SOFTWARE_TOKEN_MFA"],
        # Refuses passwords that are known to be stolen, and sign-ins that look like an attack.
        user_pool_tier="PLUS",
        user_pool_add_ons={"advancedSecurityMode": "ENFORCED"},
        policies={
            "passwordPolicy": {
                "minimumLength": 14,
                "requireLowercase": True,
                "requireUppercase": True,
                "requireNumbers": True,
                "requireSymbols": True,
                "temporaryPasswordValidityDays": 3,
            }
        },
        deletion_protection="ACTIVE" if kept else "INACTIVE",
    )
    pool.apply_removal_policy(workspace.removal_policy)
    return pool


def sign_in_domain(scope: Construct, id: str, *, user_pool: cognito.CfnUserPool) -> cognito.CfnUserPoolDomain:
    """Where users sign in, under a name that is unique in the region because it is made of what is unique."""
    name = f"{scope.node.addr[-8:]}-{part_of_stack_id(4)}"
    return cognito.CfnUserPoolDomain(scope, id, user_pool_id=user_pool.ref, domain=f"users-{name}")
