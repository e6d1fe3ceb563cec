"""Logs of services that bring them to a bucket by way of Amazon Data Firehose.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-logging-to-kinesis.html
https://docs.aws.amazon.com/waf/latest/developerguide/logging-kinesis.html
"""

from __future__ import annotations

from typing import Literal

from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.workflow.vended_logs import part_of_stack_id
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

_TO_THE_BUCKET = ("s3:GetBucketLocation", "s3:ListBucketMultipartUploads")
_OBJECTS = ("s3:AbortMultipartUpload", "s3:PutObject")


def delivery_stream(
    scope: Construct,
    id: str,
    *,
    workspace: Workspace,
    bucket: s3.IBucket,
    service: Literal["amazon-apigateway", "aws-waf-logs"],
) -> firehose.CfnDeliveryStream:
    """Make a stream that ``service`` may write to, because its name starts with what the service-linked role allows.

    The service-linked role is the account's; no role or resource policy of it is the stack's. Idle, it costs nothing.
    """
    made = Construct(scope, id)
    prefix = f"{service}/"
    role = workspace.role(
        made,
        "Role",
        service="firehose.amazonaws.com",
        statements=[
            *use_key(workspace.key.key_arn),
            Statement(actions=_TO_THE_BUCKET, resources=[bucket.bucket_arn]),
            Statement(
                actions=_OBJECTS,
                resources=[bucket.arn_for_objects(f"{prefix}*")],
                wildcard="Firehose names objects by the time of their delivery; what they are under is named. "
                "https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html",
            ),
        ],
    )
    return firehose.CfnDeliveryStream(
        made,
        "Resource",
        delivery_stream_name=f"{service}-{scope.node.addr[-8:]}-{part_of_stack_id(4)}",
        delivery_stream_type="DirectPut",
        delivery_stream_encryption_configuration_input={
            "keyType": "CUSTOMER_MANAGED_CMK",
            "keyArn": workspace.key.key_arn,
        },
        extended_s3_destination_configuration={
            "bucketArn": bucket.bucket_arn,
            "roleArn": role.role_arn,
            "prefix": prefix,
            "errorOutputPrefix": f"{prefix}failed/",
            "bufferingHints": {"intervalInSeconds": 300, "sizeInMBs": 5},
            "compressionFormat": "GZIP",
        },
    )
