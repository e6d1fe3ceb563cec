"""A ruleset is about a table, and evaluated as a role that reads this table only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.data import Column, Database, DataQualityRuleset, ExternalTable, QualityRule
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

COLUMNS = (Column("order_id", "bigint"), Column("country", "string"))


@dataclass
class Rules:
    """What is in the stack."""

    stack: cdk.Stack
    workspace: Workspace
    orders: ExternalTable
    ruleset: DataQualityRuleset
    template: Template


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """Rules about orders, which speak of customers."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    database = Database(
        stack, "Sales", workspace=workspace, name="sales", bucket=workspace.data_bucket, prefix="curated"
    )
    orders, customers = [
        ExternalTable(stack, name.title(), workspace=workspace, database=database, name=name, columns=COLUMNS)
        for name in ("orders", "customers")
    ]
    ruleset = DataQualityRuleset(
        stack,
        "Rules",
        workspace=workspace,
        table=orders,
        rules=[
            QualityRule("IsComplete", "order_id"),
            QualityRule("ReferentialIntegrity", ["country", "customers.{country}"], condition="> 0.9"),
        ],
        references={"customers": customers},
        workers=3,
    )
    return Rules(stack, workspace, orders, ruleset, Template.from_stack(stack))


def test_the_ruleset_is_written_and_comes_after_its_table(rules: Rules) -> None:
    (made,) = rules.template.find_resources("AWS::Glue::DataQualityRuleset").values()
    assert made["Properties"]["TargetTable"] == {"DatabaseName": "sales", "TableName": "orders"}
    assert made["Properties"]["Ruleset"] == rules.ruleset.text
    assert made["Properties"]["Name"] == rules.ruleset.name
    tables = resources(rules.template, "AWS::Glue::Table")
    (orders,) = [id for id in tables if id.startswith("Orders")]
    assert orders in made["DependsOn"]


def statements(rules: Rules) -> list[dict[str, Any]]:
    """What the role of an evaluation may do."""
    policies = resources(rules.template, "AWS::IAM::ManagedPolicy")
    (own,) = [body["Properties"] for id, body in policies.items() if id.startswith("RulesRole")]
    return list(own["PolicyDocument"]["Statement"])


def test_the_role_reads_both_tables_and_no_other(rules: Rules) -> None:
    read = [s for s in statements(rules) if "glue:GetTable" in s["Action"]]
    named = {part for s in read for arn in s["Resource"] for part in arn["Fn::Join"][1] if "table/" in str(part)}
    assert named == {":table/sales/orders", ":table/sales/customers"}
    objects = [json.dumps(s["Resource"]) for s in statements(rules) if s["Action"] == "s3:GetObject"]
    for what in ("/curated/orders/*", "/curated/customers/*", ":::aws-glue-ml-data-quality-assets-"):
        assert what in "".join(objects)
    assert "".join(objects).count("/*") == 3
    assert not any("s3:PutObject" in s["Action"] for s in statements(rules))


def test_the_role_publishes_results_of_this_ruleset(rules: Rules) -> None:
    (publish,) = [s for s in statements(rules) if "glue:PublishDataQuality" in s["Action"]]
    assert json.dumps(publish["Resource"]).endswith(f':dataQualityRuleset/{rules.ruleset.name}"]]}}')
    (metrics,) = [s for s in statements(rules) if s["Action"] == "cloudwatch:PutMetricData"]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Glue Data Quality"}}


def test_a_rule_that_is_broken_raises_an_alarm(rules: Rules) -> None:
    rule = only(rules.template, "AWS::Events::Rule")
    assert rule["EventPattern"] == {
        "source": ["aws.glue-dataquality"],
        "detail-type": ["Data Quality Evaluation Results Available"],
        "detail": {"rulesetNames": [rules.ruleset.name], "state": ["FAILED"]},
    }
    assert rules.ruleset.metric_failures().namespace == "AWS/Events"


def test_a_state_machine_may_evaluate_this_ruleset_and_hand_on_its_role(rules: Rules) -> None:
    run, hand_on = rules.ruleset.run_statements()
    assert "glue:StartDataQualityRulesetEvaluationRun" in run.actions
    assert [resource.endswith(f":dataQualityRuleset/{rules.ruleset.name}") for resource in run.resources] == [True]
    assert hand_on.actions == ["iam:PassRole"]
    assert hand_on.conditions == {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}


@pytest.mark.parametrize(
    ("options", "sentences"),
    [
        (
            {"rules": 'Rules = [ IsComplete "order", RowCount > 0 MB ]'},
            [
                "Churn/Wrong0: rules='IsComplete \"order\"' is about order, which the table lacks. Did you mean "
                "order_id?",
                "rules='RowCount' is not compared with a number",
            ],
        ),
        (
            {"rules": "Rules = ["},
            ["Churn/Wrong1: rules='Rules = [' cannot be read: ends too early, at line 1, column 10"],
        ),
        ({"workers": 1}, ["workers=1 is no number of workers for an evaluation. Use 2 to 100."]),
        ({"timeout_minutes": 0}, ["timeout_minutes=0 is not a time that an evaluation may take. Use 1 to 10080"]),
        (
            {"references": {"primary": None, "a b": None}},
            [
                "references='primary' is no name for another table. Use letters, digits and underscores; primary is",
                "references='a b' is no name for another table",
            ],
        ),
    ],
)
def test_rules_and_numbers_that_glue_does_not_take_are_refused(
    rules: Rules, options: dict[str, Any], sentences: list[str], request: pytest.FixtureRequest
) -> None:
    number = request.node.callspec.indices["options"]
    given = {"rules": "Rules = [ RowCount > 0 ]", **options}
    with pytest.raises(ConfigurationError) as refused:
        DataQualityRuleset(rules.stack, f"Wrong{number}", workspace=rules.workspace, table=rules.orders, **given)
    for sentence in sentences:
        assert sentence in str(refused.value)
