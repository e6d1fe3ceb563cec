"""What AgentCore says of a gateway, a memory or a runtime, delivered to a log group under the workspace's key.

Traces go to X-Ray once CloudWatch's Transaction Search is switched on, which is a setting of the account.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html
"""

from __future__ import annotations

from aws_cdk import Names
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_ml.workflow.vended_logs import vended_log_group
from cdk_ml.workspace import Workspace

_LONGEST_NAME = 60


def deliver_logs(scope: Construct, *, workspace: Workspace, resource_arn: str) -> logs.CfnLogGroup:
    """Deliver the application logs of ``resource_arn`` to a log group that is made for them."""
    group = vended_log_group(scope, "LogGroup", workspace=workspace, service="bedrock-agentcore")
    name = Names.unique_resource_name(scope, max_length=_LONGEST_NAME, separator="-")
    source = logs.CfnDeliverySource(
        scope, "LogSource", name=name, resource_arn=resource_arn, log_type="APPLICATION_LOGS"
    )
    destination = logs.CfnDeliveryDestination(
        scope, "LogDestination", name=name, destination_resource_arn=group.attr_arn, output_format="json"
    )
    delivery = logs.CfnDelivery(
        scope, "LogDelivery", delivery_source_name=name, delivery_destination_arn=destination.attr_arn
    )
    # It names its source, and a name is no reference.
    delivery.add_resource_dependency(source)
    return group
