"""A preparation: what it makes, what its job may do, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.data import (
    Aggregate,
    Column,
    Complete,
    IncomingFiles,
    InRange,
    Matches,
    QualityGate,
    WindowFeatures,
    preparation_script,
)
from cdk_ml.data.preparation.column_types import spark_types
from cdk_ml.errors import ConfigurationError
from tests.conftest import resources
from tests.data.preparation.conftest import Parts, parts
from tests.sagemaker.jobs.definitions import definition


@pytest.fixture(scope="module")
def made() -> tuple[Parts, Template]:
    """One by arrival and with features, one by a schedule and from a bucket of somebody's own."""
    found = parts()
    gate = QualityGate(rules=[InRange(column="amount", minimum=0)], refuse_above=0.5, alarm_above=0.25)
    found.make(gate=gate, features=found.features)
    own = IncomingFiles(
        format="csv",
        bucket=s3.Bucket.from_bucket_name(found.stack, "Own", "own"),
        prefix="daily/",
        optional=["country"],
    )
    later = found.make("Later", source=own, schedule="rate(1 hour)")
    user = iam.User(found.stack, "Supplier")
    later.grant_drop(user)
    return found, Template.from_stack(found.stack)


def statements(template: Template, id: str) -> list[dict[str, Any]]:
    """What a policy allows, by the beginning of its id."""
    policies = resources(template, "AWS::IAM::ManagedPolicy")
    (found,) = [
        body["Properties"]["PolicyDocument"]["Statement"] for name, body in policies.items() if name.startswith(id)
    ]
    return list(found)


def test_a_file_that_arrives_starts_a_run(made: tuple[Parts, Template]) -> None:
    (rule,) = [
        body["Properties"]
        for body in resources(made[1], "AWS::Events::Rule").values()
        if body["Properties"]["EventPattern"]["source"] == ["aws.s3"]
    ]
    assert rule["EventPattern"]["detail-type"] == ["Object Created"]
    assert rule["EventPattern"]["detail"]["object"] == {"key": [{"prefix": "incoming/"}]}
    made[1].resource_count_is("AWS::Scheduler::Schedule", 1)
    made[1].has_resource_properties(
        "AWS::S3::Bucket",
        {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}},
    )


def test_the_jobs_role_gets_what_the_script_does_and_no_more(made: tuple[Parts, Template]) -> None:
    allowed = statements(made[1], "OrdersJobPolicy")
    by_action: dict[str, list[str]] = {}
    for each in allowed:
        for action in each["Action"] if isinstance(each["Action"], list) else [each["Action"]]:
            resource = each["Resource"]
            by_action.setdefault(action, []).extend(
                map(json.dumps, resource if isinstance(resource, list) else [resource])
            )
    assert {*by_action} == {
        *("s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"),
        *("glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"),
        *("kms:Decrypt", "kms:GenerateDataKey"),
    }
    written = " ".join(by_action["s3:PutObject"])
    for prefix in ("/preparations/", "/curated/shop/orders/*", "/curated/shop/customers/*"):
        assert prefix in written
    assert "/incoming/" not in written + " ".join(by_action["s3:DeleteObject"]), "what was delivered stays as it is"
    assert not any('"*"' in each for found in by_action.values() for each in found)


def test_spark_is_told_about_columns_rules_and_features(made: tuple[Parts, Template]) -> None:
    asset = made[0].stack.node.find_child("Orders").node.find_child("Settings")
    stage = cdk.Stage.of(asset)
    assert stage is not None
    told = json.loads((Path(stage.asset_outdir) / asset.asset_path).read_text())  # type: ignore[attr-defined]
    assert told["columns"][2:] == [
        {"name": "ordered_at", "type": "timestamp"},
        {"name": "country", "type": "string"},
        {"name": "amount", "type": "decimal(10,2)"},
    ]
    assert (told["key"], told["event_time"], told["most_quarantined"]) == (["order_id"], "ordered_at", 0.5)
    assert told["rules"][0]["kind"] == "in_range"
    assert told["features"]["aggregates"] == [
        {"name": "orders_7d", "function": "count", "column": "order_id", "days": 7}
    ]


def test_each_stage_is_a_run_of_the_job_with_the_name_of_the_execution(made: tuple[Parts, Template]) -> None:
    machine = made[0].stack.node.find_child("Orders").machine  # type: ignore[attr-defined]
    states = json.loads(definition(machine))["States"]
    for stage in ("Ingest", "Curate", "Features"):
        told = states[stage]["Parameters"]["Arguments"]
        assert told["--stage"] == stage.lower()
        assert told["--run.$"] == "$$.Execution.Name"
        assert told["--table"] == "shop.orders"
        assert told["--feature-table"] == "shop.customers"
    later = made[0].stack.node.find_child("Later").machine  # type: ignore[attr-defined]
    states = json.loads(definition(later))["States"]
    assert "Features" not in states
    assert states["Ingest"]["Parameters"]["Arguments"]["--source"].endswith("/daily/")


def test_alarms_tell_of_quarantine_and_of_failures(made: tuple[Parts, Template]) -> None:
    alarms = [body["Properties"] for body in resources(made[1], "AWS::CloudWatch::Alarm").values()]
    (quarantine, any_) = [each for each in alarms if each.get("MetricName") == "QuarantinedPercent"]
    assert {quarantine["Threshold"], any_["Threshold"]} == {25, 0}
    assert quarantine["Statistic"] == "Maximum"
    failed = [each for each in alarms if "Executions of Shop" in each["AlarmDescription"]]
    assert len(failed) == 2


