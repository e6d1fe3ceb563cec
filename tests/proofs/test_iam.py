"""Policies of every subject grant what they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.testing import assert_iam_precise
from cdk_ml.testing.iam_statements import statements
from tests.proofs.assemblies import assembly, edited
from tests.proofs.subjects import SUBJECTS, Subject


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_policies_are_precise(subject: Subject) -> None:
    assert_iam_precise(assembly(subject))


def test_there_are_policies_of_every_kind_to_prove() -> None:
    found = [s for subject in SUBJECTS for template in assembly(subject).templates for s in statements(template)]
    assert {(s.of_resource, s.allows) for s in found} == {(True, True), (True, False), (False, True), (False, False)}


def statement(raw: dict[str, Any], action: str) -> dict[str, Any]:
    """The statement of a role's policy that allows ``action``."""
    (found,) = [
        statement
        for resource in raw["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if action in statement["Action"]
    ]
    mutable: dict[str, Any] = found
    return mutable


MUTATIONS: dict[str, tuple[str, Callable[[dict[str, Any]], Any], str]] = {
    "an action that does not exist": (
        "kms:CreateGrant",
        lambda s: s.update(Action="kms:CreateGrants"),
        "kms:CreateGrants does not exist. Did you mean kms:CreateGrant?",
    ),
    "a spelling that is not AWS's": (
        "kms:CreateGrant",
        lambda s: s.update(Action="kms:createGrant"),
        "kms:createGrant is spelt kms:CreateGrant by AWS. Write it so: searches and other tools compare letters.",
    ),
    "a bare wildcard on what can be named": (
        "kms:CreateGrant",
        lambda s: s.update(Resource="*"),
        'kms:CreateGrant takes key: name them instead of "*", in a statement of their own.',
    ),
    "a resource of another type": (
        "kms:CreateGrant",
        lambda s: s.update(Resource="arn:aws:s3:::churn"),
        "kms:CreateGrant takes key, but none is named: arn:aws:s3:::churn.",
    ),
    "a condition key of another service": (
        "kms:CreateGrant",
        lambda s: s.update(Condition={"StringEquals": {"s3:prefix": "x"}}),
        "kms:CreateGrant does not have the condition key s3:prefix. Use one that they have.",
    ),
    "a resource for an action that takes none": (
        "ecr:GetAuthorizationToken",
        lambda s: s.update(Resource="arn:aws:ecr:eu-west-1:111111111111:repository/churn"),
        'ecr:GetAuthorizationToken takes no resource: this allows nothing. Move it to a statement with "*".',
    ),
    "a wildcard without an argument": (
        "kms:CreateGrant",
        lambda s: s.update(Resource="arn:aws:kms:eu-west-1:111111111111:key/*"),
        "arn:aws:kms:eu-west-1:111111111111:key/* is a wildcard nobody argues for. "
        "Name it, or acknowledge AwsSolutions-IAM5[Resource::arn:aws:kms:eu-west-1:111111111111:key/*].",
    ),
    "a role passed to anybody": (
        "kms:CreateGrant",
        lambda s: s.update(Action="iam:PassRole", Resource="arn:aws:iam::111111111111:role/churn", Condition={}),
        "iam:PassRole without a condition on iam:PassedToService lets the role be handed to any service. "
        "Add StringEquals on iam:PassedToService, such as sagemaker.amazonaws.com.",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_proof_fails_for(name: str, tmp_path: Path) -> None:
    action, change, expected = MUTATIONS[name]
    with pytest.raises(AssertionError) as failed:
        assert_iam_precise(edited(tmp_path / "cdk.out", lambda raw: change(statement(raw, action))))
    assert expected in [line.partition("]: ")[2] for line in str(failed.value).splitlines()]
