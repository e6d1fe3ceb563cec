"""Workflows: state machines, the functions they call, and what starts them, all in a workspace.

Shared by every area: a training pipeline, a document intake and a nightly import are started, watched and sent to the
dead letter queue in one way.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.workflow.async_provider import AsyncProvider
    from cdk_ml.workflow.function import Function
    from cdk_ml.workflow.human_review import HumanReview
    from cdk_ml.workflow.review_task import Documents
    from cdk_ml.workflow.schedule import Schedule
    from cdk_ml.workflow.state_machine import StateMachine
    from cdk_ml.workflow.target import Target
    from cdk_ml.workflow.trigger import EventTrigger

__all__ = [
    "AsyncProvider",
    "Documents",
    "EventTrigger",
    "Function",
    "HumanReview",
    "Schedule",
    "StateMachine",
    "Target",
]

__getattr__ = on_demand(__name__)
