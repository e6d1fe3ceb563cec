"""Every subject works in every partition, or says at synth why it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.assembly import Assembly
from cdk_ml.errors import ConfigurationError
from cdk_ml.rehearsal.schemas import schema_of
from cdk_ml.testing import assert_compliant, assert_portable
from cdk_ml.workspace import Profile
from tests.proofs.assemblies import assembly, edited
from tests.proofs.subjects import SUBJECTS, Subject

# One of each partition.
REGIONS = ("eu-west-1", "us-gov-west-1", "cn-north-1")
# Profiles decide on sizes and retention, not on partitions.
PRODUCTION = [subject for subject in SUBJECTS if subject.profile == Profile.PRODUCTION]


def synthesized(subject: Subject, region: str) -> Assembly | None:
    """The assembly of a subject in a region, or None where a construct refuses the region by name."""
    try:
        return assembly(subject, region)
    except ConfigurationError as refused:
        if region not in str(refused):
            raise
        return None


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_a_stack_without_a_region_fits_every_partition(subject: Subject) -> None:
    assert_portable(assembly(subject))


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("subject", PRODUCTION, ids=str)
def test_a_stack_in_a_region_fits_its_partition(subject: Subject, region: str) -> None:
    made = synthesized(subject, region)
    if made is not None:
        assert [template.region for template in made.templates] == [region] * len(made.templates)
        assert_portable(made)


def is_another_matter(made: Assembly, region: str) -> bool:
    """Whether cfn-lint may say something in a region that it does not say where there is none.

    What it knows by region are the schemas of types, most of which are everywhere the same, and types of instances.
    """
    types = {resource.type for template in made.templates for resource in template.resources.values()}
    return any(schema_of(each, region) != schema_of(each, "us-east-1") for each in types) or any(
        '"InstanceType' in template.file.read_text() for template in made.templates
    )


@pytest.mark.parametrize("region", REGIONS)
def test_cfn_lint_has_nothing_to_say_about_any_subject(region: str) -> None:
    # Without a region, the proof of compliance has all of them checked.
    made = [
        found
        for subject in PRODUCTION
        if (found := synthesized(subject, region)) is not None and is_another_matter(found, region)
    ]
    assert made, "a region in which nothing synthesizes proves nothing"
    assert_compliant(Assembly.join(made), ["cfn-lint"])


def topic(**properties: Any) -> Callable[[dict[str, Any]], Any]:
    def change(raw: dict[str, Any]) -> None:
        raw["Resources"]["Mutant"] = {"Type": "AWS::SNS::Topic", "Properties": properties}

    return change


def unknown_type(raw: dict[str, Any]) -> None:
    raw["Resources"]["Mutant"] = {"Type": "AWS::LookoutVision::Projekt"}


def principal(service: str) -> Callable[[dict[str, Any]], Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish", "Resource": "*"}

    def change(raw: dict[str, Any]) -> None:
        document = {"Version": "2012-10-17", "Statement": [statement]}
        properties = {"Topics": ["t"], "PolicyDocument": document}
        raw["Resources"]["Mutant"] = {"Type": "AWS::SNS::TopicPolicy", "Properties": properties}

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            topic(KmsMasterKeyId="arn:aws:kms:eu-west-1:1:key/k"),
            "Mutant: arn:aws:kms:eu-west-1:1:key/k is in aws, but the stack is in no region, so it may be in any. "
            "Use Aws.PARTITION.",
        ),
        (
            topic(KmsMasterKeyId={"Fn::Join": ["", ["arn:aws:kms:", {"Ref": "AWS::Region"}, ":1:key/k"]]}),
            "Mutant: arn:aws:kms:<AWS::Region>:1:key/k is in aws, but the stack is in no region, so it may be in any. "
            "Use Aws.PARTITION.",
        ),
        (
            unknown_type,
            "Mutant: CloudFormation has no AWS::LookoutVision::Projekt in us-east-1. Leave it out there, or refuse the "
            "region at synth.",
        ),
        (
            principal("logs.eu-west-1.amazonaws.com"),
            "Mutant: logs.eu-west-1.amazonaws.com is in eu-west-1, but the stack is in no region. Use Aws.REGION.",
        ),
        (
            principal("ec2.amazonaws.com.cn"),
            "Mutant: ec2.amazonaws.com.cn is no service principal here. Use <service>.amazonaws.com.",
        ),
    ],
    ids=[
        "a literal partition",
        "a literal partition in a join",
        "a type",
        "a principal's region",
        "a principal's suffix",
    ],
)
def test_the_proof_fails_for(change: Callable[[dict[str, Any]], Any], expected: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as failed:
        assert_portable(edited(tmp_path / "cdk.out", change))
    assert str(failed.value) == f"Templates fit their regions: 1 problem\n- {expected}"


def test_cfn_lint_fails_the_proof_for_a_property_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"Mutant: cfn-lint::E3002: .*'TopicNam'"):
        assert_compliant(edited(tmp_path / "cdk.out", topic(TopicNam="x")), ["cfn-lint"])


def test_the_edited_subject_is_sound_before_it_is_edited(tmp_path: Path) -> None:
    assert_portable(edited(tmp_path / "cdk.out", lambda raw: raw))
