"""Proves that nobody has to answer for a stack: no open finding, and no acknowledgement that matches nothing.

https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cdk_ml.checks import PACKS, Report, run
from cdk_ml.checks.finding import sentences
from cdk_ml.testing.subject import assembly_of, expect_none

if TYPE_CHECKING:
    from cdk_ml.testing.subject import Subject


def assert_compliant(subject: Subject, packs: Iterable[str] = tuple(PACKS)) -> Report:
    """Fail when a check pack has an open finding, or when an acknowledgement matches none.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_sqs as sqs
    >>> from cdk_ml.testing import assert_compliant
    >>> stack = cdk.Stack(cdk.App(), "Queues")
    >>> queue = sqs.CfnQueue(stack, "Queue", kms_master_key_id="alias/aws/sqs")
    >>> report = assert_compliant(stack, packs=["ML", "Lifecycle"])
    >>> report.passed
    True

    :param subject: a stack, an app, an assembly or the path of one.
    :param packs: names of packs as ``cdk-ml list packs`` prints them; all of them when not given. Needs the ``check``
        extra for all but ML and Lifecycle.
    :returns: the report, with what was acknowledged and why.
    :raises AssertionError: one line for each finding: where, which rule, what is wrong, what to do.
    :raises cdk_ml.checks.UnknownPackError: for a pack that does not exist.
    """
    report = run(assembly_of(subject), packs)
    expect_none(_lines(report), f"Nothing open in {', '.join(report.packs)}")
    return report


def _lines(report: Report) -> Iterator[str]:
    for found in report.open:
        place = found.path or found.logical_id or found.stack
        yield f"{place}: {found.id}: {sentences(found.message, found.fix)}"
    for stale in report.stale:
        yield f"{stale.path}: {stale.rule} is acknowledged, but nothing finds it. Remove the acknowledgement."
