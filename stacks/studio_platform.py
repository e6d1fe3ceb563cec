"""A place to work for data scientists: SageMaker Studio without internet, with a budget, that comes down clean.

    people ──> Studio domain ──> JupyterLab and Code Editor in spaces, shut down when idle
                 │                 │  (no internet, workspace's subnets and key, data and artifact buckets)
                 │                 └── private endpoints: SageMaker, STS, CloudWatch Logs, S3
                 ├── two users, a space that they share, a script that sets Git up
                 ├── private hub: the JumpStart models that may be used
                 └── teardown: apps, spaces, users, then file system and security groups

Idle cost: about 35 USD a month and zone for five interface endpoints, 2.20 USD for the shared space's volume, 1 USD for
the key, and alarms. Apps cost while they run.

Try it: ``cdk deploy StudioPlatform -c cdk-ml:profile=sandbox -c cdk-ml:delete-data=true``, open Studio in the console
as ``analyst``, and ``cdk destroy StudioPlatform`` with the same context while an app is running.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.sagemaker import (
    HubModel,
    IdleShutdown,
    PrivateHub,
    StudioApps,
    StudioDomain,
    StudioLifecycleConfig,
    StudioSpace,
    StudioUserProfile,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

SETUP = Path(__file__).with_name("studio_setup.sh")


class StudioPlatform(cdk.Stack):
    """Studio for two data scientists, with a space that they share and a hub of models."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        workspace = Workspace(
            self,
            "Workspace",
            profile=profile,
            tags=CostTags(project="studio-platform", owner="ml-platform", cost_center="ml"),
            monthly_limit=MonthlyLimit(usd=1_000),
        )
        hub = PrivateHub(
            self,
            "Hub",
            workspace=workspace,
            description="Models that this team may use",
            models=[HubModel("catboost-classification-model"), HubModel("huggingface-llm-falcon-7b-bf16", "2.0.1")],
        )
        setup = StudioLifecycleConfig.from_file(self, "Setup", workspace=workspace, path=SETUP, built_in=True)
        domain = StudioDomain(
            self,
            "Studio",
            workspace=workspace,
            idle=IdleShutdown(minutes=60, maximum=240),
            apps=StudioApps(instance_types=["ml.t3.medium", "ml.m5.xlarge", "ml.g5.xlarge"], lifecycle_configs=[setup]),
            statements=hub.statements(),
        )
        analyst = StudioUserProfile(self, "Analyst", domain=domain, user_name="analyst")
        StudioUserProfile(self, "Engineer", domain=domain, user_name="engineer")
        StudioSpace(self, "Shared", owner=analyst, space_name="shared", shared=True, volume_gib=20)
        cdk.CfnOutput(self, "DomainId", value=domain.domain_id)
