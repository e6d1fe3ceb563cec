"""Workflows: state machines, the functions they call, and what starts them, all in a workspace.

Shared by every area: a training pipeline, a document intake and a nightly import are started, watched and sent to the
dead letter queue in one way.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.workflow.async_provider import AsyncProvider
    from cdk_ml.workflow.firewall import Firewall
    from cdk_ml.workflow.function import Function
    from cdk_ml.workflow.human_review import HumanReview
    from cdk_ml.workflow.review_task import Documents
    from cdk_ml.workflow.schedule import Schedule
    from cdk_ml.workflow.state_machine import StateMachine
    from cdk_ml.workflow.streaming_api import CognitoUsers, StreamingApi
    from cdk_ml.workflow.streaming_function import StreamingFunction
    from cdk_ml.workflow.target import Target
    from cdk_ml.workflow.throttle import Throttle
    from cdk_ml.workflow.trigger import EventTrigger

__all__ = [
    "AsyncProvider",
    "CognitoUsers",
    "Documents",
    "EventTrigger",
    "Firewall",
    "Function",
    "HumanReview",
    "Schedule",
    "StateMachine",
    "StreamingApi",
    "StreamingFunction",
    "Target",
    "Throttle",
]

__getattr__ = on_demand(__name__)
