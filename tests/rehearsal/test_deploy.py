"""Stacks are created and updated as CloudFormation does it."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_ml.rehearsal import rehearse
from tests.rehearsal.templates import ROLE, TRUST, assembly, created, events, found, resource, updated

CONFIG = {
    "ProductionVariants": [
        {"VariantName": "a", "ModelName": "m", "InitialVariantWeight": 1, "InstanceType": "ml.c5.large"},
    ],
}


def config(**changes: Any) -> dict[str, Any]:
    return resource("AWS::SageMaker::EndpointConfig", CONFIG | changes)


def endpoint() -> dict[str, Any]:
    return resource(
        "AWS::SageMaker::Endpoint", {"EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]}}
    )


def test_a_resource_is_made_after_everything_it_refers_to_or_depends_on() -> None:
    topic = resource("AWS::SNS::Topic", DependsOn="Queue")
    alias = resource("AWS::SSM::Parameter", {"Type": "String", "Value": {"Fn::Sub": "${Topic} and ${Queue.Arn}"}})

    outcome = created({"Alias": alias, "Topic": topic, "Queue": resource("AWS::SQS::Queue")})

    assert events(outcome) == [("create", "Queue"), ("create", "Topic"), ("create", "Alias")]
    assert found(outcome) == []


def test_resources_that_need_nothing_of_each_other_are_made_side_by_side() -> None:
    outcome = created({"A": resource("AWS::SQS::Queue"), "B": resource("AWS::SNS::Topic")})

    assert [event.start for event in outcome.events] == [0, 0]


def test_the_critical_path_is_the_chain_of_what_takes_longest() -> None:
    resources = {
        "Quick": resource("AWS::SNS::Topic"),
        "Slow": resource(
            "AWS::DynamoDB::Table",
            {
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        ),
        "Last": resource("AWS::SQS::Queue", DependsOn=["Quick", "Slow"]),
    }

    outcome = created(resources)

    assert {event.logical_id for event in outcome.events if event.critical} == {"Slow", "Last"}
    assert outcome.minutes == 720 + 120


def test_a_composed_name_that_is_too_long_is_refused_with_its_length() -> None:
    name = {"Fn::Join": ["-", ["a" * 50, {"Ref": "AWS::AccountId"}, "b"]]}

    outcome = created({"Bucket": resource("AWS::S3::Bucket", {"BucketName": name})})

    (finding,) = [f for f in outcome.findings if f.fails]
    assert finding.kind == "invalid-property"
    assert "BucketName" in finding.message
    assert "it has 65" in finding.message
    assert "AWS::AccountId" in finding.message


def test_values_that_only_the_account_knows_are_not_held_against_a_pattern() -> None:
    value = "{{resolve:ssm:/network/subnet}}"
    vpc = {"SubnetIds": [value], "SecurityGroupIds": [value]}
    code = {"ZipFile": "pass"}

    outcome = created(
        {
            "Role": ROLE,
            "Function": resource(
                "AWS::Lambda::Function",
                {
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Code": code,
                    "Handler": "index.handler",
                    "Runtime": "python3.13",
                    "VpcConfig": vpc,
                },
            ),
        }
    )

    assert found(outcome) == []


def test_the_name_of_a_role_is_refused_where_its_arn_is_wanted() -> None:
    function = resource(
        "AWS::Lambda::Function",
        {
            "Role": {"Ref": "Role"},
            "Code": {"ZipFile": "pass"},
            "Handler": "index.handler",
            "Runtime": "python3.13",
        },
    )

    outcome = created({"Role": ROLE, "Function": function})

    assert found(outcome) == [("invalid-property", "Function")]


def test_numbers_and_booleans_may_be_written_as_text() -> None:
    queue = resource("AWS::SQS::Queue", {"VisibilityTimeout": "30", "FifoQueue": "true", "QueueName": "a.fifo"})

    assert found(created({"Queue": queue})) == []


def test_an_update_of_a_replaced_resource_reaches_what_refers_to_it() -> None:
    outcome = updated(
        {"Config": config(), "Endpoint": endpoint()},
        {"Config": config(KmsKeyId="alias/models"), "Endpoint": endpoint()},
    )

    assert events(outcome) == [("replace", "Config"), ("update", "Endpoint"), ("clean up", "Config")]
    assert outcome.replaced == {"Stack": ("Config",)}
    assert found(outcome) == []
    first, second = outcome.events[0].physical_id, outcome.events[2].physical_id
    assert first != second


def test_a_replacement_reaches_through_resources_that_it_replaces_in_turn() -> None:
    subnet = resource("AWS::EC2::Subnet", {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"})
    old = {"Vpc": resource("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}), "Subnet": subnet}
    new = {"Vpc": resource("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/20"}), "Subnet": subnet}

    assert events(updated(old, new)) == [
        ("replace", "Vpc"),
        ("replace", "Subnet"),
        ("clean up", "Subnet"),
        ("clean up", "Vpc"),
    ]


def test_the_same_template_changes_nothing() -> None:
    resources = {"Config": config(), "Endpoint": endpoint(), "Role": ROLE}

    outcome = updated(resources, resources)

    assert (outcome.events, outcome.findings, outcome.minutes) == ((), (), 0)


@pytest.mark.parametrize("attribute", [{"Metadata": {"a": 1}}, {"DependsOn": ["Role"]}, {"DeletionPolicy": "Retain"}])
def test_attributes_that_are_no_properties_touch_nothing(attribute: dict[str, Any]) -> None:
    queue = resource("AWS::SQS::Queue")

    assert updated({"Role": ROLE, "Queue": queue}, {"Role": ROLE, "Queue": queue | attribute}).events == ()


def test_a_property_that_goes_is_a_change() -> None:
    outcome = updated({"Q": resource("AWS::SQS::Queue", {"DelaySeconds": 5})}, {"Q": resource("AWS::SQS::Queue")})

    assert [(e.action.value, e.note) for e in outcome.events] == [("update", "DelaySeconds")]


def test_a_condition_that_turns_false_deletes_its_resource() -> None:
    resources = {"Keep": ROLE, "Extra": resource("AWS::SQS::Queue", Condition="Wanted")}

    def stack(stage: str) -> Any:
        conditions = {"Wanted": {"Fn::Equals": [stage, "prod"]}}
        return assembly(resources, Conditions=conditions)

    outcome = rehearse(stack("dev"), before=stack("prod")).outcomes[0]

    assert events(outcome) == [("clean up", "Extra")]


def test_another_type_under_the_same_logical_id_is_refused() -> None:
    outcome = updated({"X": resource("AWS::SQS::Queue")}, {"X": resource("AWS::SNS::Topic")})

    assert found(outcome) == [("never-updatable", "X")]


def test_what_is_refused_as_another_type_loses_no_data() -> None:
    outcome = updated({"X": resource("AWS::S3::Bucket")}, {"X": resource("AWS::SQS::Queue")})

    assert found(outcome) == [("never-updatable", "X")]


@pytest.mark.parametrize(
    ("policy", "kind", "left"),
    [("Delete", "data-loss", 0), ("Retain", "orphan", 1)],
)
def test_replacing_a_bucket_is_told_first_and_loudly(policy: str, kind: str, left: int) -> None:
    bucket = resource("AWS::S3::Bucket", {"BucketName": "first-name"}, UpdateReplacePolicy=policy)
    renamed = resource("AWS::S3::Bucket", {"BucketName": "second-name"}, UpdateReplacePolicy=policy)

    outcome = updated({"Bucket": bucket}, {"Bucket": renamed})

    assert found(outcome) == [(kind, "Bucket")]
    assert outcome.findings[0].kind == kind
    assert len(outcome.orphaned) == left


def test_a_snapshot_is_taken_of_a_database_that_goes_without_a_policy() -> None:
    database = resource("AWS::RDS::DBCluster", {"Engine": "aurora-postgresql"})

    outcome = updated({"Keep": ROLE, "Database": database}, {"Keep": ROLE})

    assert events(outcome) == [("snapshot", "Database")]
    assert found(outcome) == [("orphan", "Database")]


def test_a_subnet_association_is_deleted_before_its_replacement_and_so_is_never_in_its_own_way() -> None:
    def association(table: str) -> dict[str, Any]:
        return resource("AWS::EC2::SubnetRouteTableAssociation", {"SubnetId": "subnet-1", "RouteTableId": table})

    assert found(updated({"A": association("rtb-1")}, {"A": association("rtb-2")})) == []


def test_a_bucket_name_is_unique_among_the_stacks_of_an_assembly() -> None:
    bucket = resource("AWS::S3::Bucket", {"BucketName": "models"})
    both = type(assembly({"B": bucket})).join([assembly({"B": bucket}, "One"), assembly({"B": bucket}, "Two")])

    (outcome,) = rehearse(both).outcomes

    assert found(outcome) == [("already-exists", "B")]
    assert "One/B" in next(f.message for f in outcome.findings if f.fails)


def test_a_custom_resource_is_taken_to_work_and_is_named() -> None:
    outcome = created(
        {
            "Custom": resource("Custom::Trainer", {"ServiceToken": "arn:aws:lambda:us-east-1:111111111111:function:f"}),
            "Name": resource("AWS::SSM::Parameter", {"Type": "String", "Value": {"Fn::GetAtt": ["Custom", "Any"]}}),
        }
    )

    assert found(outcome) == []
    assert outcome.opaque == {"Custom::Trainer": 1}


def test_roles_are_one_per_account_and_queues_one_per_region() -> None:
    role = resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST, "RoleName": "r"})
    queue = resource("AWS::SQS::Queue", {"QueueName": "q"})

    outcome = created({"A": role, "B": role, "C": queue, "D": queue})

    assert found(outcome) == [("already-exists", "B"), ("already-exists", "D")]
