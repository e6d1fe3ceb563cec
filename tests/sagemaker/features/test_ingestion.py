"""Files that arrive become records; what does not fit is kept, counted and told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import FeatureGroup, FeatureIngestion
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., FeatureIngestion]
Synth = Callable[[], Template]


@pytest.fixture
def ingestion(stack: cdk.Stack, workspace: Workspace, group: Callable[..., FeatureGroup]) -> Make:
    """Makes an ingestion, of defaults but for what the test says."""

    def make(**options: Any) -> FeatureIngestion:
        given = {"workspace": workspace, "feature_group": group(), **options}
        return FeatureIngestion(stack, "Ingestion", **given)

    return make


def statements(template: Template, of: str) -> list[dict[str, Any]]:
    (policy,) = [
        found["Properties"]["PolicyDocument"]["Statement"]
        for name, found in resources(template, "AWS::IAM::ManagedPolicy").items()
        if name.startswith(of)
    ]
    return list(policy)


def test_the_inbox_tells_eventbridge_what_arrives(ingestion: Make, stack: cdk.Stack, template: Synth) -> None:
    made = ingestion()
    synthesized = template()
    inbox = stack.resolve(made.bucket.bucket_name)["Ref"]
    bucket = resources(synthesized, "AWS::S3::Bucket")[inbox]["Properties"]
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]["BucketKeyEnabled"] is True
    # No function of the CDK's sets the property afterwards.
    synthesized.resource_count_is("AWS::Lambda::Function", 1)
    rule = only(synthesized, "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"] == {
        "bucket": {"name": [{"Ref": inbox}]},
        "object": {"key": [{"prefix": "incoming/"}]},
    }


def test_eventbridge_may_call_the_function_for_this_rule_and_needs_no_role(
    ingestion: Make, stack: cdk.Stack, template: Synth
) -> None:
    made = ingestion()
    synthesized = template()
    permission = only(synthesized, "AWS::Lambda::Permission")
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"] == stack.resolve(made.cfn_rule.attr_arn)
    (target,) = only(synthesized, "AWS::Events::Rule")["Targets"]
    assert "RoleArn" not in target
    assert "Arn" in target["DeadLetterConfig"]


def test_what_fails_for_good_is_in_the_dead_letter_queue(
    ingestion: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    ingestion()
    text = json.dumps(template().to_json())
    queue = json.dumps(stack.resolve(workspace.dead_letter_queue.queue_arn))
    assert f'"Destination": {queue}' in text or f'"TargetArn": {queue}' in text


def test_the_function_reads_what_arrives_and_writes_nowhere_near_it(
    ingestion: Make, stack: cdk.Stack, template: Synth
) -> None:
    made = ingestion(prefix="drop/churn/")
    bucket = made.bucket.bucket_arn
    allowed: dict[str, list[str]] = {}
    for statement in statements(template(), "IngestionFunction"):
        allowed.setdefault(json.dumps(statement["Resource"]), []).extend([statement["Action"]])

    def of(prefix: str) -> Any:
        return allowed[json.dumps(stack.resolve(f"{bucket}/{prefix}*"))]

    assert of("drop/churn/") == [["s3:GetObject", "s3:GetObjectVersion"]]
    assert of("receipts/") == [["s3:GetObject", "s3:PutObject"]]
    assert of("quarantine/") == ["s3:PutObject"]
    assert "PutRecord" in json.dumps(allowed)


def test_the_function_knows_its_group_and_waits_for_it(ingestion: Make, template: Synth) -> None:
    ingestion()
    made = template()
    function = only(made, "AWS::Lambda::Function")
    assert set(function["Environment"]["Variables"]) == {"FEATURE_GROUP"}
    assert function["Timeout"] == 900
    (group,) = resources(made, "AWS::SageMaker::FeatureGroup")
    ((_, found),) = resources(made, "AWS::Lambda::Function").items()
    assert group in found["DependsOn"]


def test_one_bad_record_raises_the_alarm_unless_some_are_tolerated(
    ingestion: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = ingestion(tolerated_bad_records=5)
    topic = stack.resolve(workspace.alert_topic.topic_arn)
    (alarm,) = [
        found["Properties"]
        for found in resources(template(), "AWS::CloudWatch::Alarm").values()
        if found["Properties"].get("MetricName") == "BadRecords"
    ]
    assert (alarm["Threshold"], alarm["TreatMissingData"], alarm["AlarmActions"]) == (5, "notBreaching", [topic])
    assert made.metric_bad_records().namespace == alarm["Namespace"]
    assert made.metric("Files").statistic == "Sum"


def test_a_bucket_of_the_users_own_is_used_with_its_key(ingestion: Make, stack: cdk.Stack, template: Synth) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/1")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Mine", bucket_name="mine", encryption_key=key)
    made = ingestion(bucket=bucket)
    assert made.bucket is bucket
    text = json.dumps(statements(template(), "IngestionFunction"))
    assert ":s3:::mine/incoming/*" in text
    assert key.key_arn in text


def test_who_delivers_may_put_files_under_the_prefix_only(ingestion: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
    made = ingestion()
    made.grant_drop(caller)
    granted = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    (put,) = [found for found in granted if "s3:PutObject" in found["Action"]]
    assert put["Resource"]["Fn::Join"][1][-1] == "/incoming/*"
    assert made.drop_statements()[0].resources == [f"{made.bucket.bucket_arn}/incoming/*"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"prefix": "incoming"},
            "prefix='incoming' is not a prefix for objects. "
            "Write it as incoming/: at most 256 letters, digits and _.=-/, ending in /.",
        ),
        (
            {"prefix": "quarantine/again/"},
            "prefix='quarantine/again/' is where the function writes to, so that it would call itself for ever. "
            "Use another than quarantine/ and receipts/.",
        ),
        (
            {"tolerated_bad_records": -1},
            "tolerated_bad_records=-1 is not a number of records. Use 0 or more.",
        ),
    ],
)
def test_what_would_not_work_is_refused_with_the_fix(ingestion: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        ingestion(**options)
    assert f"Churn/Ingestion: {message}" in str(error.value).splitlines()


def test_a_prefix_that_is_known_only_at_deployment_passes(ingestion: Make, stack: cdk.Stack, template: Synth) -> None:
    ingestion(prefix=cdk.CfnParameter(stack, "Prefix").value_as_string)
    detail = only(template(), "AWS::Events::Rule")["EventPattern"]["detail"]
    assert detail["object"] == {"key": [{"prefix": {"Ref": "Prefix"}}]}
