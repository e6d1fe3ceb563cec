import aws_cdk as cdk

from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    Cache,
    Compare,
    Compute,
    ConditionStep,
    Data,
    EvaluateStep,
    FailStep,
    Failure,
    JobStep,
    Parameter,
    Pipeline,
    ProcessingJob,
    PropertyFile,
    RegisterModelStep,
    Retry,
    Script,
    TrainingJob,
)
from cdk_ml.workflow import Schedule
from cdk_ml.workspace import CostTags, Profile, Workspace

SCRIPTS = "stacks/scripts/training_pipeline"

app = cdk.App()
stack = cdk.Stack(app, "Churn")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
)
sklearn = images.built_in_algorithm("sklearn")
machine = Compute(instance_type="ml.m5.xlarge")

prepare = ProcessingJob(
    stack,
    "Prepare",
    workspace=workspace,
    image=sklearn,
    script=Script(f"{SCRIPTS}/prepare", "prepare.py"),
    compute=machine,
    inputs={"raw": Data(workspace.data_bucket, "churn/raw/")},
    outputs=["train", "test"],
)
train = TrainingJob(
    stack,
    "Train",
    workspace=workspace,
    image=sklearn,
    script=Script(f"{SCRIPTS}/train", "train.py"),
    compute=machine,
    inputs={"train": prepare.output("train")},
    hyperparameters={"regularization": 0.5},
)
evaluate = ProcessingJob(
    stack,
    "Evaluate",
    workspace=workspace,
    image=sklearn,
    script=Script(f"{SCRIPTS}/evaluate", "evaluate.py"),
    compute=machine,
    inputs={"model": train.model, "test": prepare.output("test")},
    outputs=["report"],
)

judge = EvaluateStep(evaluate, [PropertyFile("Quality", output="report", path="evaluation.json")])
accuracy = judge.value("Quality", "binary_classification_metrics.accuracy.value")
register = RegisterModelStep(
    "Register",
    "churn",
    model=train.model,
    image=sklearn,
    environment={"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
    metrics=judge.location("Quality"),
)
pipeline = Pipeline(
    stack,
    "Pipeline",
    workspace=workspace,
    steps=[
        JobStep(prepare, cache=Cache("P7D")),
        JobStep(train, retry=[Retry([Failure.NO_CAPACITY], minutes=120, interval_seconds=60)]),
        judge,
        ConditionStep(
            "GoodEnough",
            [Compare(accuracy, ">=", Parameter("LeastAccuracy", 0.9))],
            then=[register],
            otherwise=[FailStep("NotGoodEnough", "The accuracy is below LeastAccuracy")],
        ),
    ],
)
Schedule(
    stack,
    "Weekly",
    workspace=workspace,
    expression="cron(0 3 ? * MON *)",
    target=pipeline.target_with({"LeastAccuracy": 0.92}),
)
app.synth()
