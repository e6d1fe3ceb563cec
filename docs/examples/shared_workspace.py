import aws_cdk as cdk

from cdk_ml.workspace import CostTags, Profile, Workspace, WorkspaceIdentifiers

app = cdk.App()
stack = cdk.Stack(app, "Churn")
workspace = Workspace.from_existing(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    existing=WorkspaceIdentifiers(
        vpc_id="vpc-0123456789abcdef0",
        vpc_cidr="10.0.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        route_table_ids=["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"],
        key_arn="arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555",
        data_bucket="ml-workspace-data",
        artifact_bucket="ml-workspace-artifacts",
        log_bucket="ml-workspace-logs",
        alert_topic_arn="arn:aws:sns:eu-west-1:111111111111:ml-workspace-alerts",
    ),
)
cdk.CfnOutput(stack, "DataBucket", value=workspace.data_bucket.bucket_name)
app.synth()