def test_whoever_delivers_files_can_do_nothing_else(made: tuple[Parts, Template]) -> None:
    (policy,) = [
        body["Properties"]["PolicyDocument"]["Statement"]
        for id, body in resources(made[1], "AWS::IAM::Policy").items()
        if id.startswith("Supplier")
    ]
    assert [each["Resource"]["Fn::Join"][1][-1] for each in policy] == [":s3:::own/daily/*"]
    assert made[0].stack.node.find_child("Orders").drop_statements()[0].actions == (  # type: ignore[attr-defined]
        ["s3:AbortMultipartUpload", "s3:PutObject"]
    )


def test_the_script_is_shipped() -> None:
    script = preparation_script()
    assert (Path(script.folder) / script.entry_point).is_file()


def test_types_are_sparks() -> None:
    columns = [Column("a", "timestamptz"), Column("b", "varchar(7)"), Column("c", "long"), Column("d", "array<int>")]
    assert spark_types(columns) == {"a": "timestamp", "b": "string", "c": "bigint"}


TOKEN = cdk.Token.as_string({"Ref": "Prefix"})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"key": []}, "key=() leaves nothing to merge by. Name a column"),
        ({"key": ["id"]}, "key='id' is no column of the table. It has order_id, customer_id"),
        ({"event_time": "at"}, "event_time='at' is no column of the table. It has order_id"),
        ({"event_time": "amount"}, "event_time='amount' is decimal(10,2), which has no latest moment"),
        ({"timeout_seconds": 59}, "timeout_seconds=59 is no time that an execution may take"),
        ({"gate": QualityGate(refuse_above=5)}, "gate.refuse_above=5 is no share of the records"),
        ({"gate": QualityGate(alarm_above=0.2)}, "gate.alarm_above=0.2 is above refuse_above=0.1"),
        ({"gate": QualityGate(rules=[Complete(column="price", at_least=0.5)])}, "column='price' is no column of the"),
        ({"gate": QualityGate(rules=[Matches(column="country", pattern="[")])}, "pattern='[' does not compile"),
        ({"source": IncomingFiles(format="xml")}, "source.format='xml' is none that is read. Use one of csv"),  # type: ignore[arg-type]
        ({"source": IncomingFiles(format="csv", prefix="in")}, "source.prefix='in' is not a prefix for objects"),
        ({"source": IncomingFiles(format="csv", prefix=TOKEN)}, "is not a prefix for objects that is known at synth"),
        ({"source": IncomingFiles(format="csv", prefix="preparations/in/")}, "is where preparations keep what they"),
        ({"source": IncomingFiles(format="json", multiline=True)}, "is about CSV, and the files are json"),
        ({"source": IncomingFiles(format="csv", optional=["order_id"])}, "'order_id' cannot be missing"),
        ({"source": IncomingFiles(format="csv", optional=["x"])}, "source.optional='x' is no column of the table"),
    ],
)
def test_what_could_never_run_is_refused(shop: Parts, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        shop.make(f"Bad{len(shop.stack.node.children)}", **changed)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("aggregates", "options", "said"),
    [
        ([], {}, "features.aggregates=() is no feature"),
        ([Aggregate("orders_7d", "sum", "country", 7)], {}, "'country' is string, of which there is no sum"),
        ([Aggregate("orders_7d", "count", "sku", 7)], {}, "'sku' is no column of the curated table"),
        ([Aggregate("orders_9d", "count", "order_id", 9)], {}, "'orders_9d' is no column of the feature table"),
        ([Aggregate("orders_7d", "count", "order_id", 0)], {}, "days=0 is no number of days"),
        ([Aggregate("orders_7d", "count", "order_id", 7)] * 2, {}, "'orders_7d' is the name of 2 columns"),
        ([Aggregate("orders_7d", "count", "order_id", 7)], {"entity": []}, "features.entity=() leaves rows"),
        ([Aggregate("orders_7d", "count", "order_id", 7)], {"as_of": "orders_7d"}, "is bigint, and no time"),
    ],
)
def test_features_that_could_not_be_computed_are_refused(
    shop: Parts, aggregates: list[Aggregate], options: dict[str, Any], said: str
) -> None:
    told: dict[str, Any] = {"table": shop.customers, "entity": ["customer_id"], "aggregates": aggregates, **options}
    with pytest.raises(ConfigurationError) as refused:
        shop.make(f"Bad{len(shop.stack.node.children)}", features=WindowFeatures(**told))
    assert said in str(refused.value)


def test_features_do_not_go_where_they_come_from(shop: Parts) -> None:
    told: dict[str, Any] = {"entity": ["customer_id"], "aggregates": [Aggregate("amount", "max", "amount", 7)]}
    with pytest.raises(ConfigurationError, match=r"is the table that features come of\. Make a table for them"):
        shop.make("Same", features=WindowFeatures(table=shop.orders, as_of="ordered_at", **told))


def test_the_data_bucket_tells_nobody_what_arrives(shop: Parts) -> None:
    source = IncomingFiles(format="csv", bucket=shop.workspace.data_bucket)
    with pytest.raises(ConfigurationError, match="Give a schedule, or leave the bucket out"):
        shop.make("Silent", source=source)
    assert shop.make("Hourly", source=source, schedule="rate(1 hour)").trigger is None
