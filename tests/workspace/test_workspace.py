"""The workspace makes what is asked for, private and encrypted, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from cdk_ml.cost import MonthlyLimit
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import ANYTHING, Buckets, CostTags, Profile, Statement, Workspace, WorkspaceIdentifiers
from cdk_ml.workspace.cost_tags import tag_problems
from cdk_ml.workspace.profile import profile_problems
from tests.conftest import FLAGS, TAGS, only, resources

Synth = Callable[[], Template]
READ = Statement(actions=["s3:GetObject"], resources=["arn:aws:s3:::models/model.tar.gz"])


@pytest.mark.usefixtures("workspace")
def test_a_workspace_that_nobody_uses_makes_nothing(template: Synth) -> None:
    assert template().to_json().get("Resources", {}) == {}


def test_a_bucket_brings_its_key_and_its_log_bucket_but_no_network(workspace: Workspace, template: Synth) -> None:
    assert workspace.data_bucket is workspace.data_bucket
    made = template()
    made.resource_count_is("AWS::S3::Bucket", 2)
    made.resource_count_is("AWS::KMS::Key", 1)
    made.resource_count_is("AWS::EC2::VPC", 0)


def test_buckets_are_private_versioned_encrypted_logged_and_closed_to_plain_http(
    workspace: Workspace, template: Synth
) -> None:
    assert workspace.artifact_bucket
    made = template()
    made.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
                ]
            },
            "LoggingConfiguration": {"LogFilePrefix": "s3-access-logs/artifacts/"},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "RestrictPublicBuckets": True},
            "VersioningConfiguration": {"Status": "Enabled"},
        },
    )
    for policy in resources(made, "AWS::S3::BucketPolicy").values():
        denied = [s for s in policy["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [statement["Condition"] for statement in denied]


def test_the_key_rotates_and_serves_only_this_accounts_logs_and_alerts(workspace: Workspace, template: Synth) -> None:
    assert workspace.key
    key = only(template(), "AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    assert key["PendingWindowInDays"] == 30
    services = [s for s in key["KeyPolicy"]["Statement"] if "Service" in s["Principal"]]
    assert len(services) == 3
    assert all("Condition" in statement for statement in services)


def test_the_network_is_isolated_and_its_traffic_is_logged(workspace: Workspace, template: Synth) -> None:
    assert workspace.vpc
    made = template()
    made.resource_count_is("AWS::EC2::Subnet", 2)
    for absent in ("InternetGateway", "NatGateway", "Route", "VPCEndpoint", "SecurityGroup"):
        made.resource_count_is(f"AWS::EC2::{absent}", 0)
    assert all(
        not subnet["Properties"]["MapPublicIpOnLaunch"] for subnet in resources(made, "AWS::EC2::Subnet").values()
    )
    made.has_resource_properties("AWS::EC2::FlowLog", {"TrafficType": "ALL", "LogDestinationType": "s3"})


def test_endpoints_are_made_once_and_admit_only_this_accounts_principals(workspace: Workspace, template: Synth) -> None:
    for _ in range(2):
        workspace.add_s3_endpoint()
        workspace.add_dynamodb_endpoint()
        workspace.add_interface_endpoint("Runtime", ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME)
    made = template()
    made.resource_count_is("AWS::EC2::VPCEndpoint", 3)
    for endpoint in resources(made, "AWS::EC2::VPCEndpoint").values():
        (statement,) = endpoint["Properties"]["PolicyDocument"]["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}
    ingress = only(made, "AWS::EC2::SecurityGroup")["SecurityGroupIngress"]
    assert [(rule["CidrIp"], rule["FromPort"]) for rule in ingress] == [("10.0.0.0/16", 443)]


def test_a_stack_with_a_known_account_and_region_needs_no_look_up(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Known", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    assert Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS).vpc
    manifest = json.loads(Path(app.synth().directory, "manifest.json").read_text())
    assert "missing" not in manifest


def test_every_taggable_resource_carries_the_four_tags_and_the_users_own(stack: cdk.Stack, template: Synth) -> None:
    tags = replace(TAGS, extra={"data-class": "internal"})
    Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags, monthly_limit=MonthlyLimit(usd=10)).publish()
    expected = {
        "project": "churn",
        "owner": "growth-ml",
        "environment": "production",
        "cost-center": "4711",
        "data-class": "internal",
    }
    untaggable = ("Policy", "Association")
    for resource in template().to_json()["Resources"].values():
        if not resource["Type"].endswith(untaggable):
            given = resource["Properties"].get("Tags") or resource["Properties"]["ResourceTags"]
            assert {tag["Key"]: tag["Value"] for tag in given} == expected, resource["Type"]


def test_a_second_stack_that_uses_the_workspace_is_tagged_as_well(app: cdk.App, workspace: Workspace) -> None:
    second = cdk.Stack(app, "Second")
    topic = sns.Topic(second, "Topic")
    workspace.adopt(topic)
    Template.from_stack(second).has_resource_properties(
        "AWS::SNS::Topic", {"Tags": Match.array_with([{"Key": "project", "Value": "churn"}])}
    )


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (
            replace(TAGS, owner=" "),
            "tags.owner=' ' is empty, so nobody could be asked about the cost. Name one.",
        ),
        (
            replace(TAGS, extra={"owner": "me"}),
            "tags.extra['owner']='me' repeats a required tag. Say CostTags(owner='me') instead.",
        ),
        (
            replace(TAGS, extra={"aws:team": "me"}),
            "tags.extra['aws:team']='me' starts with aws:, which AWS keeps for itself. Choose another key.",
        ),
        (
            replace(TAGS, extra={"": "me"}),
            "tags.extra['']='me' has no key, which AWS does not take. Name what the value is about.",
        ),
        (
            replace(TAGS, project="churn?"),
            "tags.project='churn?' has characters that AWS does not take in a tag. "
            "Use letters, digits, spaces and _ . : / = + - @.",
        ),
        (
            replace(TAGS, project="c" * 257),
            f"tags.project={'c' * 257!r} has 257 characters, but AWS takes 256. Shorten it.",
        ),
    ],
)
def test_tags_that_aws_would_refuse_are_refused_with_the_fix(tags: CostTags, message: str) -> None:
    assert [str(problem) for problem in tag_problems(tags, "sandbox")] == [message]


def test_everything_that_is_wrong_with_a_workspace_is_told_at_once(stack: cdk.Stack) -> None:
    profile = replace(Profile.SANDBOX, key_deletion_days=6)
    with pytest.raises(ConfigurationError) as error:
        Workspace(stack, "W", profile=profile, tags=replace(TAGS, owner=" "))
    assert str(error.value) == (
        "Churn/W: profile.key_deletion_days=6 is not a value that AWS takes. Use 7 to 30.\n"
        "Churn/W: tags.owner=' ' is empty, so nobody could be asked about the cost. Name one."
    )


def test_tags_may_be_known_only_at_deployment(stack: cdk.Stack) -> None:
    team = cdk.CfnParameter(stack, "Team")
    assert Workspace(stack, "W", profile=Profile.SANDBOX, tags=replace(TAGS, owner=team.value_as_string))


def test_parts_of_the_users_own_are_used_and_not_made(stack: cdk.Stack, template: Synth) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "B", "mine")
    topic = sns.Topic.from_topic_arn(stack, "T", "arn:aws:sns:eu-west-1:123456789012:mine")
    own = Workspace(
        stack,
        "W",
        profile=Profile.PRODUCTION,
        tags=TAGS,
        vpc=ec2.Vpc.from_vpc_attributes(
            stack, "V", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
        ),
        key=kms.Key.from_key_arn(stack, "K", "arn:aws:kms:eu-west-1:123456789012:key/1"),
        buckets=Buckets(data=bucket, artifacts=bucket, logs=bucket),
        alert_topic=topic,
    )
    own.add_s3_endpoint()
    own.add_dynamodb_endpoint()
    own.add_interface_endpoint("Runtime", ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME)
    assert (own.data_bucket, own.artifact_bucket, own.log_bucket, own.alert_topic) == (bucket, bucket, bucket, topic)
    assert own.subnet_ids == ["subnet-1"]
    assert own.key.key_arn.endswith("key/1")
    assert template().to_json().get("Resources", {}) == {}


EXISTING = WorkspaceIdentifiers(
    vpc_id="vpc-1",
    vpc_cidr="10.0.0.0/16",
    availability_zones=["a", "b"],
    subnet_ids=["subnet-1", "subnet-2"],
    route_table_ids=["rtb-1", "rtb-2"],
    key_arn="arn:aws:kms:eu-west-1:123456789012:key/1",
    data_bucket="data",
    artifact_bucket="artifacts",
    log_bucket="logs",
    alert_topic_arn="arn:aws:sns:eu-west-1:123456789012:alerts",
)


def test_an_existing_workspace_is_used_by_its_identifiers(stack: cdk.Stack, template: Synth) -> None:
    workspace = Workspace.from_existing(stack, "W", profile=Profile.PRODUCTION, tags=TAGS, existing=EXISTING)
    assert workspace.subnet_ids == ["subnet-1", "subnet-2"]
    assert workspace.data_bucket.bucket_name == "data"
    encryption_key = workspace.artifact_bucket.encryption_key
    assert encryption_key is not None
    assert encryption_key.key_arn == EXISTING.key_arn
    assert template().to_json().get("Resources", {}) == {}


def test_identifiers_that_do_not_fit_together_are_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ConfigurationError) as error:
        Workspace.from_existing(
            stack,
            "W",
            profile=Profile.PRODUCTION,
            tags=TAGS,
            existing=replace(EXISTING, subnet_ids=["subnet-1"]),
        )
    assert str(error.value) == (
        "Churn/W: existing.subnet_ids=['subnet-1'] has 1 entries for 2 availability zones. "
        "Give one for each zone, in the same order."
    )


def test_publish_prints_every_identifier_that_another_app_needs(workspace: Workspace, template: Synth) -> None:
    workspace.publish()
    outputs = template().to_json()["Outputs"]
    named = {name.lower() for name in outputs}
    for field in WorkspaceIdentifiers.__dataclass_fields__:
        assert any(field.replace("_", "") in name for name in named), field


def test_a_vpc_without_isolated_subnets_is_published_with_its_private_ones(stack: cdk.Stack, template: Synth) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Mine",
        vpc_id="vpc-1",
        vpc_cidr_block="10.0.0.0/16",
        availability_zones=["a"],
        private_subnet_ids=["subnet-1"],
        private_subnet_route_table_ids=["rtb-1"],
    )
    Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, vpc=vpc).publish()
    published = {name: output["Value"] for name, output in template().to_json()["Outputs"].items()}
    (subnets,) = [value for name, value in published.items() if "SubnetIds" in name]
    (tables,) = [value for name, value in published.items() if "RouteTableIds" in name]
    assert (subnets, tables) == ("subnet-1", "rtb-1")


def test_a_permissions_boundary_is_on_every_role_even_on_those_that_cdk_makes(
    stack: cdk.Stack, template: Synth
) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    workspace = Workspace(stack, "W", profile=Profile.SANDBOX, tags=TAGS, permissions_boundary=boundary)
    workspace.role(stack, "Role", service="sagemaker.amazonaws.com", statements=[READ])
    iam.Role(stack, "Other", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    roles = resources(template(), "AWS::IAM::Role")
    assert len(roles) == 2
    assert all("PermissionsBoundary" in role["Properties"] for role in roles.values())


def test_a_role_is_assumed_for_this_account_only_and_has_no_inline_policy(
    workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    workspace.role(stack, "Role", service="sagemaker.amazonaws.com", statements=[READ])
    made = template()
    role = only(made, "AWS::IAM::Role")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert len(role["ManagedPolicyArns"]) == 1
    made.resource_count_is("AWS::IAM::Policy", 0)


def test_a_wildcard_without_a_reason_is_refused() -> None:
    with pytest.raises(ConfigurationError) as error:
        Statement(actions=["ecr:GetAuthorizationToken"], resources=ANYTHING)
    assert str(error.value) == (
        "Statement: wildcard='' does not explain ['*']. Say why in Statement(wildcard=...), or name what is meant."
    )


@pytest.mark.parametrize(
    ("actions", "resources", "message"),
    [
        ([], ["arn:aws:s3:::models"], "actions=[] allows nothing. Name an action, or leave the statement out."),
        (
            ["s3:GetObject"],
            [],
            "resources=[] is about nothing. Name an ARN, or say ANYTHING where the actions take no resource.",
        ),
    ],
)
def test_a_statement_about_nothing_is_refused(actions: list[str], resources: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        Statement(actions=actions, resources=resources)
    assert str(error.value) == f"Statement: {message}"


def test_a_security_group_lets_nothing_in_and_only_https_out_and_brings_the_free_way_to_s3(
    workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    workspace.security_group(stack, "Group", description="Training jobs")
    made = template()
    group = only(made, "AWS::EC2::SecurityGroup")
    assert group["GroupDescription"] == "Training jobs"
    assert "SecurityGroupIngress" not in group
    assert [(rule["IpProtocol"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [("tcp", 443)]
    made.has_resource_properties("AWS::EC2::VPCEndpoint", {"VpcEndpointType": "Gateway"})
    made.resource_count_is("AWS::EC2::VPCEndpoint", 1)


def test_a_security_group_leaves_a_vpc_of_the_users_own_as_it_is(stack: cdk.Stack, template: Synth) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Mine",
        vpc_id="vpc-1",
        availability_zones=["a"],
        isolated_subnet_ids=["subnet-1"],
        isolated_subnet_route_table_ids=["rtb-1"],
    )
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, vpc=vpc)
    workspace.security_group(stack, "Group", description="Training jobs")
    made = template()
    assert only(made, "AWS::EC2::SecurityGroup")["VpcId"] == "vpc-1"
    made.resource_count_is("AWS::EC2::VPCEndpoint", 0)


def test_what_could_not_be_done_is_kept_for_two_weeks_encrypted_and_only_this_accounts_eventbridge_may_add_to_it(
    workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    assert workspace.dead_letter_queue is workspace.dead_letter_queue
    made = template()
    queue = only(made, "AWS::SQS::Queue")
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["KmsMasterKeyId"] == stack.resolve(workspace.key.key_arn)
    assert "RedrivePolicy" not in queue
    assert "QueueName" not in queue
    deny, allow = only(made, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (allow["Principal"], allow["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_first_dead_letter_raises_an_alarm(workspace: Workspace, stack: cdk.Stack, template: Synth) -> None:
    queue = workspace.dead_letter_queue
    alarm = only(template(), "AWS::CloudWatch::Alarm")
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": stack.resolve(queue.queue_name)}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["AlarmActions"] == [stack.resolve(workspace.alert_topic.topic_arn)]


def test_log_groups_are_encrypted_and_kept_as_long_as_the_profile_says(
    workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    workspace.log_group(stack, "Logs", name="/aws/sagemaker/x")
    ((_, group),) = resources(template(), "AWS::Logs::LogGroup").items()
    assert group["Properties"]["RetentionInDays"] == 365
    assert "KmsKeyId" in group["Properties"]
    assert group["DeletionPolicy"] == "RetainExceptOnCreate"


@pytest.mark.parametrize(
    ("profile", "context", "policy"),
    [
        (Profile.SANDBOX, "true", "Delete"),
        (Profile.SANDBOX, True, "Delete"),
        (Profile.SANDBOX, None, "Retain"),
        (Profile.SANDBOX, "yes", "Retain"),
        (Profile.PRODUCTION, "true", "Retain"),
        (Profile.REGULATED, "true", "Retain"),
    ],
)
def test_data_is_deleted_only_if_profile_and_context_both_say_so(
    profile: Profile, context: object, policy: str
) -> None:
    app = cdk.App(context={**FLAGS, "cdk-ml:delete-data": context})
    stack = cdk.Stack(app, "Churn")
    assert Workspace(stack, "W", profile=profile, tags=TAGS).data_bucket
    made = Template.from_stack(stack)
    for type_ in ("AWS::S3::Bucket", "AWS::KMS::Key"):
        assert {found["DeletionPolicy"] for found in resources(made, type_).values()} == {policy}
    made.resource_count_is("Custom::S3AutoDeleteObjects", 2 if policy == "Delete" else 0)


@pytest.mark.parametrize(
    ("profile", "context", "warning"),
    [
        (Profile.SANDBOX, None, "The profile 'sandbox' may delete data, but cdk-ml:delete-data is not true"),
        (Profile.PRODUCTION, "true", "cdk-ml:delete-data is true, but the profile 'production' keeps data"),
    ],
)
def test_data_that_stays_although_one_key_was_turned_is_warned_about(
    profile: Profile, context: object, warning: str
) -> None:
    from aws_cdk.assertions import Annotations

    app = cdk.App(context={**FLAGS, "cdk-ml:delete-data": context})
    stack = cdk.Stack(app, "Churn")
    assert Workspace(stack, "W", profile=profile, tags=TAGS).data_bucket
    Annotations.from_stack(stack).has_warning("/Churn/W", Match.string_like_regexp(warning))


def test_a_profile_of_the_users_own_is_as_good_as_ours(stack: cdk.Stack, template: Synth) -> None:
    profile = replace(Profile.PRODUCTION, name="staging", availability_zones=3)
    assert Workspace(stack, "W", profile=profile, tags=TAGS).vpc
    made = template()
    made.resource_count_is("AWS::EC2::Subnet", 3)
    made.has_resource_properties(
        "AWS::EC2::VPC", {"Tags": Match.array_with([{"Key": "environment", "Value": "staging"}])}
    )


def test_a_profile_that_is_none_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError) as error:
        Profile.named("prod")
    assert str(error.value) == ("Profile: name='prod' is not a profile. Use one of sandbox, production, regulated.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"availability_zones": 0}, "profile.availability_zones=0 is not a value that AWS takes. Use 1 to 6."),
        ({"capture_percentage": 101}, "profile.capture_percentage=101 is not a value that AWS takes. Use 0 to 100."),
        ({"key_deletion_days": 6}, "profile.key_deletion_days=6 is not a value that AWS takes. Use 7 to 30."),
        (
            {"log_retention_days": 100},
            "profile.log_retention_days=100 is not a retention that CloudWatch Logs has. Use one of 1, 3, 5, 7, 14, "
            "30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.",
        ),
    ],
)
def test_a_profile_that_aws_would_refuse_is_refused(change: dict[str, int], message: str) -> None:
    assert [str(problem) for problem in profile_problems(replace(Profile.PRODUCTION, **change))] == [message]
