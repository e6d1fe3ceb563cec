"""The gate of a preparation: rules, and how much may go to quarantine before somebody is told, or the run refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_ml.data.preparation.rules import Rule, rule_problems
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token
from cdk_ml.workspace.alerts import alarm_above

NAMESPACE = "cdk-ml/DataPreparation"
"""Namespace of the metrics of every preparation."""

DIMENSION = "Preparation"
"""The one dimension of these metrics: the name of a preparation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityGate:
    """What has to hold before data goes on.

    :param rules: of records, and of the run.
    :param refuse_above: share of a run's records in quarantine, 0 to 1, above which nothing of the run goes on.
    :param alarm_above: share of a run's records in quarantine, 0 to 1, above which people are told.
    """

    rules: Sequence[Rule] = ()
    refuse_above: float = 0.1
    alarm_above: float = 0.0


def gate_problems(gate: QualityGate, types: Mapping[str, str], key: Sequence[str]) -> Iterator[Problem]:
    """Why a gate would not do what it says.

    :param types: of the table's columns, as Spark writes them.
    :param key: columns that say which records are about the same.
    """
    shares = {"refuse_above": gate.refuse_above, "alarm_above": gate.alarm_above}
    known = True
    for name, share in shares.items():
        if is_token(share) or not 0 <= share <= 1:
            known = False
            fix = "Use 0, at which one record is too many, to 1, at which none is"
            yield Problem(f"gate.{name}", share, "is no share of the records that is known at synth", fix)
    if known and gate.alarm_above > gate.refuse_above:
        rule = f"is above refuse_above={gate.refuse_above!r}, so that a run is refused before anybody is told"
        yield Problem("gate.alarm_above", gate.alarm_above, rule, f"Use at most {gate.refuse_above}")
    yield from rule_problems(gate.rules, types, key)


def quarantine_alarm(
    scope: Construct, id: str, *, preparation: str, place: str, share: float, topic_arn: str
) -> cloudwatch.CfnAlarm:
    """The alarm on what a run put into quarantine.

    :param preparation: its name.
    :param place: where quarantine is.
    :param share: of the records, above which it is raised.
    """
    return alarm_above(
        scope,
        id,
        alarm_description=f"Too many records of {scope.node.path} are in quarantine, under {place}"[:1024],
        namespace=NAMESPACE,
        metric_name="QuarantinedPercent",
        dimensions=[{"name": DIMENSION, "value": preparation}],
        statistic="Maximum",
        period=300,
        threshold=100 * share,
        topic_arn=topic_arn,
        # The next run is about other records: those in quarantine stay there.
        tells_recovery=False,
    )
