from dataclasses import replace

import aws_cdk as cdk

from cdk_ml.workspace import CostTags, Profile, Workspace

STAGING = replace(Profile.PRODUCTION, name="staging", deletes_data=True, minimum_instances=1, log_retention_days=30)

app = cdk.App(context={"cdk-ml:delete-data": True})
stack = cdk.Stack(app, "Staging")
tags = CostTags(project="churn", owner="growth-ml", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=STAGING, tags=tags)
cdk.CfnOutput(stack, "DataBucket", value=workspace.data_bucket.bucket_name)
app.synth()
