import aws_cdk as cdk

from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    AnalyzedModel,
    BiasReport,
    Compute,
    ConditionStep,
    Data,
    ExplainabilityReport,
    Facet,
    FailStep,
    JobStep,
    LabeledData,
    Limit,
    ModelPackageGroup,
    Outcome,
    Pipeline,
    RegisterModelStep,
    Script,
    Shap,
    TrainingJob,
    Wheelhouse,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Loans")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="loans", owner="credit-ml", cost_center="4711"),
)
sklearn = images.built_in_algorithm("sklearn")
machine = Compute(instance_type="ml.m5.xlarge")

train = TrainingJob(
    stack,
    "Train",
    workspace=workspace,
    image=sklearn,
    script=Script("stacks/scripts/training_pipeline/train", "train.py"),
    compute=machine,
    inputs={"train": Data(workspace.data_bucket, "loans/train/")},
)
model = AnalyzedModel(train.model)
rows = LabeledData(Data(workspace.data_bucket, "loans/test/"), label="target", excluded=["sex"])

bias = BiasReport(
    stack,
    "Bias",
    workspace=workspace,
    image=sklearn,
    compute=machine,
    data=rows,
    predictions=model,
    facets=[Facet("sex", values=["female"]), Facet("age", threshold=60)],
    outcome=Outcome(values=[1]),
    group_variable="branch",
    limits=[Limit("DI", minimum=0.8, maximum=1.25), Limit("RD", minimum=-0.1, maximum=0.1, facet="sex")],
)
explain = ExplainabilityReport(
    stack,
    "Explain",
    workspace=workspace,
    image=sklearn,
    compute=machine,
    data=rows,
    model=model,
    shap=Shap(rows=500),
    limits=[Limit("branch", maximum=0.2)],
    wheels=Wheelhouse(Data(workspace.artifact_bucket, "wheels/shap/"), ["shap==0.50.0"]),
)

fair, explained = bias.step(), explain.step()
group = ModelPackageGroup(stack, "Models", workspace=workspace)
register = RegisterModelStep(
    "Register",
    group.model_package_group_name,
    model=train.model,
    image=sklearn,
    bias=fair.location("Analysis"),
    explainability=explained.location("Analysis"),
)
unfair = FailStep("Unfair", "A limit is not kept: see report.html of Bias and Explain")
decide = ConditionStep("Fair", [bias.passed, explain.passed], then=[register], otherwise=[unfair])
Pipeline(stack, "Pipeline", workspace=workspace, steps=[JobStep(train), fair, explained, decide])
app.synth()
