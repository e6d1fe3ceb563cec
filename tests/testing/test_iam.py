"""What is precise in a policy, on stacks that users write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from cdk_ml.testing import assert_iam_precise, iam_catalog
from cdk_ml.workspace import acknowledge

Policy = Callable[..., None]


@pytest.fixture
def policy(stack: cdk.Stack) -> Policy:
    """Adds a statement to the policy of a role."""

    def add(**statement: Any) -> None:
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
        iam.CfnManagedPolicy(stack, "Policy", policy_document=document)

    return add


def said(stack: cdk.Stack) -> list[str]:
    """What the proof says, without the place."""
    with pytest.raises(AssertionError) as failed:
        assert_iam_precise(stack)
    first, *lines = str(failed.value).splitlines()
    assert first.startswith("Policies are precise: ")
    assert all(line.startswith("- Churn/") for line in lines)
    return [line.partition("]: ")[2] for line in lines]


def test_policies_that_the_cdk_grants_are_precise_once_their_wildcards_are_argued_for(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Bucket", encryption_key=key, enforce_ssl=True)
    topic, queue = sns.Topic(stack, "Topic"), sqs.Queue(stack, "Queue")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    bucket.grant_read(role)
    topic.grant_publish(role)
    queue.grant_send_messages(role)
    logs.LogGroup(stack, "Logs").grant_write(role)
    assert {line.split(" is a wildcard")[0] for line in said(stack)} == {
        *("s3:GetBucket*", "s3:GetObject*", "s3:List*", f"<{stack.resolve(bucket.bucket_arn)['Fn::GetAtt'][0]}.Arn>/*"),
    }
    acknowledge(role.node.find_child("DefaultPolicy"), "Granted by the CDK.", "AwsSolutions-IAM5")
    assert_iam_precise(stack)


def test_an_argument_for_one_wildcard_is_none_for_another(stack: cdk.Stack, policy: Policy) -> None:
    policy(Action="s3:GetObject", Resource=["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"])
    acknowledge(
        stack.node.find_child("Policy"),
        "Its objects are named by time.",
        "AwsSolutions-IAM5[Resource::arn:aws:s3:::a/*]",
    )
    assert said(stack) == [
        "arn:aws:s3:::b/* is a wildcard nobody argues for. "
        "Name it, or acknowledge AwsSolutions-IAM5[Resource::arn:aws:s3:::b/*]."
    ]


def test_an_argument_is_no_excuse_for_a_bare_wildcard_on_what_can_be_named(stack: cdk.Stack, policy: Policy) -> None:
    policy(Action="s3:GetObject", Resource="*")
    acknowledge(stack.node.find_child("Policy"), "Because.", "AwsSolutions-IAM5[Resource::*]")
    assert said(stack) == [
        's3:GetObject takes accesspointobject or object: name them instead of "*", in a statement of their own.'
    ]


def test_a_bucket_is_no_object(stack: cdk.Stack, policy: Policy) -> None:
    bucket = s3.CfnBucket(stack, "Bucket")
    policy(Action="s3:GetObject", Resource=bucket.attr_arn)
    assert said(stack)[0] == "s3:GetObject takes accesspointobject or object, but none is named: <Bucket.Arn>."


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "*", "Resource": "*"}, "allows every action of every service. Name the actions."),
        (
            {"Action": "sagemkaer:InvokeEndpoint", "Resource": "*"},
            "sagemkaer:InvokeEndpoint does not exist. Did you mean sagemaker?",
        ),
        ({"Action": "s3:Fetch*", "Resource": "*"}, "s3:Fetch* does not exist."),
        (
            {"NotAction": "iam:*", "Resource": "*"},
            "allows everything except what NotAction lists. List what is allowed instead.",
        ),
        (
            {"Action": "sts:GetCallerIdentity", "NotResource": "arn:aws:s3:::b"},
            "allows everything except what NotResource lists. List what is allowed instead.",
        ),
        (
            {"Action": ["sts:AssumeRole"], "Resource": ["arn:aws:iam::1:role/r", "arn:aws:s3:::b"]},
            "arn:aws:s3:::b is nothing that sts:AssumeRole takes. Remove it.",
        ),
    ],
)
def test_an_imprecise_statement_is_named(
    stack: cdk.Stack, policy: Policy, statement: dict[str, Any], expected: str
) -> None:
    policy(**statement)
    assert said(stack)[0].startswith(expected)


def test_condition_keys_are_those_of_the_action_its_resources_or_of_every_request(
    stack: cdk.Stack, policy: Policy
) -> None:
    keys = {
        "aws:PrincipalOrgID": "o",
        "kms:ViaService": "s3",
        "kms:EncryptionContext:aws:s3:arn": "a",
        "aws:ResourceTag/x": "y",
    }
    policy(Action="kms:Decrypt", Resource="arn:aws:kms:eu-west-1:1:key/k", Condition={"StringEquals": keys})
    assert_iam_precise(stack)


def test_a_key_that_only_some_actions_have_is_for_conditions_that_allow_its_absence(stack: cdk.Stack) -> None:
    def add(id: str, operator: str) -> None:
        statement = {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:CreateGrant"],
            "Resource": "arn:aws:kms:eu-west-1:1:key/k",
            "Condition": {operator: {"kms:GrantIsForAWSResource": "true"}},
        }
        iam.CfnManagedPolicy(stack, id, policy_document={"Statement": [statement]})

    add("Lenient", "BoolIfExists")
    assert_iam_precise(stack)
    add("Strict", "Bool")
    assert said(stack) == [
        "kms:Decrypt does not have the condition key kms:GrantIsForAWSResource. Use one that they have."
    ]


def test_federated_trust_may_ask_for_the_keys_of_its_provider(stack: cdk.Stack) -> None:
    provider = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
    conditions = {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}
    iam.Role(stack, "Role", assumed_by=iam.WebIdentityPrincipal(provider, conditions))
    assert_iam_precise(stack)


def test_policies_of_resources_may_have_wildcards_and_are_spelt_right(stack: cdk.Stack) -> None:
    document = {
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObjcet", "Resource": "arn:aws:s3:::b/*"}]
    }
    s3.CfnBucketPolicy(stack, "Policy", bucket="b", policy_document=document)
    assert said(stack) == ["s3:GetObjcet does not exist. Did you mean s3:GetObject?"]


def test_policies_that_are_json_in_a_string_are_read(stack: cdk.Stack) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "es.amazonaws.com"},
        "Action": "logs:PutLogEvent",
        "Resource": "*",
    }
    document = stack.to_json_string({"Statement": [statement], "Version": stack.stack_id})
    logs.CfnResourcePolicy(stack, "Policy", policy_name="p", policy_document=document)
    assert said(stack) == ["logs:PutLogEvent does not exist. Did you mean logs:PutLogEvents?"]


def test_a_function_of_the_cdk_is_precise(stack: cdk.Stack) -> None:
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    lambda_.Function(stack, "Function", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=code)
    assert_iam_precise(stack)


def test_every_action_of_aws_can_be_looked_up() -> None:
    count = sum(
        len(iam_catalog.actions(f"{service}:*")) for service in ("s3", "sagemaker", "bedrock", "glue", "lakeformation")
    )
    assert count > 900


def test_resources_of_a_stack_have_the_arn_of_their_type() -> None:
    assert iam_catalog.resource_arn("AWS::KMS::Key") == "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"
    assert iam_catalog.resource_arn("AWS::Logs::LogGroup").endswith(":log-group:${LogGroupName}:*")  # type: ignore[union-attr]
    assert iam_catalog.resource_arn("AWS::Nothing::Here") is None
    assert iam_catalog.resource_arn("Custom::Thing") is None


def test_the_exception_for_a_sometimes_scoped_action_is_about_one_that_exists() -> None:
    for name in iam_catalog.SOMETIMES_WITHOUT_RESOURCE:
        (action,) = iam_catalog.actions(name)
        assert action.resources
        assert action.name == name
