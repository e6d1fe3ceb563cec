import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_ml.facts import images
from cdk_ml.sagemaker import Compute, Data, JobStep, Pipeline, ProcessingJob, Script
from cdk_ml.workflow import EventTrigger
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Churn")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
)
# A bucket that reports to EventBridge, which its owner turns on.
arrivals = s3.Bucket.from_bucket_name(stack, "Arrivals", "churn-arrivals")
prepare = ProcessingJob(
    stack,
    "Prepare",
    workspace=workspace,
    image=images.built_in_algorithm("sklearn"),
    script=Script("docs/examples/prepare", "prepare.py"),
    compute=Compute(instance_type="ml.m5.xlarge"),
    inputs={"raw": Data(arrivals, "raw/")},
    outputs=["train", "test"],
)
pipeline = Pipeline(stack, "Pipeline", workspace=workspace, steps=[JobStep(prepare)])
EventTrigger(
    stack,
    "Complete",
    workspace=workspace,
    source="aws.s3",
    detail_types=["Object Created"],
    detail={"bucket": {"name": [arrivals.bucket_name]}, "object": {"key": ["raw/_SUCCESS"]}},
    target=pipeline.target,
)
app.synth()
