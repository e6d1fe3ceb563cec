import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_ml.workspace import Buckets, CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Churn")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    vpc=ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    ),
    key=kms.Key.from_key_arn(
        stack, "Key", "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"
    ),
    buckets=Buckets(data=s3.Bucket.from_bucket_name(stack, "Data", "churn-training-data")),
)
cdk.CfnOutput(stack, "Subnets", value=",".join(workspace.subnet_ids))
app.synth()
