"""A work group says for everybody what a question may cost, and where the answers go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.data import Database, IcebergTable, ManagedAnswers, QueryAlarms, S3Answers, View, WorkGroup
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., WorkGroup]
Synth = Callable[[], Template]
TOKEN = cdk.Token.as_number({"Ref": "Parameter"})


@pytest.fixture
def group(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes work groups."""

    def make(id: str = "Group", **options: Any) -> WorkGroup:
        return WorkGroup(stack, id, workspace=workspace, **options)

    return make


def flat(value: Any) -> str:
    """An ARN with names in place of what only the deployment knows."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(flat, parts))
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return f"<{name}>"
    return str(value)


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_nobody_can_choose_another_limit_place_or_key(
    group: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = group(bytes_limit=2**30)
    found = template()
    body = only(found, "AWS::Athena::WorkGroup")
    settings = body["WorkGroupConfiguration"]
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["RequesterPaysEnabled"] is False
    assert settings["PublishCloudWatchMetricsEnabled"] is True
    assert settings["BytesScannedCutoffPerQuery"] == 2**30
    assert settings["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}
    kept = settings["ResultConfiguration"]
    assert flat(kept["OutputLocation"]).endswith(f"/athena/{made.work_group_name}/")
    assert kept["EncryptionConfiguration"] == {
        "EncryptionOption": "SSE_KMS",
        "KmsKey": stack.resolve(workspace.key.key_arn),
    }
    assert kept["ExpectedBucketOwner"] == {"Ref": "AWS::AccountId"}
    assert settings["ManagedQueryResultsConfiguration"] == {"Enabled": False}
    assert body["RecursiveDeleteOption"] is True


def test_answers_do_not_stay(group: Make, template: Synth) -> None:
    made = group(answers=S3Answers(days=7))
    buckets = resources(template(), "AWS::S3::Bucket").values()
    rules = [rule for body in buckets for rule in body["Properties"]["LifecycleConfiguration"]["Rules"]]
    (rule,) = [rule for rule in rules if rule["Id"] == f"expire-answers-of-{made.work_group_name}"]
    assert rule["Prefix"] == f"athena/{made.work_group_name}/"
    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]) == (7, {"NoncurrentDays": 1})


def test_in_a_bucket_of_others_their_rule_is_asked_for(group: Make, stack: cdk.Stack) -> None:
    theirs = s3.Bucket.from_bucket_name(stack, "Theirs", "theirs")
    made = group(answers=S3Answers(bucket=theirs, prefix="answers"))
    assert made.answers_uri == "s3://theirs/answers/"
    Annotations.from_stack(stack).has_warning(
        "*", Match.string_like_regexp("Nothing here deletes what is under answers/")
    )


def test_answers_can_be_left_to_athena(group: Make, stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    made = group(answers=ManagedAnswers())
    settings = only(template(), "AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    key = stack.resolve(workspace.key.key_arn)
    assert settings["ManagedQueryResultsConfiguration"] == {"Enabled": True, "EncryptionConfiguration": {"KmsKey": key}}
    assert "ResultConfiguration" not in settings
    assert made.answers_uri is None
    actions = {action for statement in made.query_statements() for action in statement.actions}
    assert not {action for action in actions if action.startswith("s3:")}
    assert "kms:DescribeKey" in actions


def test_who_asks_gets_the_group_its_answers_and_the_tables(
    group: Make, orders: IcebergTable, database: Database, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    view = View(
        stack,
        "Ids",
        workspace=workspace,
        database=database,
        name="ids",
        sql="SELECT order_id FROM orders",
        tables=[orders],
    )
    role = iam.Role(stack, "Analyst", assumed_by=iam.AccountRootPrincipal())
    group(name="analysts").grant_query(role, view)
    (policy,) = [body for id, body in resources(template(), "AWS::IAM::Policy").items() if id.startswith("Analyst")]
    allowed: dict[str, set[str]] = {}
    for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
        for action in many(statement["Action"]):
            allowed.setdefault(action, set()).update(map(flat, many(statement["Resource"])))
    glue = "arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:"
    tables = {f"{glue}catalog", f"{glue}database/shop", f"{glue}table/shop/ids", f"{glue}table/shop/orders"}
    assert allowed["glue:GetTable"] == allowed["glue:GetPartitions"] == tables
    assert allowed["glue:GetDatabase"] >= {f"{glue}catalog", f"{glue}database/shop"}
    assert allowed["athena:StartQueryExecution"] == {
        "arn:<AWS::Partition>:athena:<AWS::Region>:<AWS::AccountId>:workgroup/analysts"
    }
    (bucket,) = {arn.removesuffix("/athena/analysts/*") for arn in allowed["s3:PutObject"]}
    assert allowed["s3:GetObject"] == {f"{bucket}/athena/analysts/*", f"{bucket}/{orders.prefix}/*"}
    assert allowed["s3:ListBucket"] == allowed["s3:GetBucketLocation"] == {bucket}
    assert not {action for action in allowed if action.split(":")[1].startswith(("Create", "Delete", "Update"))}


def test_alarms_say_when_a_day_reads_too_much_and_when_questions_fail(group: Make, template: Synth) -> None:
    made = group(name="analysts", alarms=QueryAlarms(bytes_a_day=2 * 2**40, failed_an_hour=5))
    every = [body["Properties"] for body in resources(template(), "AWS::CloudWatch::Alarm").values()]
    read, failed = sorted(every, key=lambda body: body["MetricName"])
    assert (read["MetricName"], read["Statistic"], read["Period"], read["Threshold"]) == (
        "ProcessedBytes",
        "Sum",
        86_400,
        2**41,
    )
    assert (failed["Statistic"], failed["Period"], failed["Threshold"]) == ("SampleCount", 3_600, 5)
    assert {each["Name"]: each["Value"] for each in failed["Dimensions"]} == {
        "QueryState": "FAILED",
        "QueryType": "DML",
        "WorkGroup": "analysts",
    }
    assert len(made.cfn_alarms) == 2
    assert group("Quiet", alarms=None).cfn_alarms == []


def test_metrics_are_those_of_the_group(group: Make) -> None:
    metric = group(name="analysts").metric_processed_bytes(period=cdk.Duration.days(1))
    assert (metric.namespace, metric.metric_name) == ("AWS/Athena", "ProcessedBytes")
    assert metric.dimensions == {"WorkGroup": "analysts"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"bytes_limit": 1_000_000}, "bytes_limit=1000000 is not a limit that Athena takes. Use at least 10000000"),
        ({"name": "a b"}, "name='a b' is not a name that Athena takes. Use 1 to 128 letters"),
        ({"description": "x" * 1_025}, "has 1025 characters. Use at most 1024"),
        ({"answers": S3Answers(days=0)}, "answers.days=0 is not a time that S3 keeps anything. Use 1 to 36500"),
        ({"answers": S3Answers(prefix="/a/")}, "answers.prefix='/a/' is not a prefix for files"),
        ({"alarms": QueryAlarms(bytes_a_day=2**30)}, "is crossed by one question, which may read 107374182400 bytes"),
        ({"alarms": QueryAlarms(bytes_a_day=0)}, "alarms.bytes_a_day=0 is always crossed, or never. Use 1 or more"),
        ({"alarms": QueryAlarms(failed_an_hour=-1)}, "alarms.failed_an_hour=-1 is no number of questions"),
    ],
)
def test_a_wrong_group_is_refused(group: Make, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        group(**options)
    assert why in str(error.value)


def test_numbers_of_the_deployment_are_taken(group: Make) -> None:
    assert group(bytes_limit=TOKEN, alarms=QueryAlarms(bytes_a_day=TOKEN, failed_an_hour=TOKEN)).cfn_alarms
