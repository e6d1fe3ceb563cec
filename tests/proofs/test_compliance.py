"""No subject, in any profile, has anything to answer for in any pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from cdk_ml.assembly import Assembly, read
from cdk_ml.checks import PACKS, lint, nag
from cdk_ml.testing import assert_compliant
from cdk_ml.workspace import PROFILES, Profile
from stacks import reference_stacks
from tests.checks.conftest import Canary, canary  # noqa: F401 (a fixture)
from tests.conftest import FLAGS
from tests.proofs.assemblies import assembly, edited, named, stacks_are
from tests.proofs.subjects import SUBJECTS


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_no_pack_has_an_open_finding_and_no_acknowledgement_is_stale(profile: Profile) -> None:
    # All at once, because each run of the packs has to start their engines.
    subjects = [subject for subject in SUBJECTS if subject.profile == profile]
    # cfn-lint takes as long as all other packs together. What a profile changes in an example, CDK's validator reads by
    # the same schemas.
    packs = [pack for pack in PACKS if profile == Profile.PRODUCTION or pack != lint.PACK]
    report = assert_compliant(Assembly.join(assembly(subject) for subject in subjects), packs)
    assert len(report.assembly.templates) >= len(subjects)
    assert report.packs == tuple(packs)
    assert {found.pack for found in report.acknowledged} >= {*nag.TITLES}, (
        "a pack that finds nothing at all is not alive"
    )


@pytest.mark.parametrize("profile", [Profile.SANDBOX, Profile.REGULATED], ids=lambda profile: profile.name)
def test_cfn_lint_has_nothing_to_say_about_a_stack_in_another_profile(profile: Profile) -> None:
    stacks = [s for s in SUBJECTS if s.profile == profile and s.name in reference_stacks()]
    assert_compliant(Assembly.join(map(assembly, stacks)), [lint.PACK])


def test_deleting_data_adds_no_finding(tmp_path: Path) -> None:
    # How a bucket is emptied is the workspace's, whatever construct it is for.
    sandboxes = [s for s in SUBJECTS if s.profile == Profile.SANDBOX and s.name in reference_stacks()]
    with patch.dict(FLAGS, {"cdk-ml:delete-data": True}):
        made = []
        for subject in sandboxes:
            with stacks_are(prefix=subject.name):
                made.append(read(subject.synthesize(tmp_path / subject.name)))
    joined = Assembly.join(made)
    assert any(t.of_type("Custom::S3AutoDeleteObjects") for t in joined.templates), "something is deleted"
    assert_compliant(joined)


def test_every_token_is_resolved() -> None:
    left = {str(s) for s in SUBJECTS for t in assembly(s).templates if "Token[" in t.file.read_text()}
    assert left == set(), "text of the CDK's that only it can read was changed before it could"


@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.profile == Profile.PRODUCTION], ids=str)
def test_every_acknowledgement_argues(subject: Any) -> None:
    for acknowledgement in assembly(subject).acknowledgements:
        assert len(acknowledgement.reason) > 60, acknowledgement
        assert acknowledgement.rule.startswith(tuple(f"{pack}::" for pack in (*PACKS, "Annotation"))), acknowledgement


def problems(failed: pytest.ExceptionInfo[AssertionError]) -> list[str]:
    return str(failed.value).splitlines()[1:]


def test_the_proof_finds_in_the_canary_exactly_what_the_packs_find_inside_the_app(canary: Canary) -> None:  # noqa: F811
    with pytest.raises(AssertionError) as failed:
        assert_compliant(canary.assembly, nag.TITLES)
    found = [line for line in problems(failed) if "is acknowledged, but nothing finds it" not in line]
    for pack in nag.TITLES:
        expected = [
            f"- {violating['constructPath']}: {pack}::{violation['ruleName']}: "
            for report in canary.in_app
            if report["pluginName"] == pack
            for violation in report["violations"]
            for violating in violation["violatingConstructs"]
        ]
        said = [line for line in found if f": {pack}::" in line]
        assert expected
        assert len(said) == len(expected)
        assert all(any(line.startswith(start) for line in said) for start in expected)


def test_a_bucket_that_could_be_public_fails_the_proof(tmp_path: Path) -> None:
    def change(raw: dict[str, Any]) -> None:
        bucket = next(r for r in raw["Resources"].values() if r["Type"] == "AWS::S3::Bucket")
        bucket["Properties"].pop("PublicAccessBlockConfiguration")

    with pytest.raises(AssertionError) as failed:
        assert_compliant(edited(tmp_path / "cdk.out", change), ["NIST.800.53.R5"])
    rules = {line.partition("::")[2].partition(":")[0] for line in problems(failed)}
    assert {f"NIST.800.53.R5-S3BucketPublic{kind}Prohibited" for kind in ("Read", "Write")} == rules


def test_an_acknowledgement_that_matches_nothing_fails_the_proof(tmp_path: Path) -> None:
    def change(raw: dict[str, Any]) -> None:
        policies = [r for r in raw["Resources"].values() if r["Type"] == "AWS::IAM::ManagedPolicy"]
        for policy in policies:
            nothing = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::churn/model"}
            policy["Properties"]["PolicyDocument"]["Statement"] = [nothing]

    with pytest.raises(AssertionError) as failed:
        assert_compliant(edited(tmp_path / "cdk.out", change), ["AwsSolutions"])
    stale = [a for a in assembly(named("NeuronInference-production")).acknowledgements if "IAM5" in a.rule]
    assert sorted(problems(failed)) == sorted(
        f"- {a.path}: {a.rule} is acknowledged, but nothing finds it. Remove the acknowledgement." for a in stale
    )
