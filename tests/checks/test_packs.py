"""How a run of packs goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cdk_ml.assembly import Assembly
from cdk_ml.checks import PACKS, UnknownPackError, run
from cdk_ml.checks.extra import MissingExtraError, needs
from cdk_ml.checks.rule import example


def test_every_pack_is_alive_on_one_template_and_findings_come_in_order(template_of: Callable[..., Assembly]) -> None:
    canary = example(
        "AWS::SageMaker::NotebookInstance", InstanceType="ml.t3.medium", RoleArn="arn:aws:iam::1:role/r", Wrong=1
    ) | example("AWS::LookoutVision::Project", ProjectName="p")
    done: list[tuple[str, str]] = []
    report = run(template_of(canary), on_progress=lambda pack, stack: done.append((pack, stack)))
    assert {finding.pack for finding in report.open} == set(PACKS)
    order = [list(PACKS).index(finding.pack) for finding in report.findings]
    assert order == sorted(order)
    assert sorted(done) == sorted((pack, "app") for pack in PACKS)
    assert set(report.seconds) == set(done)
    assert report.seconds_of_stack("app") == pytest.approx(sum(map(report.seconds_of_pack, PACKS)))
    assert not report.passed


def test_infos_do_not_fail_a_check(template_of: Callable[..., Assembly]) -> None:
    cluster = example("AWS::EMR::Cluster")
    report = run(template_of(cluster), ["ML"])
    assert {finding.rule for finding in report.findings} == {"ML-Budget", "ML-CostTags"}
    assert report.open == ()
    assert report.passed


def test_an_unknown_pack_is_refused_with_the_closest_name(template_of: Callable[..., Assembly]) -> None:
    with pytest.raises(UnknownPackError) as refused:
        run(template_of({}), ["AwsSolution"])
    assert str(refused.value) == f"AwsSolution: no such pack. There are {', '.join(PACKS)}. Did you mean AwsSolutions?"


def test_a_missing_package_names_the_command_that_installs_it() -> None:
    with pytest.raises(MissingExtraError) as refused, needs("check", "the cfn-lint pack"):
        import cfnlint_is_not_here.core  # type: ignore[import-not-found]  # noqa: F401
    assert str(refused.value) == "the cfn-lint pack needs cfnlint_is_not_here: pip install 'cdk-ml[check]'."
