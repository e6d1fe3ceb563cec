"""A feature group is encrypted and kept, and no update of its stack can lose what is in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from cdk_ml.assembly import read
from cdk_ml.errors import ConfigurationError
from cdk_ml.rehearsal import Effect, Outcome, rehearse
from cdk_ml.sagemaker import (
    Feature,
    FeatureGroup,
    FeatureType,
    OfflineStore,
    OnlineStorage,
    OnlineStore,
    ProvisionedThroughput,
    TableFormat,
)
from cdk_ml.workspace import CostTags, Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources
from tests.sagemaker.features.conftest import FEATURES

Make = Callable[..., FeatureGroup]
Synth = Callable[[], Template]
GROUP = "AWS::SageMaker::FeatureGroup"


def test_both_stores_are_there_and_under_the_workspaces_key(
    group: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = group()
    found = only(template(), GROUP)
    key_arn = stack.resolve(workspace.key.key_arn)
    assert found["OnlineStoreConfig"] == {
        "EnableOnlineStore": True,
        "StorageType": "Standard",
        "SecurityConfig": {"KmsKeyId": key_arn},
    }
    bucket = workspace.data_bucket.bucket_name
    assert found["OfflineStoreConfig"]["S3StorageConfig"] == {
        "S3Uri": stack.resolve(f"s3://{bucket}/features/{made.feature_group_name}"),
        "KmsKeyId": key_arn,
    }
    assert found["OfflineStoreConfig"]["TableFormat"] == "Iceberg"
    assert "ThroughputConfig" not in found
    assert "Description" not in found


def test_the_table_is_in_a_database_of_the_groups_own_that_is_there_first(group: Make, template: Synth) -> None:
    made = group()
    synthesized = template()
    ((database, found),) = resources(synthesized, "AWS::Glue::Database").items()
    assert found["Properties"]["DatabaseInput"]["Name"] == made.glue_database_name == made.glue_table_name
    assert "-" not in made.glue_table_name
    ((_, group_found),) = resources(synthesized, GROUP).items()
    assert database in group_found["DependsOn"]
    assert group_found["Properties"]["OfflineStoreConfig"]["DataCatalogConfig"] == {
        "Catalog": "AwsDataCatalog",
        "Database": made.glue_database_name,
        "TableName": made.glue_table_name,
    }


def test_a_store_that_is_not_asked_for_brings_nothing_along(group: Make, template: Synth) -> None:
    made = group(offline=None)
    synthesized = template()
    for absent in ("AWS::Glue::Database", "AWS::IAM::Role", "AWS::S3::Bucket"):
        synthesized.resource_count_is(absent, 0)
    found = only(synthesized, GROUP)
    assert "OfflineStoreConfig" not in found
    assert "RoleArn" not in found
    assert made.offline_statements() == []


def test_an_offline_group_of_the_users_own_shape(group: Make, template: Synth) -> None:
    offline = OfflineStore(prefix="gold/customers", database="gold", table_format=TableFormat.GLUE)
    made = group(online=None, offline=offline, throughput=ProvisionedThroughput(write_units=10))
    synthesized = template()
    synthesized.resource_count_is("AWS::Glue::Database", 0)
    found = only(synthesized, GROUP)
    assert "OnlineStoreConfig" not in found
    assert found["ThroughputConfig"] == {"ThroughputMode": "Provisioned", "ProvisionedWriteCapacityUnits": 10}
    assert found["OfflineStoreConfig"]["TableFormat"] == "Glue"
    assert (made.glue_database_name, found["OfflineStoreConfig"]["DataCatalogConfig"]["Database"]) == ("gold", "gold")


def test_the_role_writes_under_the_groups_prefix_and_nowhere_else(
    group: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = group()
    statements = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    puts = [statement for statement in statements if "s3:PutObject" in statement["Action"]]
    bucket = workspace.data_bucket.bucket_arn
    assert [put["Resource"] for put in puts] == [stack.resolve(f"{bucket}/features/{made.feature_group_name}/*")]
    assert not any(statement["Resource"] == "*" for statement in statements)


def test_a_role_of_the_users_own_is_used_and_granted_nothing(group: Make, stack: cdk.Stack, template: Synth) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    group(role=role)
    made = template()
    made.resource_count_is("AWS::IAM::Role", 0)
    assert only(made, GROUP)["RoleArn"] == role.role_arn


def test_records_stay_when_the_stack_goes_unless_the_workspace_deletes_data(group: Make, template: Synth) -> None:
    group()
    made = template()
    for type_ in (GROUP, "AWS::Glue::Database"):
        ((_, found),) = resources(made, type_).items()
        assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_a_sandbox_that_is_told_to_deletes_them() -> None:
    stack = cdk.Stack(cdk.App(context={**FLAGS, "cdk-ml:delete-data": True}), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    FeatureGroup(
        stack,
        "Customers",
        workspace=workspace,
        features=FEATURES,
        record_identifier="customer_id",
        event_time="seen_at",
    )
    ((_, found),) = resources(Template.from_stack(stack), GROUP).items()
    assert found["DeletionPolicy"] == "Delete"


def test_the_one_tag_that_stays_is_on_the_group(group: Make, template: Synth) -> None:
    group()
    made = template()
    assert {tag["Key"] for tag in only(made, GROUP)["Tags"]} == {"project"}
    assert {tag["Key"] for tag in only(made, "AWS::IAM::Role")["Tags"]} > {"owner", "cost-center"}


def test_writers_and_readers_are_granted_this_group_and_the_key(group: Make, stack: cdk.Stack, template: Synth) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = group(offline=None)
    made.grant_write(caller)
    made.grant_read(caller)
    statements = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    arn = stack.resolve(made.feature_group_arn)
    on_the_group = {action for found in statements if found["Resource"] == arn for action in found["Action"]}
    assert on_the_group == {
        "sagemaker:BatchGetRecord",
        "sagemaker:BatchWriteRecord",
        "sagemaker:DescribeFeatureGroup",
        "sagemaker:GetRecord",
        "sagemaker:PutRecord",
    }
    assert [found["Action"] for found in statements if found["Resource"] != arn] == ["kms:Decrypt"]
    assert arn["Fn::Join"][1][-1] == f":feature-group/{made.feature_group_name.lower()}"


def test_statements_name_this_group_its_table_and_its_objects(group: Make) -> None:
    made = group()
    named = [statement.resources for statement in (*made.write_statements(), *made.read_statements())]
    assert [made.feature_group_arn] in named
    assert [*made.delete_statements()[0].actions] == ["sagemaker:DeleteRecord"]
    offline = [resource for statement in made.offline_statements() for resource in statement.resources]
    assert any(resource.endswith(f"/features/{made.feature_group_name}/*") for resource in offline)
    assert any(resource.endswith(f":table/{made.glue_database_name}/{made.glue_table_name}") for resource in offline)


def test_a_group_of_another_app_is_granted_and_watched_by_name(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/1")
    existing = FeatureGroup.from_feature_group_name(stack, "Existing", "Customers-Prod", key=key)
    assert existing.feature_group_arn.endswith(":feature-group/customers-prod")
    metric = existing.metric_throttled()
    assert metric.dimensions == {"FeatureGroupName": "Customers-Prod", "OperationName": "PutRecord"}
    assert existing.metric_latency().statistic == "p99"
    assert existing.metric_invocations(operation="GetRecord").dimensions == {
        "FeatureGroupName": "Customers-Prod",
        "OperationName": "GetRecord",
    }


def one(name: str, type_: FeatureType = FeatureType.STRING) -> tuple[Feature, ...]:
    return (*FEATURES, Feature(name, type_))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"features": ()},
            "features=[] are 0, but a feature group has 1 to 2500. "
            "Split them into several groups with the same record identifier.",
        ),
        (
            {"features": [*FEATURES, *(Feature(f"f{number}", FeatureType.STRING) for number in range(2498))]},
            "features=['customer_id', 'seen_at', 'orders_90d'] are 2501, but a feature group has 1 to 2500. "
            "Split them into several groups with the same record identifier.",
        ),
        (
            {"features": one("a b")},
            "features.name='a b' is not a name that the Feature Store takes. "
            "Use at most 64 letters, digits, hyphens and underscores, starting and ending with a letter or digit.",
        ),
        (
            {"features": one("Is_Deleted")},
            "features.name='Is_Deleted' is reserved, as api_invocation_time, is_deleted, write_time are: "
            "the Feature Store adds them itself. Choose another name.",
        ),
        (
            {"features": one("Seen_At")},
            "features.name='seen_at' is the name of 2 features, in upper or lower case. Name each one differently.",
        ),
        (
            {"record_identifier": "id"},
            "record_identifier='id' is none of the features. "
            "Use one of customer_id, seen_at, orders_90d, or add it to them.",
        ),
        (
            {"features": one("score", FeatureType.FRACTIONAL), "record_identifier": "score"},
            "record_identifier='score' is Fractional, and what is computed twice is rarely the same fraction. "
            "Use an Integral or a String feature.",
        ),
        (
            {"event_time": "orders_90d"},
            "event_time='orders_90d' is Integral, which the Feature Store does not take as a time. "
            "Use a Fractional feature of seconds since 1970, or a String such as 2026-01-31T12:00:00Z.",
        ),
        (
            {"event_time": "customer_id"},
            "event_time='customer_id' is the record identifier as well, so that no record could ever be updated. "
            "Use two features.",
        ),
        (
            {"online": None, "offline": None},
            "online=None and offline=None leave nowhere to write to. Give the group one store at least.",
        ),
        (
            {"online": OnlineStore(ttl_seconds=0)},
            "online.ttl_seconds=0 is not a time to live. Use at least 1 second.",
        ),
        (
            {"offline": OfflineStore(prefix="/features/")},
            "offline.prefix='/features/' is not a prefix for objects. Write it as features/churn: "
            "at most 256 letters, digits and _.=-/, without a / at either end.",
        ),
        (
            {"offline": OfflineStore(database="Gold-1")},
            "offline.database='Gold-1' is not a name that Athena reads. "
            "Name a Glue database: lower case letters, digits and underscores.",
        ),
        (
            {
                "online": OnlineStore(storage=OnlineStorage.IN_MEMORY),
                "throughput": ProvisionedThroughput(write_units=5, read_units=5),
            },
            "throughput.write_units=5 cannot be provisioned for an online store in memory. "
            "Leave throughput out, or use OnlineStorage.STANDARD.",
        ),
        (
            {"online": None, "throughput": ProvisionedThroughput(write_units=5, read_units=5)},
            "throughput.read_units=5 is for an online store, and there is none. Leave it out: the offline store is S3.",
        ),
        (
            {"throughput": ProvisionedThroughput(write_units=5)},
            "throughput.read_units=None leaves the online store without reads. "
            "Say how many reads of 4 KB it has to answer in a second.",
        ),
        (
            {"throughput": ProvisionedThroughput(write_units=40_001, read_units=1)},
            "throughput.write_units=40001 is not a throughput that a feature group has. "
            "Use 1 to 40000, or leave it out for on-demand.",
        ),
        (
            {"feature_group_name": "a_b"},
            "feature_group_name='a_b' is not a name that SageMaker takes. "
            "Use at most 64 letters, digits and hyphens, starting and ending with a letter or digit.",
        ),
    ],
)
def test_what_the_feature_store_would_refuse_is_refused_with_the_fix(
    group: Make, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        group(**options)
    assert f"Churn/Customers: {message}" in str(error.value).splitlines()


def test_a_region_without_feature_groups_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Far", env=cdk.Environment(region="ca-west-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    names = {"record_identifier": "customer_id", "event_time": "seen_at"}
    with pytest.raises(ConfigurationError, match="region='ca-west-1' has no AWS::SageMaker::FeatureGroup in"):
        FeatureGroup(stack, "Customers", workspace=workspace, features=FEATURES, **names)


def test_what_is_known_only_at_deployment_passes(group: Make, stack: cdk.Stack, template: Synth) -> None:
    name, column = cdk.CfnParameter(stack, "Name"), cdk.CfnParameter(stack, "Column")
    ttl = cdk.CfnParameter(stack, "Ttl", type="Number")
    group(
        features=one(column.value_as_string),
        record_identifier=column.value_as_string,
        feature_group_name=name.value_as_string,
        online=OnlineStore(ttl_seconds=ttl.value_as_number),
    )
    found = only(template(), GROUP)
    assert found["FeatureGroupName"] == {"Ref": "Name"}
    assert found["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Seconds", "Value": {"Ref": "Ttl"}}
    assert found["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"] == {
        "Fn::Join": ["_", {"Fn::Split": ["-", {"Ref": "Name"}]}]
    }


# The schema file.

PUBLISHED = {
    "record_identifier": "customer_id",
    "event_time": "seen_at",
    "features": {"customer_id": "String", "seen_at": "String", "orders_90d": "Integral"},
}


def test_a_schema_that_is_as_it_was_deployed_passes(group: Make, tmp_path: Path, template: Synth) -> None:
    file = tmp_path / "customers.json"
    file.write_text(json.dumps(PUBLISHED))
    group(schema_file=file)
    assert len(only(template(), GROUP)["FeatureDefinitions"]) == 3


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"features": FEATURES[:2]},
            "features='orders_90d' is in customers.json and no longer here: a group gives no feature up. "
            "Bring it back, or make a new group under another id and fill it from the old one's offline store.",
        ),
        (
            {"features": (*FEATURES[:2], Feature("orders_90d", FeatureType.FRACTIONAL))},
            "features.type='Fractional' of orders_90d was Integral, and a feature keeps its type. Bring it back, "
            "or make a new group under another id and fill it from the old one's offline store.",
        ),
        (
            {"record_identifier": "orders_90d"},
            "record_identifier='orders_90d' was 'customer_id' when the group was deployed, which no update changes. "
            "Bring it back, or make a new group under another id and fill it from the old one's offline store.",
        ),
        (
            {"features": one("segment")},
            "schema_file='customers.json' does not know segment. "
            'Add {"segment": "String"} to its features, so that the next change is compared with them.',
        ),
    ],
)
def test_a_schema_that_no_update_could_make_of_the_deployed_one_is_refused(
    group: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("customers.json").write_text(json.dumps(PUBLISHED))
    with pytest.raises(ConfigurationError) as error:
        group(schema_file="customers.json", **options)
    assert problem in [str(found) for found in error.value.problems]


@pytest.mark.parametrize("content", [None, "no JSON", '["no schema"]'])
def test_a_schema_file_that_says_nothing_is_refused_with_what_to_write(
    group: Make, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "customers.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigurationError) as error:
        group(schema_file=file)
    assert json.dumps(PUBLISHED) in str(error.value)


# What CloudFormation would do, by the rehearsal.


def rehearsed(tmp_path: Path, change: Callable[[dict[str, Any]], object], tags: CostTags = TAGS) -> Outcome:
    """The update of a stack with a feature group to one in which its arguments changed."""
    assemblies = []
    for number, changed in enumerate((False, True)):
        app = cdk.App(context=FLAGS, outdir=str(tmp_path / str(number)))
        stack = cdk.Stack(app, "Churn")
        own = tags if changed else TAGS
        options: dict[str, Any] = {
            "workspace": Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=own),
            "features": FEATURES,
            "record_identifier": "customer_id",
            "event_time": "seen_at",
        }
        if changed:
            change(options)
        FeatureGroup(stack, "Customers", **options)
        app.synth()
        assemblies.append(read(tmp_path / str(number)))
    return rehearse(assemblies[1], before=assemblies[0]).outcomes[0]


def of_the_group(outcome: Outcome) -> list[str]:
    return [event.action.value for event in outcome.events if event.type == GROUP]


@pytest.mark.parametrize(
    "change",
    [
        lambda options: options.update(features=one("segment")),
        lambda options: options.update(online=OnlineStore(ttl_seconds=60)),
        lambda options: options.update(throughput=ProvisionedThroughput(write_units=1, read_units=1)),
    ],
    ids=["a further feature", "time to live", "throughput"],
)
def test_what_may_change_changes_in_place(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    outcome = rehearsed(tmp_path, change)
    assert of_the_group(outcome) == ["update"]
    assert not [finding for finding in outcome.findings if finding.fails]


@pytest.mark.parametrize(
    "change",
    [
        lambda options: options.update(online=OnlineStore(storage=OnlineStorage.IN_MEMORY)),
        lambda options: options.update(offline=OfflineStore(prefix="elsewhere")),
        lambda options: options.update(event_time="ended_at", features=one("ended_at")),
    ],
    ids=["storage", "prefix", "event time"],
)
def test_a_replacement_fails_before_a_record_is_lost(
    tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    outcome = rehearsed(tmp_path, change)
    found = {(finding.kind.value, finding.type) for finding in outcome.findings if finding.fails}
    assert ("already-exists", GROUP) in found
    assert "delete" not in of_the_group(outcome)


def test_a_new_cost_center_does_not_touch_the_group(tmp_path: Path) -> None:
    tags = CostTags(project=TAGS.project, owner="somebody-else", cost_center="9999")
    outcome = rehearsed(tmp_path, dict, tags)
    assert of_the_group(outcome) == []
    assert not [finding for finding in outcome.findings if finding.fails]


def test_the_effects_are_those_of_the_schema() -> None:
    from cdk_ml.rehearsal import classify

    def effect(**new: Any) -> Effect:
        old = {"FeatureGroupName": "a", "FeatureDefinitions": [{"FeatureName": "a", "FeatureType": "String"}]}
        return classify(GROUP, old, {**old, **new}, "us-east-1")

    assert effect(FeatureDefinitions=[{"FeatureName": "b", "FeatureType": "String"}]) is Effect.IN_PLACE
    assert effect(Tags=[{"Key": "a", "Value": "b"}]) is Effect.REPLACEMENT
    assert effect(Description="new") is Effect.REPLACEMENT
