"""Files that arrive are profiled, let pass or put aside, and cleaned."""

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from cdk_ml.data import (
    DataBrewDataset,
    DataBrewRecipe,
    DataBrewRule,
    DataBrewRuleset,
    DatasetFiles,
    ProfileJob,
    RecipeJob,
    RecipeOutput,
    RuleThreshold,
)
from cdk_ml.workflow import Schedule, StateMachine
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Prepare")
workspace = Workspace(
    stack,
    "Workspace",
    profile=Profile.PRODUCTION,
    tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
)
customers = DataBrewDataset(
    stack,
    "Customers",
    workspace=workspace,
    source=DatasetFiles(
        bucket=workspace.data_bucket, prefix="incoming/customers/", column_names=("customer_id", "age", "plan")
    ),
)
rules = DataBrewRuleset(
    stack,
    "Rules",
    workspace=workspace,
    dataset=customers,
    rules=[
        DataBrewRule(name="enough customers", check="AGG(ROWS_COUNT) >= :least", values={":least": "1000"}),
        DataBrewRule(
            name="each has an id",
            check="AGG(MISSING_VALUES_PERCENTAGE) <= :most",
            values={":most": "1"},
            column_names=["customer_id"],
        ),
        DataBrewRule(
            name="ages are ages",
            check=":age IS_BETWEEN :least and :most",
            values={":age": "`age`", ":least": "0", ":most": "120"},
            threshold=RuleThreshold(value=99),
        ),
    ],
)
profile = ProfileJob(stack, "Profile", workspace=workspace, dataset=customers, rulesets=[rules])
clean = RecipeJob(
    stack,
    "Clean",
    workspace=workspace,
    dataset=customers,
    recipe=DataBrewRecipe(stack, "Recipe", workspace=workspace, steps="docs/examples/databrew/clean.json"),
    output=RecipeOutput(prefix="curated/customers"),
)

checked = sfn.Parallel(stack, "Checked", result_path="$.checked")
checked.branch(profile.gate(stack, "RulesHold"))
checked.add_catch(
    sfn.Fail(stack, "PutAside", error="RulesBroken", cause_path="$.broken.Cause"),
    errors=["RulesBrokenError"],
    result_path="$.broken",
)
nightly = StateMachine(
    stack,
    "Nightly",
    workspace=workspace,
    definition=checked.next(clean.task(stack, "CleanCustomers")),
    statements=[*profile.gate_statements(), *clean.run_statements()],
)
Schedule(stack, "EveryNight", workspace=workspace, expression="cron(0 3 * * ? *)", target=nightly.target)
app.synth()
