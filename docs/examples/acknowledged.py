import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker

app = cdk.App()
stack = cdk.Stack(app, "Notebooks")
notebook = sagemaker.CfnNotebookInstance(
    stack,
    "Notebook",
    role_arn="arn:aws:iam::111111111111:role/notebook",
    instance_type="ml.t3.medium",
    root_access="Enabled",
)
cdk.Validations.of(notebook).acknowledge(
    cdk.Acknowledgment(
        id="ML::ML-NotebookNoRoot",
        reason="A teaching notebook without access to data: the class installs system packages in it.",
    )
)
app.synth()
