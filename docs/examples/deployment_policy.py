"""Makes the least-privilege policy of the role that deploys a stack, and asks what another policy would deny."""

import tempfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

from cdk_ml.assembly import read
from cdk_ml.rehearsal.permissions import denied, execution_policy

app = cdk.App(outdir=tempfile.mkdtemp())
stack = cdk.Stack(app, "Alerts", env=cdk.Environment(account="111111111111", region="eu-west-1"))
sns.CfnTopic(stack, "Topic")

policy = execution_policy(read(Path(app.synth().directory)))
for statement in policy.documents(partition="aws")[0]["Statement"]:
    print(statement["Sid"], statement["Resource"])
for denial in denied(policy, {"Statement": {"Effect": "Allow", "NotAction": "sns:Delete*", "Resource": "*"}}):
    print(denial)
