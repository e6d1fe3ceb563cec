"""Rehearses deployments: creates, updates, fails and destroys any app offline, by CloudFormation's own schemas.

Nothing is simulated that the resource schemas, the template or a fact with a source does not decide.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

from cdk_ml.rehearsal.classify import Change, Effect, classify
from cdk_ml.rehearsal.engine import rehearse
from cdk_ml.rehearsal.outcome import Action, Event, Failure, Finding, Kind, Leftover, Mode, Outcome, Rehearsal
from cdk_ml.rehearsal.world import Physical, StackState, World

__all__ = [
    "Action",
    "Change",
    "Effect",
    "Event",
    "Failure",
    "Finding",
    "Kind",
    "Leftover",
    "Mode",
    "Outcome",
    "Physical",
    "Rehearsal",
    "StackState",
    "World",
    "classify",
    "rehearse",
]
