"""How far a template tells what an action is done to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.assembly import read
from cdk_ml.rehearsal.permissions import execution_policy
from tests.rehearsal.permissions.conftest import Policy, resources_of, subjects


def role(service: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [statement]}}}


@pytest.mark.parametrize(
    ("resource", "action", "arns"),
    [
        ({"Type": "AWS::S3::Bucket"}, "s3:CreateBucket", {"arn::s3:::churn-it-*"}),
        (
            {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "churn-${AWS::AccountId}"}}},
            "s3:CreateBucket",
            {"arn::s3:::churn-"},
        ),
        ({"Type": "AWS::S3::Bucket"}, "s3:PutObjectAcl", {"arn::s3:::churn-it-*/*"}),
        (
            {"Type": "AWS::SageMaker::Model"},
            "sagemaker:CreateModel",
            {"arn::sagemaker:::model/It*", "arn::sagemaker:::model/it*"},
        ),
        ({"Type": "AWS::EC2::VPC"}, "ec2:CreateVpc", {"arn::ec2:::vpc/*"}),
        ({"Type": "AWS::EC2::VPC"}, "ec2:DescribeVpcs", {"*"}),
        (
            {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/churn"}},
            "logs:CreateLogGroup",
            {"arn::logs:::log-group:/churn", "arn::logs:::log-group:/churn:*"},
        ),
        (
            {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "reader", "Path": "/ml/"}},
            "iam:CreateRole",
            {"arn::iam:::role/ml/reader"},
        ),
        ({"Type": "AWS::StepFunctions::StateMachine"}, "states:DeleteStateMachine", {"arn::states:::stateMachine:*"}),
        (
            {"Type": "AWS::Glue::Table", "Properties": {"DatabaseName": "churn", "TableInput": {"Name": "raw"}}},
            "glue:CreateTable",
            {
                *("arn::glue:::catalog", "arn::glue:::database/churn", "arn::glue:::table/churn/*"),
                *("arn::glue:::connection/*", "arn::glue:::registry/*", "arn::glue:::schema/*"),
            },
        ),
    ],
)
def test_names_are_taken_from_the_template_or_foretold(
    policy: Policy, resource: dict[str, Any], action: str, arns: set[str]
) -> None:
    assert resources_of(policy({"It": resource}), action) == arns


def test_a_long_name_is_foretold_as_far_as_it_is_not_cut(policy: Policy) -> None:
    (arn,) = resources_of(policy({"R" * 90: role("glue.amazonaws.com")}), "iam:CreateRole")
    foretold = arn.partition("role/")[2].removesuffix("*")
    assert foretold.startswith("Churn-RRRR")
    assert len(foretold) <= 64 - 13


def test_an_action_on_another_resource_names_that_one(policy: Policy) -> None:
    template = {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Other": {"Type": "AWS::SNS::Topic"},
        "Policy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": {"Statement": []}},
        },
    }
    needs = [n for n in policy(template).needs if n.logical_id == "Policy" and n.action == "sns:SetTopicAttributes"]
    assert [need.resources[0].rpartition(":")[2] for need in needs] == ["Churn-Topic-*"]


def test_only_what_a_resource_is_may_be_tagged_for_it(policy: Policy) -> None:
    template = {
        "Vpc": {"Type": "AWS::EC2::VPC"},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    }
    made = {need.action: need.resources for need in policy(template).needs if need.logical_id == "Subnet"}
    assert [arn.rpartition(":")[2] for arn in made["ec2:CreateTags"]] == ["subnet/*"]
    assert [arn.rpartition(":")[2] for arn in made["ec2:CreateSubnet"]] == ["subnet/*", "vpc/*"]


def test_nobody_is_granted_what_a_template_does_not_name(policy: Policy) -> None:
    inline = {
        "Reader": role("glue.amazonaws.com"),
        "Policy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "p", "PolicyDocument": {"Statement": []}, "Roles": [{"Ref": "Reader"}]},
        },
    }
    made = policy(inline)
    assert resources_of(made, "iam:PutRolePolicy") == {"arn::iam:::role/Churn-Reader-*"}
    assert not resources_of(made, "iam:PutUserPolicy")
    assert "iam:PutUserPolicy" in subjects(made)


def function(**properties: Any) -> dict[str, Any]:
    code = {"S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}"}, "S3Key": "code.zip"}
    return {"Type": "AWS::Lambda::Function", "Properties": {"Code": code, **properties}}


def passed(policy: Any) -> dict[str, tuple[str, ...]]:
    found = [s for s in policy.statements if s.actions == ("iam:PassRole",)]
    return {arn.rpartition("role/")[2]: statement.passed_to for statement in found for arn in statement.resources}


def test_a_role_is_passed_to_the_service_that_takes_it_among_those_it_trusts(policy: Policy) -> None:
    template = {
        "Both": role(["lambda.amazonaws.com", "edgelambda.amazonaws.com"]),
        "Idle": role("glue.amazonaws.com"),
        "It": function(Role={"Fn::GetAtt": ["Both", "Arn"]}),
    }
    assert passed(policy(template)) == {"Churn-Both-*": ("lambda.amazonaws.com",)}


def test_a_role_that_is_only_talked_about_is_not_passed(policy: Policy) -> None:
    template = {
        "Used": role("lambda.amazonaws.com"),
        "Told": role("glue.amazonaws.com"),
        "It": function(
            Role={"Fn::GetAtt": ["Used", "Arn"]},
            Environment={"Variables": {"ROLE": {"Fn::GetAtt": ["Told", "Arn"]}}},
        ),
    }
    assert passed(policy(template)) == {"Churn-Used-*": ("lambda.amazonaws.com",)}


def test_a_role_from_outside_is_passed_by_its_name_and_by_the_type_that_takes_it(policy: Policy) -> None:
    template = {
        "It": function(Role={"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/ops/runner"}),
        "Given": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"TaskRoleArn": {"Ref": "RoleArn"}}},
    }
    made = policy(template, Parameters={"RoleArn": {"Type": "String"}})
    assert passed(made) == {"ops/runner": ("lambda.amazonaws.com",), "*": ("ecs-tasks.amazonaws.com",)}


def test_code_is_read_from_the_bucket_that_the_template_names(policy: Policy) -> None:
    assert resources_of(policy({"It": function(Role="arn:aws:iam::111122223333:role/r")}), "s3:GetObject") == {
        "arn::s3:::assets-/*"
    }


def test_a_custom_resource_calls_its_provider_and_metadata_calls_nobody(policy: Policy) -> None:
    template = {
        "Runner": role("lambda.amazonaws.com"),
        "Provider": function(Role={"Fn::GetAtt": ["Runner", "Arn"]}),
        "It": {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Provider", "Arn"]}}},
        "Meta": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2"}},
    }
    made = policy(template)
    assert resources_of(made, "lambda:InvokeFunction") == {"arn::lambda:::function:Churn-Provider-*"}
    assert not {need.logical_id for need in made.needs} & {"Meta"}


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        ("Acme::Private::Thing", "nobody but its author knows"),
        ("AWS::CodeBuild::Project", "inferred from the names"),
        ("AWS::Serverless::Function", "publishes no permissions"),
    ],
)
def test_a_type_without_handlers_is_reported(policy: Policy, type_: str, message: str) -> None:
    (note,) = (note for note in policy({"It": {"Type": type_}}).notes if note.subject == type_)
    assert message in note.message
    assert note.incomplete


def test_permissions_are_inferred_where_aws_publishes_none(policy: Policy) -> None:
    build = {"Type": "AWS::CodeBuild::Project", "Properties": {"ServiceRole": {"Ref": "Builder"}}}
    made = policy({"It": build, "Builder": role("codebuild.amazonaws.com")})
    assert {"codebuild:CreateProject", "codebuild:UpdateProject", "codebuild:DeleteProject"} <= {
        need.action for need in made.needs
    }
    assert passed(made) == {"Churn-Builder-*": ("codebuild.amazonaws.com",)}


def test_what_iam_does_not_know_is_left_out_with_a_note(policy: Policy) -> None:
    made = policy({"It": {"Type": "AWS::Logs::LogGroup"}})
    assert "s3:REST.PUT.OBJECT" in subjects(made)
    assert not any("REST" in action for statement in made.statements for action in statement.actions)


def test_wildcards_of_schemas_are_spelt_out_and_reported(policy: Policy) -> None:
    made = policy({"It": {"Type": "AWS::Redshift::Cluster"}})
    assert not any("*" in action for statement in made.statements for action in statement.actions)
    wild = [note for note in made.notes if "*" in note.subject]
    assert wild
    assert all("stands for" in note.message for note in wild)


def test_values_that_are_looked_up_while_deploying_may_be_read(policy: Policy) -> None:
    parameters = {"Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/x/version"}}
    secret = {"DisplayName": "{{resolve:secretsmanager:churn-db:SecretString:password}}"}
    made = policy({"It": {"Type": "AWS::SNS::Topic", "Properties": secret}}, Parameters=parameters)
    assert resources_of(made, "ssm:GetParameters") == {"arn::ssm:::parameter/cdk-bootstrap/x/version"}
    assert resources_of(made, "secretsmanager:GetSecretValue") == {"arn::secretsmanager:::secret:churn-db-*"}


def nested(folder: Path) -> Path:
    def artifact(file: str, entries: dict[str, Any]) -> dict[str, Any]:
        return {"type": "aws:cloudformation:stack", "properties": {"templateFile": file}, "metadata": entries}

    child = {
        "Parameters": {"RoleArn": {"Type": "String"}},
        "Resources": {"It": function(Role={"Ref": "RoleArn"})},
    }
    stack = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {
            "TemplateURL": {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/assets/child.json"},
            "Parameters": {"RoleArn": {"Fn::GetAtt": ["Runner", "Arn"]}},
        },
        "Metadata": {
            "aws:cdk:path": "Churn/Child.NestedStack/Child.NestedStackResource",
            "aws:asset:path": "child.json",
        },
    }
    (folder / "child.json").write_text(json.dumps(child))
    (folder / "Churn.json").write_text(
        json.dumps({"Resources": {"Runner": role("lambda.amazonaws.com"), "Child": stack}})
    )
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Churn": artifact("Churn.json", {})}}))
    return folder


def test_a_nested_stack_is_made_read_and_followed(tmp_path: Path) -> None:
    made = execution_policy(read(nested(tmp_path)))
    assert resources_of(made, "s3:GetObject") >= {"arn::s3:::assets/child.json"}
    assert resources_of(made, "cloudformation:CreateStack") == {"arn::cloudformation:::stack/Churn-Child-*/*"}
    assert resources_of(made, "lambda:CreateFunction") == {"arn::lambda:::function:Churn-*"}
    assert passed(made) == {"Churn-Runner-*": ("lambda.amazonaws.com",)}


def test_a_stack_bound_to_an_environment_is_allowed_there_only(tmp_path: Path) -> None:
    (tmp_path / "Churn.json").write_text(json.dumps({"Resources": {"It": {"Type": "AWS::SNS::Topic"}}}))
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-west-1",
        "properties": {"templateFile": "Churn.json"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"Churn": artifact}}))
    (statement, *_) = execution_policy(read(tmp_path)).documents()[0]["Statement"]
    assert statement["Resource"] == "arn:*:sns:eu-west-1:111122223333:Churn-It-*"


def test_a_role_exported_by_another_stack_is_passed_by_its_name(tmp_path: Path) -> None:
    exported = {"Value": {"Fn::GetAtt": ["Runner", "Arn"]}, "Export": {"Name": "Base:Runner"}}
    base = {"Resources": {"Runner": role("lambda.amazonaws.com")}, "Outputs": {"Arn": exported}}
    churn = {"Resources": {"It": function(Role={"Fn::ImportValue": "Base:Runner"})}}
    artifacts = {}
    for name, template in (("Base", base), ("Churn", churn)):
        (tmp_path / f"{name}.json").write_text(json.dumps(template))
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    assert passed(execution_policy(read(tmp_path))) == {"Base-Runner-*": ("lambda.amazonaws.com",)}


def bucket(name: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}


def test_names_that_are_made_of_each_other_end_in_anything(policy: Policy) -> None:
    made = policy({"A": bucket({"Fn::Sub": "${B}-a"}), "B": bucket({"Fn::Sub": "${A}-b"})})

    assert resources_of(made, "s3:CreateBucket") == {"arn::s3:::*-a-b-a", "arn::s3:::*-b-a-b"}


def test_a_long_chain_of_names_is_followed_a_part_of_the_way(policy: Policy) -> None:
    chain = {f"B{i}": bucket({"Fn::Sub": f"${{B{i + 1}}}-x"}) for i in range(200)}

    made = resources_of(policy(chain | {"B200": bucket("end")}), "s3:CreateBucket")

    assert "arn::s3:::end-x-x" in made
    assert "arn::s3:::*" + "-x" * 13 in made
