"""Rule packs over a cloud assembly or template of any app, and the formats their findings are reported in.

Packs: our own ML rules and service lifecycle, four packs of cdk-nag, CDK's CloudFormation validator, and cfn-lint.
"""

from __future__ import annotations

from cdk_ml.checks.finding import Finding, Severity
from cdk_ml.checks.outcome import Report
from cdk_ml.checks.packs import PACKS, MissingExtraError, Pack, UnknownPackError, run
from cdk_ml.checks.rule import Rule

__all__ = ["PACKS", "Finding", "MissingExtraError", "Pack", "Report", "Rule", "Severity", "UnknownPackError", "run"]
