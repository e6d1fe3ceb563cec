"""A gate lets through what is good enough: it waits, decides by the score, and says why it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.data import Column, Database, DataQualityRuleset, ExternalTable
from cdk_ml.data.glue.quality_gate import gate_problems
from cdk_ml.errors import ConfigurationError
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.executions import Answers, Run, executions
from tests.sagemaker.jobs.definitions import definition

RUN = {"RunId": "dqrun-1"}


def returns(*answers: Any) -> Answers:
    """What Glue answers, call by call."""
    return {str(index): {"Return": answer} for index, answer in enumerate(answers)}


def throws(error: str) -> Answers:
    """Glue refuses, however often it is asked."""
    return {"0": {"Throw": {"Error": error, "Cause": "for a test"}}}


def scored(score: float) -> dict[str, Answers]:
    """An evaluation that ends with a score."""
    rules = [{"Name": "Rule_1", "Result": "PASS" if score == 1 else "FAIL"}]
    return {
        "Good.Evaluate.Create": returns(RUN),
        "Good.Evaluate.Look": returns(
            {"Status": "RUNNING", **RUN}, {"Status": "SUCCEEDED", "ResultIds": ["dqresult-1"], **RUN}
        ),
        "Good.Read": returns({"ResultId": "dqresult-1", "Score": score, "RuleResults": rules, "RulesetName": "x"}),
    }


def ended(status: str, **answer: str) -> dict[str, Answers]:
    """An evaluation that does not end well."""
    return {
        "Good.Evaluate.Create": returns(RUN),
        "Good.Evaluate.Look": returns({"Status": status, **RUN, **answer}),
    }


CASES: dict[str, dict[str, dict[str, Answers]]] = {
    "Strict": {
        "Perfect": scored(1.0),
        "Enough": scored(0.75),
        "TooLow": scored(0.5),
        "Failed": ended("FAILED", ErrorString="no such column"),
        "Late": ended("TIMEOUT"),
        "Refused": {"Good.Evaluate.Create": throws("Glue.ThrottlingException")},
        "Lost": {
            "Good.Evaluate.Create": returns(RUN),
            "Good.Evaluate.Look": throws("Glue.EntityNotFoundException"),
            "Good.Evaluate.Stop": returns({}),
        },
    },
    "Branching": {"Perfect": scored(1.0), "TooLow": scored(0.99)},
}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One machine that fails below a score, and one that goes elsewhere below one."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    database = Database(stack, "Sales", workspace=workspace, name="sales", bucket=workspace.data_bucket)
    orders, customers = [
        ExternalTable(
            stack,
            name.title(),
            workspace=workspace,
            database=database,
            name=name,
            columns=[Column("order_id", "bigint")],
        )
        for name in ("orders", "customers")
    ]
    rules = DataQualityRuleset(
        stack,
        "Rules",
        workspace=workspace,
        table=orders,
        rules='Rules = [ IsComplete "order_id", RowCountMatch "customers" > 0.5 ]',
        references={"customers": customers},
        workers=3,
        timeout_minutes=20,
    )
    strict = rules.gate(Construct(stack, "A"), "Good", minimum_score=0.75)
    aside = sfn.Pass(stack, "Aside", result=sfn.Result.from_string("put aside"))
    branching = rules.gate(Construct(stack, "B"), "Good", otherwise=aside)
    machines = {
        "Strict": strict.next(sfn.Pass(stack, "Curate")),
        "Branching": branching.next(sfn.Pass(stack, "Publish")),
    }
    made = {
        name: StateMachine(stack, name, workspace=workspace, definition=states, statements=rules.run_statements())
        for name, states in machines.items()
    }
    return {name: definition(machine) for name, machine in made.items()}


@pytest.fixture(scope="module")
def run(definitions: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a case."""
    with executions(tmp_path_factory.mktemp("mock"), definitions, CASES) as runner:
        yield runner


