"""A CDK app written with nothing of ours, checked by cdk-nag inside the app, and the assembly it wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.assembly import Assembly, read
from cdk_ml.node import prefer_bundled_node


@dataclass(frozen=True)
class Canary:
    """:ivar in_app: the report that CDK itself wrote about the findings of its packs."""

    assembly: Assembly
    in_app: tuple[Mapping[str, Any], ...]


@pytest.fixture(scope="session")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Canary:
    prefer_bundled_node()
    import aws_cdk as cdk
    import cdk_nag

    folder = tmp_path_factory.mktemp("canary") / "cdk.out"
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    _stack(app, "Canary")
    _stack(cdk.Stage(app, "Prod", env=cdk.Environment(account="111111111111", region="eu-west-1")), "Canary")
    _acknowledge(app, "AwsSolutions::AwsSolutions-SM1", "on the app")
    packs = ("AwsSolutionsChecks", "NIST80053R5Checks", "HIPAASecurityChecks", "PCIDSS321Checks")
    plugins = [getattr(cdk_nag, pack)() for pack in packs]
    cdk.Validations.of(app).add_plugins(*plugins, cdk.CloudFormationValidatePlugin())
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    reports = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return Canary(read(folder), tuple(r for r in reports if r["pluginName"] != "Construct Annotations"))


def _stack(scope: Any, name: str) -> None:
    from aws_cdk import NestedStack, RemovalPolicy, Stack
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_sagemaker as sagemaker
    from aws_cdk import aws_sns as sns

    stack = Stack(scope, name)
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Bucket", encryption_key=key, removal_policy=RemovalPolicy.DESTROY)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    bucket.grant_read_write(role)
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["sagemaker:*"], resources=[f"{stack.format_arn(service='sagemaker', resource='endpoint')}/*"]
        )
    )
    sagemaker.CfnNotebookInstance(stack, "Notebook", role_arn=role.role_arn, instance_type="ml.t3.medium")
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_9,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    sns.Topic(stack, "Topic").grant_publish(function)
    nested = NestedStack(stack, "Nested")
    s3.Bucket(nested, "Inner")
    _acknowledge(
        role, "AwsSolutions::AwsSolutions-IAM5[Resource::<Bucket83908E77.Arn>/*]", "the bucket is the role's own"
    )
    _acknowledge(function, "AwsSolutions-L1", "without the name of the pack")
    _acknowledge(nested, "AwsSolutions::AwsSolutions-S1", "logs are kept elsewhere")
    _acknowledge(stack, "HIPAA.Security::HIPAA.Security-S3BucketReplicationEnabled", "one region")
    _acknowledge(stack, "AwsSolutions::AwsSolutions-RDS2", "there is no database")


def _acknowledge(construct: Any, rule: str, reason: str) -> None:
    from aws_cdk import Acknowledgment, Validations

    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


@pytest.fixture
def template_of(tmp_path: Path) -> Callable[[Mapping[str, Any]], Assembly]:
    """Makes an assembly of one plain template with these resources."""

    def make(resources: Mapping[str, Any]) -> Assembly:
        file = tmp_path / "app.template.json"
        file.write_text(json.dumps({"Resources": resources}, indent=1))
        return read(file)

    return make
