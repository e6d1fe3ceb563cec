"""A bucket that tells EventBridge what arrives in it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
"""

from __future__ import annotations

from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.workspace import Workspace


def inbox_bucket(scope: Construct, id: str, *, workspace: Workspace) -> s3.Bucket:
    """Make a bucket as the workspace's others are, whose objects start things."""
    bucket = workspace.bucket(scope, id)
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    # The CDK's own argument for this makes a function that sets the property after the bucket is there.
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration={"eventBridgeEnabled": True}
    )
    return bucket
