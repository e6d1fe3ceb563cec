"""Questions as states: asked, waited for, tried again when the account asks too much, and never made of input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from cdk_ml.data import Column, Database, IcebergTable, WorkGroup
from cdk_ml.errors import ConfigurationError
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.executions import Run, executions
from tests.sagemaker.jobs.definitions import definition

ANSWER = {
    "QueryExecution": {
        "QueryExecutionId": "q-1",
        "Status": {"State": "SUCCEEDED"},
        "Statistics": {"DataScannedInBytes": 10_000_000},
    }
}
CASES: dict[str, dict[str, Any]] = {
    "Happy": {"Count": {"0": {"Return": ANSWER}}},
    "Busy": {"Count": {"0-9": {"Throw": {"Error": "Athena.TooManyRequestsException", "Cause": "Rate exceeded"}}}},
    "Wrong": {"Count": {"0-9": {"Throw": {"Error": "States.TaskFailed", "Cause": "TYPE_MISMATCH: varchar"}}}},
}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> StateMachine:
    """Counts the orders of a customer since a day."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    database = Database(stack, "Shop", workspace=workspace, name="shop", bucket=workspace.data_bucket)
    orders = IcebergTable(
        stack,
        "Orders",
        workspace=workspace,
        database=database,
        name="orders",
        columns=[Column("customer_id", "string"), Column("day", "date")],
        partitions=(),
    )
    group = WorkGroup(stack, "Group", workspace=workspace, name="analysts")
    count = group.query_task(
        stack,
        "Count",
        sql="SELECT count(*) AS orders FROM orders WHERE customer_id = ? AND day > date(?) AND customer_id <> ?",
        database=database,
        tables=[orders],
        parameters=["$.customer", "$$.Execution.StartTime", "O'Hara"],
        timeout_seconds=60,
    )
    return StateMachine(
        stack, "Machine", workspace=workspace, definition=count, statements=group.query_statements(orders)
    )


@pytest.fixture(scope="module")
def run(machine: StateMachine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs it with what Athena answers."""
    with executions(tmp_path_factory.mktemp("mock"), {"Ask": definition(machine)}, {"Ask": CASES}) as run:
        yield run


def test_values_are_quoted_and_no_part_of_the_question(machine: StateMachine) -> None:
    state = json.loads(definition(machine))["States"]["Count"]
    arguments = state["Arguments"]
    assert arguments["QueryExecutionContext"] == {"Catalog": "AwsDataCatalog", "Database": "shop"}
    assert "$" not in arguments["QueryString"]
    assert arguments["ExecutionParameters"] == [
        """{% "'" & $replace($string($states.input.customer), "'", "''") & "'" %}""",
        """{% "'" & $replace($string($states.context.Execution.StartTime), "'", "''") & "'" %}""",
        "'O''Hara'",
    ]
    assert state["Resource"].endswith(":states:::athena:startQueryExecution.sync")
    assert state["TimeoutSeconds"] == 60


def test_an_answer_is_beside_the_input(run: Run) -> None:
    ended = run("Ask", "Happy", {"customer": "' OR '1' = '1"})
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["customer"] == "' OR '1' = '1"
    assert output["Count"] == {"id": "q-1", "state": "SUCCEEDED", "statistics": {"DataScannedInBytes": 10_000_000}}


def test_a_question_waits_its_turn(run: Run) -> None:
    ended = run("Ask", "Busy", {"customer": "a"})
    assert (ended["status"], ended["tries"]) == ("FAILED", 6)


def test_a_wrong_question_is_asked_once(run: Run) -> None:
    ended = run("Ask", "Wrong", {"customer": "a"})
    assert (ended["status"], ended["tries"]) == ("FAILED", 1)
    assert "TYPE_MISMATCH" in ended["cause"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"sql": "SELECT 1 WHERE 1 = ?"}, "parameters=[] are 0 for 1 question marks. Give one for each"),
        (
            {"sql": "SELECT 1 WHERE 1 = ?", "parameters": ["$.a b"]},
            "is no path into the state's input. Write one such as",
        ),
        ({"sql": "SELECT 1; SELECT 2"}, "a semicolon ends it. Write one statement, without a semicolon"),
        ({"sql": "SELECT 1", "timeout_seconds": 0}, "timeout_seconds=0 is not a time that a query may take. Use 1 to"),
    ],
)
def test_a_wrong_state_is_refused(stack: cdk.Stack, workspace: Workspace, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        WorkGroup(stack, "Group", workspace=workspace).query_task(stack, "Ask", **options)
    assert why in str(error.value)


def test_what_it_may_name_is_up_to_the_user(stack: cdk.Stack, workspace: Workspace) -> None:
    made = WorkGroup(stack, "Group", workspace=workspace).query_task(
        stack, "Ask", sql="OPTIMIZE x.y REWRITE DATA USING BIN_PACK"
    )
    assert isinstance(made, sfn.CustomState)
