"""A profile looks at a dataset, checks rules about it, and lets data pass or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.data import DataBrewDataset, DataBrewRule, DataBrewRuleset, DatasetFiles, ProfileJob
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources
from tests.data.databrew.conftest import flat

Allowed = Callable[[str], dict[str, set[str]]]
ENOUGH = DataBrewRule(name="enough", check="AGG(ROWS_COUNT) >= :least", values={":least": "1000"})


@pytest.fixture
def rules(stack: cdk.Stack, workspace: Workspace, dataset: DataBrewDataset) -> DataBrewRuleset:
    return DataBrewRuleset(stack, "Rules", workspace=workspace, dataset=dataset, rules=[ENOUGH])


@pytest.fixture
def make(stack: cdk.Stack, workspace: Workspace, dataset: DataBrewDataset) -> Callable[..., ProfileJob]:
    """Makes profiles of customers."""

    def profile(**options: Any) -> ProfileJob:
        return ProfileJob(stack, "Profile", workspace=workspace, dataset=dataset, **{"name": "profile", **options})

    return profile


def test_a_profile_sees_every_row_within_limits_under_the_key(
    make: Callable[..., ProfileJob],
    rules: DataBrewRuleset,
    workspace: Workspace,
    stack: cdk.Stack,
    template: Callable[[], Template],
) -> None:
    made = make(rulesets=[rules], column_names=["age"], capacity=3, timeout_minutes=30, retries=1)
    found = template()
    body = only(found, "AWS::DataBrew::Job")
    assert (body["Type"], body["JobSample"]) == ("PROFILE", {"Mode": "FULL_DATASET"})
    assert (body["MaxCapacity"], body["Timeout"], body["MaxRetries"]) == (3, 30, 1)
    assert (body["EncryptionMode"], body["EncryptionKeyArn"]) == ("SSE-KMS", stack.resolve(workspace.key.key_arn))
    assert body["ProfileConfiguration"] == {"ProfileColumns": [{"Name": "age"}]}
    (validation,) = body["ValidationConfigurations"]
    assert flat(validation["RulesetArn"]).endswith(f":ruleset/{rules.ruleset_name}")
    assert body["OutputLocation"]["Key"] == "databrew/profile/"
    assert made.output_uri.endswith("/databrew/profile/")
    groups = [body["Properties"].get("LogGroupName") for body in resources(found, "AWS::Logs::LogGroup").values()]
    assert "/aws-glue-databrew/jobs-profile" in groups
    assert body["LogSubscription"] == "ENABLE"


def test_a_profile_reads_its_dataset_and_writes_its_own_prefix(
    make: Callable[..., ProfileJob], allowed: Allowed
) -> None:
    make()
    actions = allowed("ProfileRole")
    (bucket,) = actions["s3:ListBucket"]
    assert actions["s3:GetObject"] == {f"{bucket}/incoming/*", f"{bucket}/databrew/profile/*"}
    assert actions["s3:PutObject"] == actions["s3:DeleteObject"] == {f"{bucket}/databrew/profile/*"}
    assert {action.split(":")[0] for action in actions} == {"kms", "logs", "s3"}


def test_a_sample_and_a_place_and_a_role_can_be_chosen(
    make: Callable[..., ProfileJob], stack: cdk.Stack, template: Callable[[], Template]
) -> None:
    make(rows=20_000, prefix="profiles/customers", role=iam.Role.from_role_name(stack, "Mine", "mine"))
    body = only(template(), "AWS::DataBrew::Job")
    assert body["JobSample"] == {"Mode": "CUSTOM_ROWS", "Size": 20_000}
    assert body["OutputLocation"]["Key"] == "profiles/customers/"
    assert flat(body["RoleArn"]).endswith(":role/mine")
    assert not {"ValidationConfigurations", "ProfileConfiguration"} & {*body}


def test_the_gate_reads_the_report_and_nothing_else(
    make: Callable[..., ProfileJob], rules: DataBrewRuleset, stack: cdk.Stack, allowed: Allowed
) -> None:
    made = make(rulesets=[rules])
    made.gate(stack, "RulesHold")
    actions = allowed("ProfileGateRole")
    (job,) = actions["databrew:DescribeJobRun"]
    assert job.endswith(":job/profile")
    (report,) = actions["s3:GetObject"]
    assert report.endswith("/databrew/profile/*")
    assert not {action for action in actions if "Put" in action and action.startswith("s3")}
    granted = {action for statement in made.gate_statements() for action in statement.actions}
    assert granted == {"databrew:ListJobRuns", "databrew:StartJobRun", "databrew:StopJobRun", "lambda:InvokeFunction"}


def test_who_starts_a_job_may_start_it(
    make: Callable[..., ProfileJob], stack: cdk.Stack, template: Callable[[], Template]
) -> None:
    role = iam.Role(stack, "Analyst", assumed_by=iam.AccountRootPrincipal())
    make().grant_start(role)
    (policy,) = [body for id, body in resources(template(), "AWS::IAM::Policy").items() if id.startswith("Analyst")]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], flat(statement["Resource"]).rpartition(":")[2]) == (
        "databrew:StartJobRun",
        "job/profile",
    )


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            {"column_names": ["aeg"]},
            "column_names='aeg' is about a column that the dataset does not have. Did you mean",
        ),
        ({"rows": 0}, "rows=0 is no number of rows. Use 1 or more"),
        ({"prefix": ""}, "prefix='' is the whole bucket. Name a prefix"),
        ({"prefix": "/a"}, "prefix='/a' is not a prefix for files"),
        ({"capacity": 0}, "capacity=0 is no number of nodes. Use 1 or more"),
        ({"timeout_minutes": 0}, "timeout_minutes=0 is no time to run in"),
        ({"retries": -1}, "retries=-1 is no number of further tries"),
        ({"name": "x" * 241}, "is not a name that DataBrew takes"),
    ],
)
def test_a_wrong_profile_is_refused(make: Callable[..., ProfileJob], options: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        make(**options)
    assert why in str(error.value)


def test_rules_about_other_data_and_a_gate_without_rules_are_refused(
    make: Callable[..., ProfileJob], rules: DataBrewRuleset, stack: cdk.Stack, workspace: Workspace
) -> None:
    source = DatasetFiles(bucket=workspace.data_bucket, prefix="orders/")
    orders = DataBrewDataset(stack, "Orders", workspace=workspace, source=source)
    with pytest.raises(ConfigurationError, match=r"is about Churn/Customers, and the job looks at Churn/Orders"):
        ProfileJob(stack, "Other", workspace=workspace, dataset=orders, rulesets=[rules])
    with pytest.raises(ConfigurationError, match=r"Churn/Pass: rulesets=\[\] lets everything pass"):
        make().gate(stack, "Pass")
