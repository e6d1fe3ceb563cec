"""Log groups that services write to by way of CloudWatch's log delivery.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
"""

from __future__ import annotations

from typing import Literal

from aws_cdk import Aws, Fn, Names
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_ml.workspace import Workspace


def vended_log_group(
    scope: Construct, id: str, *, workspace: Workspace, service: Literal["apigateway", "bedrock-agentcore", "states"]
) -> logs.CfnLogGroup:
    """Make a log group under the prefix that needs no line in CloudWatch's resource policy.

    The policy has room for about ten groups that are not under it. A stack that comes again after its group was kept
    has another id, so that the name is free.
    """
    own = Names.unique_resource_name(scope, max_length=80, separator="-")
    return workspace.log_group(scope, id, name=f"/aws/vendedlogs/{service}/{own}-{part_of_stack_id(0)}")


def part_of_stack_id(part: int) -> str:
    """A part of the unique id at the end of the stack's ARN, in lower-case hexadecimal digits.

    :param part: 0 to 4; the first has eight digits, the last twelve.
    """
    return Fn.select(part, Fn.split("-", Fn.select(2, Fn.split("/", Aws.STACK_ID))))
