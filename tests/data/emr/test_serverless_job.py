"""A job runs its script as a role of its own, and a state machine may run that and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam

from cdk_ml.data import Capacity, ServerlessApplication, ServerlessJob, Spark, SparkCatalog, Worker
from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import Script
from cdk_ml.testing import assert_state_machines_valid
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import FLAGS, ROOT, TAGS

SCRIPT = Script(ROOT / "docs/examples/spark", "orders.py")


class Made:
    """One stack with the variants that the tests look at."""

    def __init__(self) -> None:
        self.stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
        self.workspace = Workspace(self.stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
        self.application = ServerlessApplication(self.stack, "Spark", workspace=self.workspace)
        shared: dict[str, Any] = {"workspace": self.workspace, "application": self.application, "script": SCRIPT}
        self.plain = ServerlessJob(self.stack, "Plain", **shared)
        catalog = SparkCatalog(
            databases=["shop"], bucket=self.workspace.data_bucket, prefix="shop/", iceberg=True, writes=True
        )
        self.full = ServerlessJob(
            self.stack,
            "Orders",
            arguments={"--table": "glue_catalog.shop.orders", "--day": "none"},
            spark=Spark(executor=Worker(vcpu=8, memory_gb=32), maximum_executors=3, catalog=catalog),
            statements=[Statement(actions=["sqs:SendMessage"], resources=["arn:aws:sqs:us-east-1:111111111111:done"])],
            timeout_minutes=30,
            attempts=3,
            **shared,
        )
        own = iam.Role.from_role_arn(self.stack, "Own", "arn:aws:iam::111111111111:role/own")
        self.owned = ServerlessJob(self.stack, "Owned", role=own, **shared)
        states = self.full.task(self.stack, "CountOrders", arguments={"day": "$.day"})
        machine = StateMachine(
            self.stack,
            "Nightly",
            workspace=self.workspace,
            definition=states,
            statements=self.full.run_statements(),
        )
        self.caller = iam.Role(self.stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.full.grant_start(self.caller)
        self.state = self.stack.resolve(states.to_state_json())
        self.machine = machine
        self.template = assertions.Template.from_stack(self.stack).to_json()["Resources"]

    def statements(self, start: str) -> list[dict[str, Any]]:
        (policy,) = (each for id, each in self.template.items() if id.startswith(start) and "Policy" in each["Type"])
        found: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
        return found


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


def actions(statements: list[dict[str, Any]]) -> set[str]:
    listed = [each["Action"] for each in statements]
    return {action for each in listed for action in ([each] if isinstance(each, str) else each)}


def test_the_state_runs_the_job_and_waits_for_it(made: Made) -> None:
    state = made.state
    assert json.dumps(state["Resource"]).endswith(':states:::emr-serverless:startJobRun.sync"]]}')
    parameters = state["Parameters"]
    assert parameters["ApplicationId"] == made.stack.resolve(made.application.application_id)
    assert parameters["ExecutionRoleArn"] == made.stack.resolve(made.full.role.role_arn)
    assert parameters["Name"] == "Orders"
    assert parameters["ExecutionTimeoutMinutes"] == 30
    assert parameters["RetryPolicy"] == {"MaxAttempts": 3}
    assert parameters["Tags"]["project"] == "churn"
    assert parameters["ClientToken.$"] == "States.UUID()"
    assert state["ResultPath"] == "$['CountOrders']"


def test_what_a_run_says_comes_in_place_of_what_the_job_says(made: Made) -> None:
    submit = made.state["Parameters"]["JobDriver"]["SparkSubmit"]
    assert submit["EntryPointArguments.$"] == ("States.Array('--table', 'glue_catalog.shop.orders', '--day', $.day)")
    assert "EntryPointArguments" not in submit


def test_spark_gets_its_modules_its_workers_and_its_catalog(made: Made) -> None:
    submit = json.dumps(made.state["Parameters"]["JobDriver"]["SparkSubmit"]["SparkSubmitParameters"])
    for part in (
        "--py-files ",
        "s3://cdk-",
        "spark.executor.cores=8",
        "spark.dynamicAllocation.maxExecutors=3",
        "GlueCatalog",
    ):
        assert part in submit


def test_the_role_is_for_the_service_and_this_account(made: Made) -> None:
    (trust,) = made.template[made.stack.get_logical_id(made.full.role.node.default_child)]["Properties"][
        "AssumeRolePolicyDocument"
    ]["Statement"]
    assert trust["Principal"] == {"Service": "emr-serverless.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_a_plain_job_reads_its_script_and_writes_its_logs(made: Made) -> None:
    statements = made.statements("PlainRolePolicy")
    assert actions(statements) == {
        "s3:GetObject",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }
    (script,) = (each for each in statements if each["Action"] == "s3:GetObject")
    assert len(script["Resource"]) == 2
    assert "*" not in json.dumps(script)


def test_a_job_with_a_catalog_may_use_its_tables_and_what_it_was_given(made: Made) -> None:
    found = actions(made.statements("OrdersRolePolicy"))
    assert {"glue:GetTable", "glue:UpdateTable", "sqs:SendMessage"} <= found
    services = [
        json.dumps(each["Properties"]["ServiceName"])
        for each in made.template.values()
        if each["Type"] == "AWS::EC2::VPCEndpoint" and each["Properties"]["VpcEndpointType"] == "Interface"
    ]
    assert len(services) == 1
    assert ".glue" in services[0]


def test_a_role_of_ones_own_is_granted_nothing(made: Made) -> None:
    assert not [id for id in made.template if id.startswith("OwnedRole")]
    assert made.owned.request["ExecutionRoleArn"] == "arn:aws:iam::111111111111:role/own"


def test_the_state_machine_may_run_this_job_and_hear_of_its_end(made: Made) -> None:
    statements = made.statements("NightlyRolePolicy")
    of_job = [each for each in statements if "emr-serverless" in json.dumps(each["Action"])]
    start, follow = sorted(of_job, key=lambda each: len(json.dumps(each["Action"])))
    application = made.stack.resolve(made.application.application_arn)
    assert (start["Action"], start["Resource"]) == ("emr-serverless:StartJobRun", application)
    assert follow["Action"] == [
        "emr-serverless:CancelJobRun",
        "emr-serverless:GetJobRun",
        "emr-serverless:TagResource",
    ]
    assert follow["Resource"] == {"Fn::Join": ["", [application, "/jobruns/*"]]}
    (pass_role,) = (each for each in statements if each["Action"] == "iam:PassRole")
    assert pass_role["Condition"] == {"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}}
    (rule,) = (each for each in statements if "events:PutRule" in each["Action"])
    assert "StepFunctionsGetEventsForEMRServerlessJobRule" in json.dumps(rule["Resource"])
    assert_state_machines_valid(made.stack)


def test_whoever_may_start_it_may_hand_it_its_role_and_no_other(made: Made) -> None:
    statements = made.statements("CallerDefaultPolicy")
    assert actions(statements) == {"emr-serverless:StartJobRun", "iam:PassRole"}
    role = made.stack.resolve(made.full.role.role_arn)
    assert [each["Resource"] for each in statements if each["Action"] == "iam:PassRole"] == [role]


def test_its_workers_can_be_watched(made: Made) -> None:
    assert 'JobName="Orders"' in made.full.metric("WorkerMemoryUsed").expression


def test_everything_wrong_is_said_at_once(stack: cdk.Stack, workspace: Workspace, tmp_path: Path) -> None:
    small = ServerlessApplication(
        stack, "Spark", workspace=workspace, maximum_capacity=Capacity(vcpu=4, memory_gb=16, disk_gb=40)
    )
    with pytest.raises(ConfigurationError) as raised:
        ServerlessJob(
            stack,
            "1st job",
            workspace=workspace,
            application=small,
            script=Script(tmp_path, "orders.py"),
            arguments={"-x": "y"},
            spark=Spark(maximum_executors=0),
            timeout_minutes=10_081,
            attempts=0,
        )
    found = [(problem.argument, problem.value) for problem in raised.value.problems]
    assert found == [
        ("id", "1st job"),
        ("timeout_minutes", 10_081),
        ("attempts", 0),
        ("script.entry_point", "orders.py"),
        ("arguments", "-x"),
        ("spark.maximum_executors", 0),
        ("spark.maximum_executors", 1),
        ("spark.maximum_executors", 1),
    ]


def test_a_run_is_given_no_argument_that_does_not_exist(made: Made) -> None:
    with pytest.raises(ConfigurationError, match="Write it as --day"):
        made.full.task(made.stack, "Wrong", arguments={"-d": "$.day"})
