"""Acknowledges a finding of a rule pack on the construct that causes it, with the argument why it stands.

One finding on one resource at a time: a rule that is acknowledged for a whole stack no longer checks anything.
"""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

CONTROL_PACKS = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")
"""Packs of cdk-nag that call a rule for the same requirement by the same name; PCI DSS lacks some."""


def acknowledge(construct: IConstruct, reason: str, *findings: str) -> None:
    """Record why ``findings`` on ``construct`` are right as they are.

    :param construct: the resource that is found, not its parent.
    :param reason: the argument, for the person who audits it.
    :param findings: ids as the packs print them, such as ``AwsSolutions-IAM5[Resource::*]``. Several ids are for the
        same requirement in several packs.
    """
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=_qualified(finding), reason=reason) for finding in findings)
    )


def _qualified(finding: str) -> str:
    """``finding`` with its pack in front, as the CDK wants it: ``AwsSolutions::AwsSolutions-S1``."""
    rule = finding.split("[", 1)[0]
    return finding if "::" in rule else f"{rule.rsplit('-', 1)[0]}::{finding}"
