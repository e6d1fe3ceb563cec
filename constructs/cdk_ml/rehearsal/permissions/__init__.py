"""What CloudFormation has to be allowed to deploy an assembly: its least-privilege policy, and what another one denies.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from __future__ import annotations

from cdk_ml.rehearsal.permissions.evaluate import Denial, Verdict, denied, load_policy
from cdk_ml.rehearsal.permissions.handlers import DEPLOYMENT, Operation
from cdk_ml.rehearsal.permissions.model import Need, Note, Statement
from cdk_ml.rehearsal.permissions.policy import ExecutionPolicy, execution_policy
from cdk_ml.rehearsal.permissions.template import bootstrap_commands

__all__ = [
    "DEPLOYMENT",
    "Denial",
    "ExecutionPolicy",
    "Need",
    "Note",
    "Operation",
    "Statement",
    "Verdict",
    "bootstrap_commands",
    "denied",
    "execution_policy",
    "load_policy",
]
