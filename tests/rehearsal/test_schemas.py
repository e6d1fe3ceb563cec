"""Schemas say what cfn-lint says, without the time that importing cfn-lint takes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from cdk_ml.assembly import AssemblyError
from cdk_ml.rehearsal import rehearse
from cdk_ml.rehearsal.schemas import regions, regions_of, schema_of
from tests.rehearsal.templates import ROLE, assembly

TYPES = [
    "AWS::SNS::Topic",
    "AWS::EC2::VPC",
    "AWS::SageMaker::EndpointConfig",
    "AWS::S3::Bucket",
    "AWS::RDS::DBInstance",
]
ATTRIBUTES = ["Arn", "TopicName", "CidrBlock", "EndpointConfigName", "BucketName", "Endpoint.Address", "Nothing"]


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_type_has_the_attributes_that_cfn_lint_knows(type_: str, attribute: str) -> None:
    schema = schema_of(type_, "us-east-1")
    known = PROVIDER_SCHEMA_MANAGER.get_type_getatts(type_, "us-east-1").get(attribute) is not None

    assert schema is not None
    assert schema.has_attribute(attribute) == known


def test_a_schema_says_what_replaces_and_how_long_handlers_take() -> None:
    table = schema_of("AWS::DynamoDB::Table", "us-east-1")

    assert table is not None
    assert ("TableName",) in table.create_only
    assert table.conditional == (("KeySchema",),)
    assert table.identifier == ("TableName",)
    assert (table.minutes("create"), table.minutes("read")) == (720, 120)


def test_types_are_those_of_the_region() -> None:
    assert schema_of("AWS::BedrockAgentCore::Runtime", "il-central-1") is None
    assert "us-east-1" in regions_of("AWS::BedrockAgentCore::Runtime")
    assert len(regions()) > 30


def test_a_region_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(AssemblyError, match=r"mars-north-1: no such region\. There are .*us-east-1"):
        rehearse(assembly({"R": ROLE}), region="mars-north-1")


def test_a_rehearsal_does_not_import_cfn_lint() -> None:
    code = (
        "import sys; from tests.rehearsal.templates import ROLE, created, resource;"
        "created({'R': ROLE, 'V': resource('AWS::EC2::VPC', {'CidrBlock': '10.0.0.0/16'}),"
        " 'P': resource('AWS::SSM::Parameter', {'Type': 'String', 'Value': {'Fn::GetAtt': 'V.CidrBlock'}})});"
        "print('cfnlint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment())

    assert done.stdout.strip() == "False"


def _environment() -> dict[str, str]:
    import os

    return os.environ | {"PYTHONPATH": os.pathsep.join(["constructs", ".", os.environ.get("PYTHONPATH", "")])}
