from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker

from cdk_ml.assembly import read
from cdk_ml.checks import run

app = cdk.App()
stack = cdk.Stack(app, "Notebooks")
role = "arn:aws:iam::111111111111:role/notebook"
sagemaker.CfnNotebookInstance(stack, "Notebook", role_arn=role, instance_type="ml.t3.medium", root_access="Enabled")

report = run(read(Path(app.synth().directory)), packs=["ML", "Lifecycle"])
for finding in report.open:
    print(f"{finding.severity}: {finding.path}: {finding.message}. {finding.fix}.")
