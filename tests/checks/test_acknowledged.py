"""Which acknowledgement covers which finding; one place decides it for every pack."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_ml.assembly import Acknowledgement
from cdk_ml.checks import Finding, Severity
from cdk_ml.checks.acknowledged import acknowledge

IAM5 = "AwsSolutions-IAM5[Resource::<Key.Arn>/*]"


def finding(**changes: Any) -> Finding:
    fields = {
        "pack": "AwsSolutions",
        "rule": IAM5,
        "stack": "App",
        "logical_id": "Policy",
        "path": "App/Role/Policy/Resource",
    }
    return Finding(severity=Severity.ERROR, message="m", **(fields | changes))


def at(path: str, rule: str = f"AwsSolutions::{IAM5}", **more: Any) -> Acknowledgement:
    return Acknowledgement(rule, "because", path, **({"stack": "App"} | more))


@pytest.mark.parametrize(
    ("acknowledgement", "covers"),
    [
        (at("App/Role/Policy/Resource"), True),
        (at("App/Role"), True),
        (at("App"), True),
        (at("", stack=""), True),
        (at("App/Ro"), False),
        (at("App/Role/Policy/Resource/Below"), False),
        (at("Other"), False),
        (at("App/Role", rule=f"Annotation::{IAM5}"), True),
        (at("App/Role", rule=f"annotation::{IAM5}"), True),
        (at("App/Role", rule=f"NIST.800.53.R5::{IAM5}"), False),
        (at("App/Role", rule="AwsSolutions::AwsSolutions-IAM5"), False),
        (at("App/Role", rule="AwsSolutions::AwsSolutions-IAM5[Resource::*]"), False),
        (at("", rule="AwsSolutions-IAM5", logical_id="Policy", in_template=True, finding=".*"), True),
        (at("", rule="AwsSolutions-IAM5", logical_id="Other", in_template=True, finding=".*"), False),
        (at("", rule="AwsSolutions-IAM5", logical_id="Policy", in_template=True, finding="^Resource::<Key"), True),
        (at("", rule="AwsSolutions-IAM5", logical_id="Policy", in_template=True, finding="^Action::"), False),
    ],
)
def test_an_acknowledgement_covers_its_rule_at_its_construct_and_below(
    acknowledgement: Acknowledgement, covers: bool
) -> None:
    ((marked,), _) = acknowledge([finding()], [acknowledgement], ["AwsSolutions"])
    assert marked.acknowledged == ("because" if covers else None)
    assert marked.fails is not covers


def test_spaces_in_ids_count_as_hyphens() -> None:
    own = finding(pack="CloudFormation-Validate", rule="Custom rule 1")
    ((marked,), _) = acknowledge([own], [at("App", rule="CloudFormation Validate::Custom-rule-1")], [own.pack])
    assert marked.acknowledged == "because"


def test_the_closest_acknowledgement_gives_the_reason() -> None:
    close = Acknowledgement(f"AwsSolutions::{IAM5}", "close", "App/Role", "App")
    ((marked,), stale) = acknowledge([finding()], [at("App"), close], ["AwsSolutions"])
    assert marked.acknowledged == "close"
    assert stale == ()


@pytest.mark.parametrize(
    ("acknowledgement", "is_stale"),
    [
        (at("App/Elsewhere"), True),
        (at("App", rule="Annotation::AwsSolutions-S1"), True),
        (at("App", rule="NIST.800.53.R5::NIST.800.53.R5-S3BucketLoggingEnabled"), False),
        (at("App", rule="Annotation::@aws-cdk/aws-ec2:somethingElse"), False),
        (at("App", rule="CloudFormation-Validate::W3010"), False),
        (at("App", rule="AwsSolutions-S1", in_template=True), False),
    ],
)
def test_only_the_author_of_a_pack_that_ran_is_told_what_matches_nothing(
    acknowledgement: Acknowledgement, is_stale: bool
) -> None:
    _, stale = acknowledge([finding()], [acknowledgement], ["AwsSolutions", "CloudFormation-Validate"])
    assert stale == ((acknowledgement,) if is_stale else ())
