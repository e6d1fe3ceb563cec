"""What a job says about its run: a small file that the state machine reads afterwards.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.workspace import Statement

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as sfn


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummary:
    """A JSON object that the script writes, such as ``{"readings": 7, "bad": 0}``, for each execution another.

    :param bucket: where it writes it, under the workspace's key.
    :param prefix: under which it does; ends in ``/``.
    """

    bucket: s3.IBucket
    prefix: str

    @property
    def arguments(self) -> dict[str, str]:
        """What the task tells the script: to write it to ``--summary``, then ``--run`` and ``.json``."""
        return {"summary": f"s3://{self.bucket.bucket_name}/{self.prefix}", "run": "$$.Execution.Name"}

    def task(self, scope: Construct, id: str) -> sfn.CustomState:
        """A state that reads it; what it says is at ``$.summary.said`` in the state's output.

        What the state machine needs is :meth:`read_statements`.
        """
        from aws_cdk import aws_stepfunctions as sfn

        return sfn.CustomState(
            scope,
            id,
            state_json={
                "Type": "Task",
                "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:s3:getObject",
                "Parameters": {
                    "Bucket": self.bucket.bucket_name,
                    "Key.$": f"States.Format('{self.prefix}{{}}.json', $$.Execution.Name)",
                },
                "ResultSelector": {"said.$": "States.StringToJson($.Body)"},
                "ResultPath": "$.summary",
                "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 3}],
            },
        )

    def read_statements(self) -> Sequence[Statement]:
        """What a state machine needs to read it."""
        return (
            Statement(
                actions=["s3:GetObject"],
                resources=[self.bucket.arn_for_objects(f"{self.prefix}*")],
                wildcard="A summary is named after its execution; the prefix is named. "
                "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html",
            ),
        )
