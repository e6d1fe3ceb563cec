"""Parameters of Systems Manager, by their ARNs, which CloudFormation does not give.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_ssm as ssm


def parameter_arn(parameter: ssm.CfnParameter) -> str:
    """ARN of a parameter that CloudFormation names; a name that begins with a slash has another one."""
    return f"arn:{Aws.PARTITION}:ssm:{Aws.REGION}:{Aws.ACCOUNT_ID}:parameter/{parameter.ref}"
