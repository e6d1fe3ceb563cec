"""A database that tables are made in, and one that Lake Formation guards."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lakeformation as lakeformation

from cdk_ml.data import Database
from cdk_ml.workspace import Workspace


@pytest.fixture
def database(stack: cdk.Stack, workspace: Workspace) -> Database:
    """A database under a prefix of the data bucket."""
    return Database(
        stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket, prefix="curated/shop"
    )


@pytest.fixture
def guarded(stack: cdk.Stack, workspace: Workspace) -> Database:
    """A database whose location is registered with Lake Formation."""
    location = lakeformation.CfnResource(
        stack, "Location", resource_arn=workspace.data_bucket.bucket_arn, use_service_linked_role=True
    )
    return Database(
        stack,
        "Guarded",
        workspace=workspace,
        name="guarded",
        bucket=workspace.data_bucket,
        prefix="raw",
        registration=location,
    )
