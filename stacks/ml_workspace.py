"""A workspace that other stacks and other apps stand on.

    your apps ──> VPC without internet ──> S3, SageMaker, CloudWatch Logs (private endpoints)
                    │
                    ├── data, artifact and log buckets, all under one customer managed key
                    ├── alert topic <── budget of the project
                    └── cost tags on everything

Idle cost: 1 USD a month for the key, and about 7 USD a month and zone for each of the three interface endpoints.

Try it: ``cdk deploy MlWorkspace``; its outputs are what ``Workspace.from_existing`` takes in another app.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.workspace import CostTags, Profile, Workspace


class MlWorkspace(cdk.Stack):
    """Network, key, buckets, alerts and budget of a machine learning team."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        workspace = Workspace(
            self,
            "Workspace",
            profile=profile,
            tags=CostTags(project="ml-workspace", owner="ml-platform", cost_center="ml"),
            monthly_limit=MonthlyLimit(usd=500),
        )
        workspace.add_s3_endpoint()
        workspace.add_interface_endpoint("SageMakerApi", ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_API)
        workspace.add_interface_endpoint("SageMakerRuntime", ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME)
        workspace.add_interface_endpoint("CloudWatchLogs", ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS)
        workspace.publish()