def test_the_evaluation_is_of_this_ruleset_on_this_table(definitions: dict[str, str]) -> None:
    states = json.loads(definitions["Strict"])["States"]
    create = states["Good.Evaluate"]["Branches"][0]["States"]["Good.Evaluate.Create"]["Parameters"]
    (name,) = create["RulesetNames"]
    assert name.startswith("Churn-Rules-")
    assert create["DataSource"] == {"GlueTable": {"DatabaseName": "sales", "TableName": "orders"}}
    assert create["AdditionalDataSources"] == {
        "customers": {"GlueTable": {"DatabaseName": "sales", "TableName": "customers"}}
    }
    assert (create["NumberOfWorkers"], create["Timeout"]) == (3, 20)
    assert create["ClientToken.$"] == "$.Good.ClientToken"


@pytest.mark.parametrize("case", ["Perfect", "Enough"])
def test_what_is_good_enough_goes_on_with_its_score(run: Run, case: str) -> None:
    done = run("Strict", case)
    assert done["status"] == "SUCCEEDED", done
    assert done["entered"] == ["Good.Evaluate", "Good.Read", "Good.Decide", "Good.Good", "Curate"]
    output = json.loads(done["output"])["Good"]
    assert output["Score"] == (1.0 if case == "Perfect" else 0.75)
    assert [rule["Name"] for rule in output["RuleResults"]] == ["Rule_1"]
    assert "RulesetName" not in output


def test_below_the_score_the_execution_fails_and_says_how_far(run: Run) -> None:
    done = run("Strict", "TooLow")
    assert (done["status"], done["error"]) == ("FAILED", "DataQualityTooLow")
    assert done["cause"].endswith(": 0.5 of the rules are kept, and 0.75 have to be; see dqresult-1")
    assert "Curate" not in done["entered"]


def test_below_the_score_it_goes_elsewhere_when_there_is_somewhere(run: Run) -> None:
    done = run("Branching", "TooLow")
    assert done["status"] == "SUCCEEDED", done
    assert done["entered"] == ["Good.Evaluate", "Good.Read", "Good.Decide", "Aside"]
    assert json.loads(done["output"]) == "put aside"
    assert run("Branching", "Perfect")["entered"][-2:] == ["Good.Good", "Publish"]


@pytest.mark.parametrize(
    ("case", "error", "cause"),
    [
        ("Failed", "DataQualityEvaluationFailed", "no such column"),
        ("Late", "DataQualityEvaluationEnded", "Glue says TIMEOUT and no reason"),
        ("Refused", "Glue.ThrottlingException", "for a test"),
        ("Lost", "Glue.EntityNotFoundException", "for a test"),
    ],
)
def test_without_a_score_nothing_goes_on(run: Run, case: str, error: str, cause: str) -> None:
    done = run("Strict", case)
    assert (done["status"], done["error"], done["cause"]) == ("FAILED", error, cause)
    assert done["entered"] == ["Good.Evaluate"]


def test_a_score_is_a_share_and_an_id_leaves_room_for_names() -> None:
    (problem,) = gate_problems("Good", 95)
    assert str(problem) == ("minimum_score=95 is no score: that is the share of rules that are kept. Use 0 to 1.")
    (problem,) = gate_problems("x" * 70, 0.5)
    assert "is too long for the names of its states" in str(problem)
    assert [*gate_problems(cdk.Token.as_string({"Ref": "Id"}), cdk.Token.as_number({"Ref": "Score"}))] == []


def test_a_gate_that_cannot_be_is_refused_with_its_path(stack: cdk.Stack, workspace: Workspace) -> None:
    database = Database(stack, "Sales", workspace=workspace, name="sales", bucket=workspace.data_bucket)
    table = ExternalTable(
        stack, "Orders", workspace=workspace, database=database, name="orders", columns=[Column("a", "string")]
    )
    rules = DataQualityRuleset(stack, "Rules", workspace=workspace, table=table, rules="Rules = [ RowCount > 0 ]")
    with pytest.raises(ConfigurationError) as refused:
        rules.gate(stack, "Good", minimum_score=2)
    assert "Churn/Good: minimum_score=2" in str(refused.value)
