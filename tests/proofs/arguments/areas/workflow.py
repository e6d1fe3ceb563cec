"""Functions, state machines and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cdk_ml.workflow import Function, StreamingFunction, Target
from cdk_ml.workspace import Statement, Workspace
from tests.conftest import ROOT
from tests.proofs.arguments.known import Known

USUAL: Mapping[str, Sequence[Any]] = {
    "code": ["docs/examples/greeter"],
    "detail_types": [("SageMaker Model Package State Change",), ("Object Created", "Object Deleted")],
    "origin": ["https://chat.example.com", None],
    "path": ["stream"],
    "poll_seconds": [15],
    "step_seconds": [60],
}

_MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:Retrain"

KNOWN: Mapping[type, Callable[[Known], Any]] = {
    Function: lambda known: Function(
        known.scope, "Function", workspace=known(Workspace), code=ROOT / "docs/examples/greeter"
    ),
    StreamingFunction: lambda known: StreamingFunction(
        known.scope, "Storyteller", workspace=known(Workspace), code=ROOT / "docs/examples/storyteller"
    ),
    Target: lambda _: Target(
        arn=_MACHINE, statements=[Statement(actions=["states:StartExecution"], resources=[_MACHINE])]
    ),
}
